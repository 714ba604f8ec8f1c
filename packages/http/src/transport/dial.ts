import type { Socket } from "node:net";
import { HttpFailure } from "../protocol/index.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { Address, Connection, ConnectionHandlers, DialOptions, Endpoint } from "./connection.ts";
import { guardFailure, unseenFailure } from "./guard.ts";
import { race } from "./race.ts";
import { interleave, literalAddress, mapEndpoint, systemLookup } from "./resolver.ts";
import { connectFailure, lookupFailure, streamFailure } from "./socket-failure.ts";
import { openTcp, type TcpEvents } from "./tcp.ts";
import { isTlsError, tlsFailure } from "./tls-failure.ts";
import { TlsStream } from "./tls.ts";

/** Makes a connection: lookup, racing addresses, TLS. Returns at once; nothing but `onStep` is called before that. A RangeError: no such port. */
export function dial(options: DialOptions, handlers: ConnectionHandlers): Connection {
  const dialing = new DialedConnection(options, handlers);
  dialing.start();
  return dialing;
}

class DialedConnection implements Connection {
  certificateProblem: HttpFailure | undefined;
  readonly #options: DialOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #clock: Clock;
  #state: "dialing" | "open" | "closed" = "dialing";
  #cancelRace = (): void => {};
  #tcp: Socket | undefined;
  #tls: TlsStream | undefined;

  constructor(options: DialOptions, handlers: ConnectionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#clock = options.clock ?? systemClock;
  }

  start(): void {
    const { host, port } = mapEndpoint(this.#options, this.#options.connectTo);
    // Node would say so only when it connects, which after a lookup is in nobody's call.
    if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) throw new RangeError(`dial: ${port} is no port`);
    const unseen = this.#options.guard && unseenFailure(this.#options);
    if (unseen) return this.#failLater(unseen);
    const literal = literalAddress(host);
    if (literal) return this.#connect([literal], { host, port });
    this.#handlers.onStep?.("dns");
    // A lookup may know the answer at once; its owner does not have the connection yet.
    (this.#options.lookup ?? systemLookup)(host, (error, addresses) =>
      queueMicrotask(() => (error ? this.#fail(lookupFailure(host, error)) : this.#connect(interleave(addresses), { host, port }))),
    );
  }

  #connect(addresses: readonly Address[], { host, port }: Endpoint): void {
    if (this.#isClosed()) return;
    const refused = this.#options.guard && guardFailure(host, addresses);
    if (refused) return this.#failLater(refused);
    this.#handlers.onStep?.("connect");
    if (this.#isClosed()) return;
    const end = {
      won: ({ result }: { result: Socket }): void => this.#connected(result),
      lost: (errors: readonly NodeJS.ErrnoException[]): void => this.#fail(connectFailure(errors)),
    };
    if (addresses.length === 0) return end.lost([]);
    this.#cancelRace = race(
      addresses,
      (address, settle) => {
        const socket = openTcp(address, port, this.#tcpEvents(settle));
        return { address, result: socket, cancel: () => void socket.destroy() };
      },
      { clock: this.#clock, end },
    );
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Events of one attempt; those after `connected` can only be the winner's. */
  #tcpEvents(settle: Pick<TcpEvents, "connected" | "failed">): TcpEvents {
    return {
      connected: settle.connected,
      failed: (error) => (this.#tcp ? this.#fail(streamFailure(error, this.#state === "dialing" ? "tls" : "body")) : settle.failed(error)),
      data: (bytes) => (this.#tls ? this.#tls.receive(bytes) : this.#data(bytes)),
      end: () => (this.#tls ? this.#tls.receiveEnd() : this.#end(false)),
      drain: () => {
        if (!this.#tls) this.#handlers.onDrain?.();
      },
    };
  }

  #connected(socket: Socket): void {
    this.#tcp = socket;
    if (!this.#options.tls) return this.#open(undefined);
    this.#handlers.onStep?.("tls");
    try {
      this.#tls = new TlsStream(
        socket,
        { host: this.#options.host, options: this.#options.tls, alpn: this.#options.alpn },
        {
          open: (problem) => this.#open(problem),
          data: (bytes) => this.#data(bytes),
          end: (truncated) => this.#end(truncated),
          drain: () => this.#handlers.onDrain?.(),
          error: (error) => this.#fail(this.#tlsError(error)),
        },
      );
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      this.#fail(error);
    }
  }

  #tlsError(error: NodeJS.ErrnoException): HttpFailure {
    if (this.#state === "dialing") return tlsFailure(error);
    return isTlsError(error) ? tlsFailure(error, "body") : streamFailure(error, "body");
  }

  #open(problem: HttpFailure | undefined): void {
    if (this.#state !== "dialing") return;
    this.#state = "open";
    this.certificateProblem = problem;
    this.#handlers.onOpen();
  }

  #data(bytes: Uint8Array): void {
    if (this.#state === "open") this.#handlers.onData(bytes);
  }

  #end(truncated: boolean): void {
    if (this.#state === "open") this.#handlers.onEnd(truncated);
    else if (this.#state === "dialing") {
      const reason = "the server closed the connection during the TLS handshake. It may not speak TLS on this port, or refuse this client.";
      this.#fail(new HttpFailure("closed-early", { phase: "tls", reason }));
    }
  }

  /** What is known in the very call that asks for a connection, its owner hears when it has it. */
  #failLater(failure: HttpFailure): void {
    queueMicrotask(() => this.#fail(failure));
  }

  #fail(failure: HttpFailure): void {
    if (this.#state === "closed") return;
    this.destroy();
    this.#handlers.onError(failure);
  }

  write(data: Uint8Array | string): boolean {
    if (this.#state !== "open") return true;
    if (this.#tls) return this.#tls.write(data);
    return typeof data === "string" ? (this.#tcp?.write(data, "latin1") ?? true) : (this.#tcp?.write(data) ?? true);
  }

  pause(): void {
    (this.#tls ?? this.#tcp)?.pause();
  }

  resume(): void {
    (this.#tls ?? this.#tcp)?.resume();
  }

  end(): void {
    (this.#tls ?? this.#tcp)?.end();
  }

  unref(): void {
    this.#tcp?.unref();
  }

  ref(): void {
    this.#tcp?.ref();
  }

  destroy(): void {
    this.#state = "closed";
    this.#cancelRace();
    (this.#tls ?? this.#tcp)?.destroy();
  }

  get peer(): Endpoint | undefined {
    return endpoint(this.#tcp?.remoteAddress, this.#tcp?.remotePort);
  }

  get local(): Endpoint | undefined {
    return endpoint(this.#tcp?.localAddress, this.#tcp?.localPort);
  }
}

const endpoint = (host: string | undefined, port: number | undefined): Endpoint | undefined =>
  host === undefined || port === undefined ? undefined : { host, port };
