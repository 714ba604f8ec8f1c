import type { Socket } from "node:net";
import { HttpFailure } from "../protocol/index.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { Address, Connection, ConnectionHandlers, DialOptions, Endpoint, TlsFacts } from "./connection.ts";
import { checkedDial, fromLocal, type CheckedDial } from "./dial-options.ts";
import { guardFailure, unseenFailure } from "./guard.ts";
import type { Carrier } from "./layer.ts";
import { lookUpOnce } from "./lookup-cache.ts";
import { ProxyStream, unreachedProxy } from "./proxy-stream.ts";
import { race } from "./race.ts";
import { interleave, literalAddress, systemLookup } from "./resolver.ts";
import { connectFailure, lookupFailure, noLocalFamily, socketPathFailure, streamFailure } from "./socket-failure.ts";
import { keepReading, openSocket, type TcpEvents } from "./tcp.ts";
import { isTlsError, thrownFailure, tlsFailure } from "./tls-failure.ts";
import { pinOptionFailure } from "./tls-pin.ts";
import { TlsStream } from "./tls.ts";

/**
 * Makes a connection: lookup, racing addresses, a proxy's handshake, TLS. Returns at once; nothing but `onStep` is called before that.
 * A RangeError or TypeError: options that cannot be used, such as a port that is none.
 */
export function dial(options: DialOptions, handlers: ConnectionHandlers): Connection {
  const dialing = new DialedConnection(options, handlers);
  dialing.start();
  return dialing;
}

/** Bytes that an empty send buffer has room for on every system. */
const FIRST_WRITE = 4096;

class DialedConnection implements Connection {
  certificateProblem: HttpFailure | undefined;
  readonly #options: CheckedDial;
  readonly #handlers: ConnectionHandlers;
  readonly #clock: Clock;
  #state: "dialing" | "open" | "closed" = "dialing";
  #cancelRace = (): void => {};
  #tcp: Socket | undefined;
  #place: (() => Uint8Array | undefined) | undefined;
  #wrote = false;
  #keeps = false;
  #proxy: ProxyStream | undefined;
  #tls: TlsStream | undefined;

  constructor(options: DialOptions, handlers: ConnectionHandlers) {
    this.#options = checkedDial(options);
    this.#handlers = handlers;
    this.#clock = this.#options.clock ?? systemClock;
  }

  start(): void {
    const { socketPath, target, proxy } = this.#options;
    const { host, port } = proxy ?? target;
    const refused = this.#refusal();
    if (refused) return this.#failLater(refused);
    if (socketPath !== undefined) return this.#connectPath(socketPath);
    const literal = literalAddress(host);
    if (literal) return this.#connect([literal], { host, port });
    this.#handlers.onStep?.("dns");
    // A lookup may know the answer at once; its owner does not have the connection yet.
    lookUpOnce(this.#options.lookup ?? systemLookup, host, (error, addresses) =>
      queueMicrotask(() =>
        error ? this.#fail(this.#placed(lookupFailure(host, error))) : this.#connect(interleave(addresses), { host, port }),
      ),
    );
  }

  /** What no lookup is needed for. */
  #refusal(): HttpFailure | undefined {
    const { tls, proxy, guard } = this.#options;
    const pins = pinOptionFailure(tls) ?? pinOptionFailure(proxy?.tls);
    return pins ?? (guard && unseenFailure(this.#options));
  }

  #connect(addresses: readonly Address[], { host, port }: Endpoint): void {
    if (this.#isClosed()) return;
    const refused = this.#options.guard && guardFailure(host, addresses);
    if (refused) return this.#failLater(refused);
    this.#handlers.onStep?.("connect");
    if (this.#isClosed()) return;
    const end = {
      won: ({ result }: { result: Socket }): void => this.#connected(result),
      lost: (errors: readonly NodeJS.ErrnoException[]): void => this.#fail(this.#placed(connectFailure(errors))),
    };
    if (addresses.length === 0) return end.lost([]);
    const { localAddress } = this.#options;
    const usable = fromLocal(addresses, localAddress);
    if (usable.length === 0) return this.#failLater(this.#placed(noLocalFamily(host, localAddress)));
    this.#cancelRace = race(
      usable,
      (address, settle) => {
        const socket = openSocket({ host: address.address, family: address.family, port, localAddress }, this.#tcpEvents(settle));
        return { address, result: socket, cancel: () => void socket.destroy() };
      },
      { clock: this.#clock, end },
    );
  }

  #connectPath(path: string): void {
    this.#handlers.onStep?.("connect");
    if (this.#isClosed()) return;
    const socket = openSocket(
      { path },
      this.#tcpEvents({ connected: () => this.#connected(socket), failed: (error) => this.#fail(socketPathFailure(path, error)) }),
    );
    this.#cancelRace = () => void socket.destroy();
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Events of one attempt; those after `connected` can only be the winner's. */
  #tcpEvents(settle: Pick<TcpEvents, "connected" | "failed">): TcpEvents {
    return {
      connected: settle.connected,
      failed: (error) => (this.#tcp ? this.#broken(error) : settle.failed(error)),
      data: (bytes) => {
        const lowest = this.#proxy ?? this.#tls;
        if (lowest) lowest.receive(bytes);
        else this.#data(bytes);
      },
      end: () => {
        const lowest = this.#proxy ?? this.#tls;
        if (lowest) lowest.receiveEnd();
        else this.#end(false);
      },
      place: () => this.#place?.(),
      drain: () => {
        if (this.#proxy) this.#proxy.drained();
        else if (!this.#tls) this.#handlers.onDrain?.();
      },
    };
  }

  #connected(socket: Socket): void {
    this.#tcp = socket;
    const { proxy, target, tls } = this.#options;
    if (proxy || tls) this.#keepReading(socket);
    // Nothing is between a plain proxy and who forwards to it.
    if (!proxy || (proxy.mode === "forward" && !proxy.tls)) return this.#reached(socket);
    const stream = new ProxyStream(
      socket,
      { hop: proxy, target },
      {
        open: () => this.#reached(stream),
        data: (bytes) => (this.#tls ? this.#tls.receive(bytes) : this.#data(bytes)),
        end: (truncated) => (this.#tls ? this.#tls.receiveEnd() : this.#end(truncated)),
        drain: () => {
          if (this.#state === "open" && !this.#tls) this.#handlers.onDrain?.();
        },
        failed: (failure) => this.#fail(failure),
      },
    );
    this.#proxy = stream;
    stream.start();
  }

  /** There is a way for bytes to and from the target. */
  #reached(carrier: Carrier): void {
    if (!this.#options.tls) return this.#open(undefined);
    this.#handlers.onStep?.("tls");
    try {
      this.#tls = new TlsStream(
        carrier,
        { host: this.#options.host, port: this.#options.port, options: this.#options.tls, alpn: this.#options.alpn },
        {
          open: (problem) => this.#open(problem),
          data: (bytes) => this.#data(bytes),
          end: (truncated) => this.#end(truncated),
          drain: () => this.#handlers.onDrain?.(),
          error: (error) => this.#fail(this.#tlsError(error)),
        },
      );
    } catch (error) {
      this.#fail(thrownFailure(error));
    }
  }

  #broken(error: NodeJS.ErrnoException): void {
    this.#fail(this.#proxy?.broken(error) ?? streamFailure(error, this.#state === "dialing" ? "tls" : "body"));
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

  /** A failure of getting to the first host there is, told as the proxy's if it is one. */
  #placed(failure: HttpFailure): HttpFailure {
    const { proxy } = this.#options;
    return proxy ? unreachedProxy(proxy, failure) : failure;
  }

  #fail(failure: HttpFailure): void {
    if (this.#state === "closed") return;
    this.destroy();
    this.#handlers.onError(failure);
  }

  write(data: Uint8Array | string): boolean {
    if (this.#state !== "open") return true;
    const layer = this.#tls ?? this.#proxy;
    if (layer) return layer.write(data);
    const tcp = this.#tcp;
    if (!tcp) return true;
    // The kernel takes a first little piece at once or never: there is no later for it to fail in.
    if (this.#wrote || data.length > FIRST_WRITE) this.#keepReading(tcp);
    this.#wrote = true;
    return typeof data === "string" ? tcp.write(data, "latin1") : tcp.write(data);
  }

  #keepReading(tcp: Socket): void {
    if (!this.#keeps) keepReading(tcp);
    this.#keeps = true;
  }

  readInto(place: (() => Uint8Array | undefined) | undefined): void {
    if (!this.#tls && !this.#proxy) this.#place = place;
  }

  pause(): void {
    (this.#tls ?? this.#proxy ?? this.#tcp)?.pause();
  }

  resume(): void {
    (this.#tls ?? this.#proxy ?? this.#tcp)?.resume();
  }

  end(): void {
    (this.#tls ?? this.#proxy ?? this.#tcp)?.end();
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
    (this.#tls ?? this.#proxy ?? this.#tcp)?.destroy();
  }

  get security(): TlsFacts | undefined {
    return this.#tls?.security;
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
