import {
  HttpFailure,
  ResponseReader,
  type Fields,
  type Framing,
  type ResponseEvents,
  type ResponseHead,
  type ResponseLimits,
} from "../../protocol/index.ts";
import { dial, type Connection, type DialOptions, type DialStep, type Endpoint, type TlsFacts } from "../../transport/index.ts";

/** One exchange as its connection sees it. After `onComplete` or `onFailed` it hears nothing more. */
export interface ConnectionUser {
  readonly method: string;
  /** Limits of the response; asked when it begins. */
  limits(): Partial<ResponseLimits>;
  /** The connection is this user's, but may not be open yet. */
  onAssigned(connection: HttpConnection): void;
  onStep(step: DialStep): void;
  /** The connection is open: the request is sent now. */
  onReady(connection: HttpConnection): void;
  /** What was sent has left, after `send` returned false. */
  onDrain(): void;
  onInterim(head: ResponseHead): void;
  onHead(head: ResponseHead, framing: Framing): void;
  onData(bytes: Uint8Array): void;
  onComplete(trailers: Fields): void;
  onFailed(failure: HttpFailure): void;
}

/** Who keeps connections. */
export interface ConnectionOwner {
  /** It has been made. */
  readonly onOpen: (connection: HttpConnection) => void;
  /** It may carry another exchange. */
  readonly onFree: (connection: HttpConnection) => void;
  /** It is closed, or about to be. */
  readonly onGone: (connection: HttpConnection) => void;
}

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
  #paused = false;

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
      onDrain: () => this.#user?.onDrain(),
      onEnd: (truncated) => this.#ended(truncated),
      onError: (failure) => this.#failed(failure),
    });
  }

  /** Bytes of the present response. */
  get received(): number {
    return this.#received;
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

  /** Sends a part of the request. False: wait for `onDrain`. */
  send(data: Uint8Array | string): boolean {
    return this.#connection?.write(data) ?? true;
  }

  /** The request is complete. Until then a response leaves the connection in a state that nobody knows. */
  requestSent(): void {
    this.#sent = true;
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
    try {
      this.#reader ??= this.#newReader(user);
      this.#reader.push(bytes);
    } catch (error) {
      return this.#broken(error);
    }
    if (this.#complete) this.#finish();
  }

  #newReader(user: ConnectionUser): ResponseReader {
    return new ResponseReader(this.#events, { method: user.method, limits: user.limits() });
  }

  readonly #events: ResponseEvents = {
    onInterim: (head) => this.#user?.onInterim(head),
    onHead: (head, framing) => this.#user?.onHead(head, framing),
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
    if (!this.#reader?.reusable || !this.#sent) return this.close();
    this.#state = "free";
    // The reader may have been too slow for the last bytes; a connection that is not read would not hear the next answer, nor a FIN.
    this.resume();
    this.#connection?.unref();
    this.#owner.onFree(this);
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
    reason: `nothing can be connected to like this: ${error instanceof Error ? error.message : String(error)}.`,
    cause: error,
  });
