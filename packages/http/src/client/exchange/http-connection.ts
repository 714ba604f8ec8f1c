import { HttpFailure, ResponseReader, says, type ResponseEvents } from "../../protocol/index.ts";
import { dial, READ_SIZE, type Connection, type DialOptions, type DialStep, type Endpoint, type TlsFacts } from "../../transport/index.ts";
import type { ConnectionOwner, ConnectionUser } from "./connection-user.ts";
import { mayPipeline, Pipeline } from "./pipeline.ts";

/**
 * A connection that carries one exchange after another. Between two of them nothing may come: a byte would be read as the answer to the
 * next request, so it ends the connection, and so does the server's FIN.
 */
export class HttpConnection {
  /** Exchanges begun. */
  uses = 0;
  /** By the clock of its owner: when it was asked for, and when it became free. */
  readonly born: number;
  freeSince = 0;
  readonly #owner: ConnectionOwner;
  #connection: Connection | undefined;
  #state: "dialing" | "free" | "busy" | "closed" = "dialing";
  #user: ConnectionUser | undefined;
  #reader: ResponseReader | undefined;
  #peer: Endpoint | undefined;
  #local: Endpoint | undefined;
  #received = 0;
  #sent = false;
  #complete = false;
  /** More may have come already than the last read could take: bytes that belong to no request. */
  #filled = false;
  #paused = false;
  #pipeline: Pipeline | undefined;
  #minorVersion = 0;

  constructor(born: number, owner: ConnectionOwner) {
    this.born = born;
    this.#owner = owner;
  }

  /** Connects, for its first exchange. */
  open(options: DialOptions, user: ConnectionUser): void {
    this.#user = user;
    user.onAssigned(this);
    try {
      this.#connection = this.#dial(options);
    } catch (error) {
      return this.#failed(unusable(error));
    }
    // A lookup function may have given its own request up.
    if (this.#state === "closed") this.#connection.destroy();
  }

  #dial(options: DialOptions): Connection {
    return dial(options, {
      onStep: (step) => this.#step(step),
      onOpen: () => this.#opened(),
      onData: (bytes) => this.#data(bytes),
      onDrain: () => {
        this.#user?.onDrain();
        this.#pipeline?.drained();
      },
      onEnd: (truncated) => this.#ended(truncated),
      onError: (failure) => this.#failed(failure),
    });
  }

  /** Bytes of an exchange's response. */
  receivedBy(user: ConnectionUser): number {
    return this.#pipeline?.has(user) ? 0 : this.#received;
  }

  /** Known once there is a TCP connection, and after its end. */
  get peer(): Endpoint | undefined {
    return this.#peer;
  }

  /** Known once it is open, and after its end. */
  get local(): Endpoint | undefined {
    return this.#local;
  }

  /** What its TLS handshake came to, also after its end. */
  get security(): TlsFacts | undefined {
    return this.#connection?.security;
  }

  get certificateProblem(): HttpFailure | undefined {
    return this.#connection?.certificateProblem;
  }

  /** Gives the free connection to an exchange. */
  assign(user: ConnectionUser): void {
    this.#user = user;
    user.onAssigned(this);
    this.#begin(user);
  }

  /** Requests that were sent and not answered. */
  get depth(): number {
    return (this.#user ? 1 : 0) + (this.#pipeline?.length ?? 0);
  }

  /** Whether another request may be sent behind: the server has kept the connection before, and no body is on its way. */
  get takesMore(): boolean {
    const safe = this.#user !== undefined && mayPipeline(this.#user.request) && this.#pipeline?.broken !== true;
    return safe && this.#state === "busy" && this.#sent && this.uses > 1 && this.#minorVersion > 0;
  }

  /** Sends an exchange's request behind those that are under way. */
  append(user: ConnectionUser): void {
    (this.#pipeline ??= new Pipeline()).push(user);
    user.onAssigned(this);
    user.onReady(this);
  }

  /** Sends a part of the request. False: wait for `onDrain`. */
  send(data: Uint8Array | string): boolean {
    return this.#connection?.write(data) ?? true;
  }

  /** The request is complete; tells whether its answer is the next. Until then a response leaves the connection in a state that nobody knows. */
  requestSent(user: ConnectionUser): boolean {
    if (this.#user === user) this.#sent = true;
    return this.#user === user;
  }

  /** An exchange is given up, and with it the connection; those before it in a pipeline are still answered. */
  leave(user: ConnectionUser): void {
    if (!this.#pipeline?.cut(user)) this.close();
  }

  /** Where the bytes of the present response's body are to go, as far as that can be said. */
  readInto(place: () => Uint8Array | undefined): void {
    this.#connection?.readInto(place);
  }

  pause(): void {
    this.#paused = true;
    this.#connection?.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#connection?.resume();
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#user = undefined;
    this.#connection?.destroy();
    this.#owner.onGone(this);
    this.#pipeline?.fail();
  }

  #step(step: DialStep): void {
    if (step === "tls") this.#peer = this.#connection?.peer;
    this.#user?.onStep(step);
  }

  #opened(): void {
    this.#peer = this.#connection?.peer;
    // A socket that is closed knows its own address no more.
    this.#local = this.#connection?.local;
    this.#state = "free";
    this.#owner.onOpen(this);
    if (this.#user) this.#begin(this.#user);
  }

  #begin(user: ConnectionUser): void {
    this.#state = "busy";
    if (this.uses > 0) this.#connection?.ref();
    this.uses++;
    this.#received = 0;
    this.#sent = false;
    this.#complete = false;
    this.#reader = undefined;
    user.onReady(this);
  }

  #data(bytes: Uint8Array): void {
    const user = this.#user;
    if (this.#state !== "busy" || !user) return this.close();
    this.#received += bytes.length;
    this.#filled = bytes.length >= READ_SIZE;
    let read: number;
    try {
      this.#reader ??= this.#newReader(user);
      read = this.#reader.push(bytes);
    } catch (error) {
      return this.#broken(error);
    }
    if (this.#complete) this.#finish();
    // What is left is the answer to the request behind.
    if (read < bytes.length && this.#user) this.#data(bytes.subarray(read));
  }

  #newReader(user: ConnectionUser): ResponseReader {
    return new ResponseReader(this.#events, { method: user.method, limits: user.limits() });
  }

  readonly #events: ResponseEvents = {
    onInterim: (head) => this.#user?.onInterim(head),
    onHead: (head, framing) => {
      this.#minorVersion = head.minorVersion;
      this.#user?.onHead(head, framing);
    },
    onData: (bytes) => this.#user?.onData(bytes),
    onComplete: (trailers) => {
      this.#complete = true;
      this.#user?.onComplete(trailers);
    },
  };

  #finish(): void {
    // The exchange may have closed the connection in the middle of its own response.
    if (this.#state !== "busy") return;
    this.#user = undefined;
    this.#connection?.readInto(undefined);
    if (this.#pipeline && this.#reader?.persistent) {
      const next = this.#pipeline.shift();
      if (next) return this.#turn(next);
      if (this.#pipeline.broken) return this.close();
    }
    if (!this.#reader?.reusable || !this.#sent || this.#filled) return this.close();
    this.#state = "free";
    // The reader may have been too slow for the last bytes; a connection that is not read would not hear the next answer, nor a FIN.
    this.resume();
    this.#connection?.unref();
    this.#owner.onFree(this);
  }

  /** Answers come in the order of the requests (RFC 9112 §9.3.2). */
  #turn(user: ConnectionUser): void {
    this.#user = user;
    this.uses++;
    this.#received = 0;
    this.#complete = false;
    this.#reader = undefined;
    this.resume();
    user.onTurn();
    this.#owner.onTurn(this);
  }

  #ended(truncated: boolean): void {
    const user = this.#user;
    if (this.#state !== "busy" || !user) return this.close();
    try {
      this.#reader ??= this.#newReader(user);
      this.#reader.end(truncated);
    } catch (error) {
      return this.#broken(error);
    }
    this.close();
  }

  #broken(error: unknown): void {
    if (!(error instanceof HttpFailure)) throw error;
    this.#failed(error);
  }

  #failed(failure: HttpFailure): void {
    const user = this.#user;
    this.close();
    user?.onFailed(failure);
  }
}

/** The way is none; a client's options are checked before, so that this is one that a program has made otherwise. */
const unusable = (error: unknown): HttpFailure =>
  new HttpFailure("connect-address", {
    phase: "connect",
    reason: `nothing can be connected to like this: ${says(error)}.`,
    cause: error,
  });
