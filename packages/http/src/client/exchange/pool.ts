import type { Clock } from "../../transport/index.ts";
import { tellConnect } from "../seeing/events.ts";
import type { ConnectionUser } from "./connection-user.ts";
import { HttpConnection } from "./http-connection.ts";
import { mayPipeline } from "./pipeline.ts";
import type { Route } from "./route.ts";

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
  /** Requests that may be under way on one connection. */
  readonly pipelining: number;
}

/** An exchange without a connection. */
interface Waiter {
  readonly user: ConnectionUser;
  /** It wants none that was used before. */
  readonly fresh: boolean;
  /** The lower, the sooner. */
  readonly turn: number;
}

interface Lane {
  readonly route: Route;
  /** The last one used is used first, so that the others become old and go. */
  readonly free: HttpConnection[];
  readonly waiting: Waiter[];
  readonly all: Set<HttpConnection>;
}

/**
 * Keeps connections and gives each to one exchange at a time; who comes first is served first, across origins too. While a connection is
 * free, nobody waits who could be served in its place.
 */
export class Pool {
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Lane>();
  readonly #all = new Set<HttpConnection>();
  #waiting = 0;
  #turns = 0;
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

  /** Gives a connection to the exchange, now or when one is to be had; with `fresh` none that was used before, and before all others. */
  acquire(route: Route, user: ConnectionUser, fresh = false): void {
    const lane = this.#lanes.get(route.key) ?? { route, free: [], waiting: [], all: new Set() };
    const free = fresh ? undefined : this.#takeFree(lane);
    if (free) return free.assign(user);
    if (this.#makeRoom(lane, fresh)) return this.#open(lane, user);
    const shared = fresh ? undefined : this.#shareable(lane, user);
    if (shared) return shared.append(user);
    if (fresh) lane.waiting.splice(lane.waiting.filter((waiter) => waiter.fresh).length, 0, { user, fresh, turn: 0 });
    else lane.waiting.push({ user, fresh, turn: ++this.#turns });
    this.#waiting++;
    this.#lanes.set(route.key, lane);
  }

  /** Takes an exchange back that still waits. */
  withdraw(route: Route, user: ConnectionUser): void {
    const lane = this.#lanes.get(route.key);
    const index = lane?.waiting.findIndex((waiter) => waiter.user === user) ?? -1;
    if (!lane || index < 0) return;
    lane.waiting.splice(index, 1);
    this.#waiting--;
    this.#forgetEmpty(lane);
  }

  /** Closes every free connection now and busy ones when their exchange is over. Later exchanges get connections that are not kept. */
  close(): void {
    this.#closed = true;
    for (const { free } of this.#lanes.values()) free.slice().forEach((connection) => connection.close());
    this.#stopSweeping();
  }

  #takeFree(lane: Lane): HttpConnection | undefined {
    for (let connection = lane.free.pop(); connection; connection = lane.free.pop()) {
      if (!this.#isOld(connection)) return connection;
      connection.close();
    }
    return undefined;
  }

  #isOld(connection: HttpConnection): boolean {
    return this.#clock.now() >= this.#expiry(connection);
  }

  #expiry({ born, freeSince }: HttpConnection): number {
    return Math.min(freeSince + this.#limits.idleTimeout, born + this.#limits.maxLifetime);
  }

  /** Whether one more connection may be opened; a free one that stands in the way is closed. */
  #makeRoom(lane: Lane, fresh: boolean): boolean {
    if (fresh && this.#isFull(lane)) lane.free[0]?.close();
    if (this.#isFull(lane)) return false;
    if (this.#all.size >= this.#limits.maxConnections) this.#closeOneFree();
    return this.#all.size < this.#limits.maxConnections && !this.#isFull(lane);
  }

  #isFull(lane: Lane): boolean {
    return lane.all.size >= this.#limits.maxConnectionsPerOrigin;
  }

  /** Room for another origin is worth more than a free connection to this one. */
  #closeOneFree(): void {
    for (const { free } of this.#lanes.values()) {
      const [oldest] = free;
      if (oldest) return oldest.close();
    }
  }

  #open(lane: Lane, user: ConnectionUser): void {
    this.#lanes.set(lane.route.key, lane);
    const connection = new HttpConnection(this.#clock.now(), {
      onOpen: (made) => tellConnect(lane.route.dial, { peer: made.peer, security: made.security, elapsed: this.#clock.now() - made.born }),
      onFree: (free) => this.#freed(lane, free),
      onTurn: (busy) => this.#fill(lane, busy),
      onGone: (gone) => this.#gone(lane, gone),
    });
    this.#all.add(connection);
    lane.all.add(connection);
    connection.open(lane.route.dial, user);
  }

  #freed(lane: Lane, connection: HttpConnection): void {
    connection.freeSince = this.#clock.now();
    if (this.#closed || this.#isOld(connection)) return connection.close();
    if (this.#waiting > 0) {
      const next = this.#nextLane(lane);
      // Another origin waits longer for a place among all, or the exchange wants a connection that was not used: this one makes room.
      if (next && (next !== lane || next.waiting[0]?.fresh)) return connection.close();
      if (next) connection.assign(this.#takeWaiter(next));
      if (next) return this.#fill(lane, connection);
    }
    lane.free.push(connection);
    this.#sweepAt(this.#expiry(connection));
  }

  /** A connection on which the request may be sent behind others, the one with the fewest; none while somebody waits, whose turn is before. */
  #shareable(lane: Lane, { request }: ConnectionUser): HttpConnection | undefined {
    if (this.#limits.pipelining === 1 || this.#waiting > 0 || !mayPipeline(request)) return undefined;
    const able = [...lane.all].filter((connection) => this.#takesMore(connection));
    return able.toSorted((one, other) => one.depth - other.depth)[0];
  }

  #takesMore(connection: HttpConnection): boolean {
    if (this.#closed || connection.depth >= this.#limits.pipelining || !connection.takesMore) return false;
    return this.#clock.now() < connection.born + this.#limits.maxLifetime;
  }

  /** Those who wait longest are sent on a busy connection, as far as it takes them and nobody else's turn is before. */
  #fill(lane: Lane, connection: HttpConnection): void {
    if (this.#limits.pipelining === 1) return;
    while (this.#waiting > 0 && this.#takesMore(connection) && this.#nextLane(lane) === lane) {
      const [first] = lane.waiting;
      if (!first || first.fresh || !mayPipeline(first.user.request)) return;
      connection.append(this.#takeWaiter(lane));
    }
  }

  #gone(lane: Lane, connection: HttpConnection): void {
    if (!this.#all.delete(connection)) return;
    lane.all.delete(connection);
    const index = lane.free.indexOf(connection);
    if (index >= 0) lane.free.splice(index, 1);
    this.#serveWaiting();
    this.#forgetEmpty(lane);
    if (this.#all.size === 0) this.#stopSweeping();
  }

  #forgetEmpty(lane: Lane): void {
    if (lane.all.size === 0 && lane.waiting.length === 0 && this.#lanes.get(lane.route.key) === lane) this.#lanes.delete(lane.route.key);
  }

  /** A place has become free: who waits longest gets a connection, as far as the limits allow. */
  #serveWaiting(): void {
    while (this.#waiting > 0 && this.#all.size < this.#limits.maxConnections) {
      const lane = this.#nextLane();
      if (!lane) return;
      this.#open(lane, this.#takeWaiter(lane));
    }
  }

  /** The lane whose first exchange is next; `open` can serve its own with the connection it has. */
  #nextLane(open?: Lane): Lane | undefined {
    let best: Lane | undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) {
      const turn = lane.waiting[0]?.turn ?? Number.POSITIVE_INFINITY;
      if (turn >= lowest || (lane !== open && this.#isFull(lane))) continue;
      best = lane;
      lowest = turn;
    }
    return best;
  }

  #takeWaiter(lane: Lane): ConnectionUser {
    const waiter = lane.waiting.shift();
    if (!waiter) throw new Error("nobody waits in this lane");
    this.#waiting--;
    return waiter.user;
  }

  #sweepAt(time: number): void {
    if (this.#cancelSweep || time === Number.POSITIVE_INFINITY) return;
    this.#cancelSweep = this.#clock.later(Math.max(0, time - this.#clock.now()), () => {
      this.#cancelSweep = undefined;
      this.#sweep();
    });
  }

  #sweep(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const { free } of this.#lanes.values()) {
      for (const connection of free.slice()) {
        if (this.#isOld(connection)) connection.close();
        else next = Math.min(next, this.#expiry(connection));
      }
    }
    this.#sweepAt(next);
  }

  #stopSweeping(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
  }
}
