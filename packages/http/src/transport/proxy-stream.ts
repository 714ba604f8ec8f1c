import type { Socket } from "node:net";
import { HttpFailure } from "../protocol/index.ts";
import { ConnectReader } from "./connect-reader.ts";
import type { Endpoint } from "./connection.ts";
import { handshakeFailure, type Handshake, type HandshakeEvents, type HandshakeRules } from "./handshake.ts";
import type { Layer } from "./layer.ts";
import { hopName, type ProxyHop } from "./proxy-hop.ts";
import { SocksReader } from "./socks-reader.ts";
import { streamFailure } from "./socket-failure.ts";
import { isTlsError, thrownFailure, tlsFailure } from "./tls-failure.ts";
import { TlsStream } from "./tls.ts";

/** What a stream through a proxy tells. */
export interface ProxyEvents {
  /** The way to the target is open; in the mode "forward", the way to the proxy. */
  readonly open: () => void;
  readonly data: (bytes: Uint8Array) => void;
  readonly end: (truncated: boolean) => void;
  readonly drain: () => void;
  readonly failed: (failure: HttpFailure) => void;
}

/** Which proxy, and where from there. */
export interface ProxyRoute {
  readonly hop: ProxyHop;
  readonly target: Endpoint;
}

const HANDSHAKES: Readonly<Record<ProxyHop["kind"], (rules: HandshakeRules, events: HandshakeEvents) => Handshake>> = {
  http: (rules, events) => new ConnectReader(rules, events),
  socks5: (rules, events) => new SocksReader(rules, events),
};

/** A failure on the way to the proxy, told as such. */
export const unreachedProxy = (hop: ProxyHop, { code, phase, reason, cause }: HttpFailure): HttpFailure =>
  new HttpFailure(code, { phase, reason: `the proxy ${hopName(hop)} cannot be reached: ${reason}`, cause });

/** The way through a proxy, over the socket that is connected to it: TLS with it if wanted, then its handshake, then bytes as they are. */
export class ProxyStream implements Layer {
  readonly #socket: Socket;
  readonly #route: ProxyRoute;
  readonly #events: ProxyEvents;
  readonly #name: string;
  #state: "tls" | "handshake" | "open" | "closed" = "tls";
  #tls: TlsStream | undefined;
  #handshake: Handshake | undefined;

  constructor(socket: Socket, route: ProxyRoute, events: ProxyEvents) {
    this.#socket = socket;
    this.#route = route;
    this.#events = events;
    this.#name = hopName(route.hop);
  }

  start(): void {
    const { tls } = this.#route.hop;
    if (!tls) return this.#speak();
    try {
      this.#tls = this.#secured(tls);
    } catch (error) {
      this.#fail(this.#tlsFailure(thrownFailure(error)));
    }
  }

  #secured(options: NonNullable<ProxyHop["tls"]>): TlsStream {
    return new TlsStream(
      this.#socket,
      { host: this.#route.hop.host, port: this.#route.hop.port, options, alpn: undefined },
      {
        open: () => this.#speak(),
        data: (bytes) => this.#received(bytes),
        end: (truncated) => this.#ended(truncated),
        drain: () => this.#events.drain(),
        error: (error) => this.#fail(this.#tlsFailure(error)),
      },
    );
  }

  #speak(): void {
    const { hop, target } = this.#route;
    if (hop.mode === "forward") return this.#open();
    this.#state = "handshake";
    this.#handshake = HANDSHAKES[hop.kind](
      { proxy: this.#name, target, credentials: hop.credentials },
      { onSend: (bytes) => void this.write(bytes), onOpen: () => this.#open() },
    );
    this.#handshake.begin();
  }

  #open(): void {
    this.#state = "open";
    this.#handshake = undefined;
    this.#events.open();
  }

  #received(bytes: Uint8Array): void {
    if (this.#state === "open") return this.#events.data(bytes);
    try {
      this.#handshake?.push(bytes);
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      this.#fail(error);
    }
  }

  #ended(truncated: boolean): void {
    if (this.#state === "open") return this.#events.end(truncated);
    this.#fail(this.#closed(this.#state === "tls" ? "during the TLS handshake" : "before it had let anything through"));
  }

  #closed(when: string): HttpFailure {
    return handshakeFailure("proxy-failed", this.#name, `closed the connection ${when}. It may be of another kind, or refuse this client.`);
  }

  /** Until the way is open, TLS is TLS with the proxy, and belongs to the phase in which it is connected to. */
  #tlsFailure(error: NodeJS.ErrnoException): HttpFailure {
    if (this.#state === "open") return isTlsError(error) ? tlsFailure(error, "body") : streamFailure(error, "body");
    const { code, reason, cause } = tlsFailure(error);
    return new HttpFailure(code, { phase: "connect", reason: `TLS with the proxy ${this.#name} failed: ${reason}`, cause });
  }

  /** What an error of the socket means; undefined once the way is open, when it means what it does on any connection. */
  broken(error: NodeJS.ErrnoException): HttpFailure | undefined {
    if (this.#state === "open") return undefined;
    const reason = `the proxy ${this.#name} broke the connection (${error.code ?? error.message}) before it had let anything through.`;
    return new HttpFailure("proxy-failed", { phase: "connect", reason, cause: error });
  }

  #fail(failure: HttpFailure): void {
    if (this.#state !== "closed") this.#events.failed(failure);
  }

  receive(bytes: Uint8Array): void {
    if (this.#tls) this.#tls.receive(bytes);
    else this.#received(bytes);
  }

  receiveEnd(): void {
    if (this.#tls) this.#tls.receiveEnd();
    else this.#ended(false);
  }

  /** The socket can take more. */
  drained(): void {
    if (!this.#tls) this.#events.drain();
  }

  write(data: Uint8Array | string, done?: (error?: Error | null) => void): boolean {
    if (this.#tls) return this.#tls.write(data, done);
    return typeof data === "string" ? this.#socket.write(data, "latin1", done) : this.#socket.write(data, done);
  }

  pause(): void {
    (this.#tls ?? this.#socket).pause();
  }

  resume(): void {
    (this.#tls ?? this.#socket).resume();
  }

  end(done?: () => void): void {
    (this.#tls ?? this.#socket).end(done);
  }

  destroy(): void {
    this.#state = "closed";
    (this.#tls ?? this.#socket).destroy();
  }
}
