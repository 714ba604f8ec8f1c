import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { ClientExchange } from "../../src/client/exchange/client-exchange.ts";
import { Call, type CallSetup } from "../../src/client/exchange/call.ts";
import type { Answer } from "../../src/client/exchange/answer.ts";
import { Deadlines } from "../../src/client/exchange/deadlines.ts";
import type { PhaseTimeouts } from "../../src/client/exchange/phase-timeouts.ts";
import { Pool, type PoolLimits } from "../../src/client/exchange/pool.ts";
import { parseHttpUrl } from "../../src/protocol/index.ts";
import type { Clock, DialOptions, Lookup } from "../../src/transport/index.ts";
import { ManualClock } from "./manual-clock.ts";

const NEVER = Number.POSITIVE_INFINITY;

const NO_TIMEOUTS: PhaseTimeouts = { total: NEVER, dns: NEVER, connect: NEVER, tls: NEVER, send: NEVER, headers: NEVER, idle: NEVER };

const LIMITS: PoolLimits = { maxConnections: 100, maxConnectionsPerOrigin: 100, idleTimeout: 4000, maxLifetime: 300_000, pipelining: 1 };

/** Every name is this machine. */
const loopback: Lookup = (_host, done) => done(null, [{ address: "127.0.0.1", family: 4 }]);

/** What one exchange of a rig wants. */
export interface Wish {
  readonly method?: string;
  readonly url: string;
  readonly body?: Uint8Array;
  readonly timeouts?: Partial<PhaseTimeouts>;
  readonly signal?: AbortSignal;
  readonly maxBodySize?: number;
  readonly dial?: Partial<DialOptions>;
}

/** Pool, deadlines and exchanges as a client puts them together, on a clock that a test turns. */
export class ExchangeRig {
  readonly clock: ManualClock = new ManualClock();
  readonly pool: Pool;
  readonly deadlines: Deadlines;
  readonly #clock: Clock;

  constructor(limits: Partial<PoolLimits> = {}, clock?: Clock) {
    this.#clock = clock ?? this.clock;
    this.pool = new Pool({ ...LIMITS, ...limits }, this.#clock);
    this.deadlines = new Deadlines(this.#clock);
  }

  /** Sends; resolves with the head, rejects when there is none. */
  send({ method = "GET", url, body, timeouts, signal, maxBodySize = 1e9, dial }: Wish): Promise<Answer> {
    const parsed = parseHttpUrl(url);
    const key = `${parsed.secure} ${parsed.authority}`;
    const options: DialOptions = { host: parsed.host, port: parsed.port, tls: parsed.secure ? {} : undefined, lookup: loopback, ...dial };
    const length = body ? [["Content-Length", String(body.length)] as const] : [];
    const setup: CallSetup = {
      pool: this.pool,
      clock: this.#clock,
      deadlines: this.deadlines,
      timeouts: { ...NO_TIMEOUTS, ...timeouts },
      maxBodySize,
      maxHeadSize: 65_536,
      options: {},
      secrets: new Set(),
      route: () => ({ key, dial: options, forward: undefined }),
    };
    const call = new Call(setup, { first: parsed, began: this.#clock.now(), signal });
    const request = { method, url: parsed, fields: [["Host", parsed.authority] as const, ...length], body };
    return new Promise((answered, failed) => new ClientExchange(request, call, { answered, failed }).start());
  }

  /** Sends and reads the body as text. */
  async text(wish: Wish): Promise<string> {
    return Buffer.from(await (await this.send(wish)).body.bytes()).toString();
  }
}

/** A raw server whose connections a test holds in its hands. */
export class RawPeer {
  /** Every connection that came, in order. */
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  /** `answer` is called for every piece that comes; `count` tells which request of its connection it is, from 1. */
  constructor(answer: (socket: Socket, text: string, count: number) => void) {
    this.#server = createServer((socket) => {
      let count = 0;
      this.sockets.push(socket);
      // A test that fails does not hang.
      socket.unref();
      socket.on("error", () => {});
      socket.on("data", (data) => answer(socket, data.toString("latin1"), ++count));
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.#server.unref();
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.sockets.filter(({ closed }) => !closed).length;
  }

  close(): void {
    this.sockets.forEach((socket) => socket.destroy());
    this.#server.close();
  }
}

/** An answer with a length. */
export const ok = (body: string, more = ""): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;

/** Waits until something is so, turn by turn of the event loop; gives up after many. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 4000 && !holds(); turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  if (!holds()) throw new Error(`it never came to that: ${holds.toString()}`);
}
