import type { LuaInput, LuaRef, Place } from "../../lua/index.ts";
import type { Connection, Endpoint, HttpFailure } from "nodemcu-http/transport";
import type { Host } from "../host.ts";
import { Inbox } from "./inbox.ts";
import type { SocketEvent, SocketKind, Told } from "./kind.ts";
import { warnUnverified } from "./unverified.ts";

/** Milliseconds that a socket closed by the script waits for the other side to close as well, so that what was sent last arrives. */
const LINGER_MS = 1000;

export interface SessionOptions {
  readonly endpoint: Endpoint;
  readonly kind: SocketKind;
  /** Keeps the socket alive in Lua; released at the end. */
  readonly self: LuaRef;
  /** The script's callback for an event, at the time of the event. */
  readonly callback: (event: SocketEvent) => LuaRef | undefined;
  /** The socket is free again. Called before the script is told. */
  readonly onOver: () => void;
}

/** One connection of a socket, from `connect` to its end. It holds the run, and its socket, that long. */
export class Session {
  readonly #host: Host;
  readonly #options: SessionOptions;
  readonly #place: Place | undefined;
  readonly #connection: Connection;
  readonly #inbox: Inbox;
  readonly #release: () => void;
  #cancelLinger = (): void => {};
  #state: "dialing" | "open" | "over" = "dialing";
  /** Sends that wait for the kernel. */
  #unsent = 0;

  constructor(host: Host, options: SessionOptions) {
    this.#host = host;
    this.#options = options;
    this.#place = host.lua.where();
    this.#inbox = new Inbox({
      enter: (work) => host.enter(work),
      receive: (bytes) => this.#tell("receive", bytes),
      empty: () => this.#connection.resume(),
    });
    const { host: name, port } = options.endpoint;
    this.#connection = host.network.dial(
      { host: name, port, tls: options.kind.secure ? host.network.tls : undefined },
      {
        onOpen: () => this.#opened(),
        onData: (bytes) => this.#received(bytes),
        onDrain: () => this.#drained(),
        onEnd: () => this.#ended(),
        onError: (failure) => this.#failed(failure),
      },
    );
    this.#release = host.hold(`socket to ${name}:${port}`, () => this.#destroy());
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get peer(): Endpoint | undefined {
    return this.isOpen ? this.#connection.peer : undefined;
  }

  get local(): Endpoint | undefined {
    return this.isOpen ? this.#connection.local : undefined;
  }

  send(bytes: Uint8Array): void {
    this.#unsent++;
    if (this.#connection.write(bytes)) this.#drained();
  }

  hold(): void {
    this.#inbox.hold();
  }

  unhold(): void {
    this.#inbox.unhold();
  }

  /** The script's own close. What was sent still goes out, however long that takes. */
  close(): void {
    const wasOpen = this.isOpen;
    this.#inbox.clear();
    this.#leave();
    const { closed } = this.#options.kind;
    if (closed) this.#host.enter(() => this.#conclude(closed));
    else this.#options.self.release();
    if (!wasOpen) this.#destroy();
    else if (this.#unsent === 0) this.#linger();
  }

  #opened(): void {
    this.#state = "open";
    this.#warnUnverified();
    this.#host.enter(() => {
      this.#tell("dns", this.#connection.peer?.host);
      if (this.isOpen) this.#tell("connection");
    });
  }

  #received(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    this.#connection.pause();
    this.#inbox.push(bytes);
  }

  #drained(): void {
    for (; this.#unsent > 0; this.#unsent--) {
      this.#host.enter(() => {
        if (this.isOpen) this.#tell("sent");
      });
    }
    if (this.#state === "over") this.#linger();
  }

  #ended(): void {
    if (!this.isOpen) return this.#destroy();
    this.#inbox.after(() => {
      this.#leave();
      this.#connection.end();
      this.#release();
      this.#conclude(this.#options.kind.ended);
    });
  }

  #failed(failure: HttpFailure): void {
    if (this.#state === "over") return this.#destroy();
    const code = this.isOpen ? "connection-lost" : "connection-failed";
    const { host: name, port } = this.#options.endpoint;
    this.#host.diagnose({ code, severity: "warning", message: `${name}:${port}: ${failure.reason}`, place: this.#place });
    this.#inbox.unhold();
    this.#inbox.after(() => {
      this.#leave();
      this.#release();
      if (failure.phase === "dns") this.#tell("dns", undefined);
      this.#conclude(this.#options.kind.failed(failure, this.#options.callback("reconnection") !== undefined));
    });
  }

  #leave(): void {
    this.#state = "over";
    this.#options.onOver();
  }

  #conclude({ event, args }: Told): void {
    try {
      this.#tell(event, ...args);
    } finally {
      this.#options.self.release();
    }
  }

  #tell(event: SocketEvent, ...args: readonly LuaInput[]): void {
    const callback = this.#options.callback(event);
    if (callback) this.#host.lua.call(callback, this.#options.self, ...args);
  }

  #linger(): void {
    this.#connection.end();
    this.#connection.resume();
    this.#cancelLinger = this.#host.clock.after(LINGER_MS, () => this.#destroy());
  }

  #destroy(): void {
    this.#cancelLinger();
    this.#connection.destroy();
    this.#release();
  }

  #warnUnverified(): void {
    const problem = this.#connection.certificateProblem;
    if (!problem) return;
    const { host: name, port } = this.#options.endpoint;
    const message = `${name}:${port}: accepted without verification, although ${problem.reason}`;
    warnUnverified(this.#host, `${name}:${port}`, { message, place: this.#place });
  }
}
