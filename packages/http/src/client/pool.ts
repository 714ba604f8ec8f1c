import type { Clock, DialOptions } from "../transport/index.ts";
import { HttpConnection, type ConnectionUser } from "./http-connection.ts";

/** Limits of a {@link Pool}. */
export interface PoolLimits {
  /** Connections to one origin. */
  readonly maxConnectionsPerOrigin: number;
  /** Connections to all of them. */
  readonly maxConnections: number;
  /** Milliseconds that a connection is kept without use. Servers close after 5 s at the earliest; this must be earlier. */
  readonly idleTimeout: number;
  /** Milliseconds after which a connection is not used again, so that changes of DNS are seen. */
  readonly maxLifetime: number;
}

/** Where an exchange wants to go. `key` holds everything that makes two connections different: scheme, host, port, TLS options, mapping. */
export interface Route {
  readonly key: string;
  readonly dial: DialOptions;
}

interface Lane {
  readonly route: Route;
  /** The last one used is used first, so that the others become old and go. */
  readonly free: HttpConnection[];
  readonly waiting: ConnectionUser[];
  count: number;
}

/** Keeps connections and gives each to one exchange at a time; who comes first is served first. */
export class Pool {
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Lane>();
  readonly #all = new Map<HttpConnection, { lane: Lane; born: number }>();
  #cancelSweep: (() => void) | undefined;
  #closed = false;

  constructor(limits: PoolLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Connections, free ones and busy ones. */
  get size(): number {
    return this.#all.size;
  }

  /** Gives a connection to the exchange, now or when one is to be had; with `fresh` none that was used before. */
  acquire(route: Route, user: ConnectionUser, fresh = false): void {
    const lane = this.#lane(route);
    const free = fresh ? undefined : this.#takeFree(lane);
    if (free) free.assign(user);
    else if (this.#mayOpen(lane)) this.#open(lane, user);
    else lane.waiting.push(user);
  }

  /** Takes an exchange back that still waits. */
  withdraw(route: Route, user: ConnectionUser): void {
    const waiting = this.#lanes.get(route.key)?.waiting ?? [];
    const index = waiting.indexOf(user);
    if (index >= 0) waiting.splice(index, 1);
  }

  /** Closes every free connection; busy ones when their exchange is over. */
  close(): void {
    this.#closed = true;
    this.#cancelSweep?.();
    for (const lane of this.#lanes.values()) lane.free.slice().forEach((connection) => connection.close());
  }

  #lane(route: Route): Lane {
    const known = this.#lanes.get(route.key);
    if (known) return known;
    const lane: Lane = { route, free: [], waiting: [], count: 0 };
    this.#lanes.set(route.key, lane);
    return lane;
  }

  #takeFree(lane: Lane): HttpConnection | undefined {
    for (let connection = lane.free.pop(); connection; connection = lane.free.pop()) {
      if (!this.#isOld(connection)) return connection;
      connection.close();
    }
    return undefined;
  }

  #isOld(connection: HttpConnection): boolean {
    const now = this.#clock.now();
    const { born } = this.#all.get(connection) ?? { born: now };
    return now - connection.freeSince >= this.#limits.idleTimeout || now - born >= this.#limits.maxLifetime;
  }

  #mayOpen(lane: Lane): boolean {
    if (lane.count >= this.#limits.maxConnectionsPerOrigin) return false;
    if (this.#all.size >= this.#limits.maxConnections) this.#closeOneFree();
    return this.#all.size < this.#limits.maxConnections;
  }

  /** Room for another origin is worth more than a free connection to this one. */
  #closeOneFree(): void {
    for (const { free } of this.#lanes.values()) {
      const [oldest] = free;
      if (oldest) return oldest.close();
    }
  }

  #open(lane: Lane, user: ConnectionUser): void {
    lane.count++;
    const connection = new HttpConnection(lane.route.dial, {
      onFree: (free) => this.#freed(lane, free),
      onGone: (gone) => this.#gone(lane, gone),
    });
    this.#all.set(connection, { lane, born: this.#clock.now() });
    connection.assign(user);
  }

  #freed(lane: Lane, connection: HttpConnection): void {
    connection.freeSince = this.#clock.now();
    if (this.#closed || this.#isOld(connection)) return connection.close();
    const next = lane.waiting.shift();
    if (next) return connection.assign(next);
    lane.free.push(connection);
    this.#sweepLater();
  }

  #gone(lane: Lane, connection: HttpConnection): void {
    if (!this.#all.delete(connection)) return;
    lane.count--;
    const index = lane.free.indexOf(connection);
    if (index >= 0) lane.free.splice(index, 1);
    if (lane.count === 0 && lane.waiting.length === 0) this.#lanes.delete(lane.route.key);
    this.#serveWaiting();
  }

  /** A place has become free: the lanes' first exchanges get connections as far as the limits allow. */
  #serveWaiting(): void {
    for (const lane of this.#lanes.values()) {
      while (lane.waiting.length > 0 && this.#mayOpen(lane)) {
        const user = lane.waiting.shift();
        if (user) this.#open(lane, user);
      }
    }
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#clock.later(this.#limits.idleTimeout, () => {
      this.#cancelSweep = undefined;
      this.#sweep();
    });
  }

  #sweep(): void {
    for (const { free } of this.#lanes.values())
      free.filter((connection) => this.#isOld(connection)).forEach((connection) => connection.close());
    if ([...this.#lanes.values()].some(({ free }) => free.length > 0)) this.#sweepLater();
  }
}
