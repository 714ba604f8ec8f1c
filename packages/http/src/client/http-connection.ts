import {
  HttpFailure,
  ResponseReader,
  type Fields,
  type Framing,
  type ResponseEvents,
  type ResponseHead,
  type ResponseLimits,
} from "../protocol/index.ts";
import { dial, type Connection, type DialOptions, type DialStep, type Endpoint } from "../transport/index.ts";

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
  onHead(head: ResponseHead, framing: Framing): void;
  onData(bytes: Uint8Array): void;
  onComplete(trailers: Fields): void;
  onFailed(failure: HttpFailure): void;
}

/** Who keeps connections. */
export interface ConnectionOwner {
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
  /** By the clock of its owner: when it became free. */
  freeSince = 0;
  readonly #connection: Connection;
  readonly #owner: ConnectionOwner;
  #state: "dialing" | "free" | "busy" | "closed" = "dialing";
  #user: ConnectionUser | undefined;
  #reader: ResponseReader | undefined;
  #received = 0;
  #sent = false;
  #complete = false;

  constructor(options: DialOptions, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#connection = dial(options, {
      onStep: (step) => this.#user?.onStep(step),
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

  get peer(): Endpoint | undefined {
    return this.#connection.peer;
  }

  get certificateProblem(): HttpFailure | undefined {
    return this.#connection.certificateProblem;
  }

  /** Gives the connection to an exchange: at once when it is free, when it is open otherwise. */
  assign(user: ConnectionUser): void {
    this.#user = user;
    user.onAssigned(this);
    if (this.#state === "free") this.#begin(user);
  }

  /** Sends a part of the request. False: wait for `onDrain`. */
  send(data: Uint8Array | string): boolean {
    return this.#connection.write(data);
  }

  /** The request is complete. Until then a response leaves the connection in a state that nobody knows. */
  requestSent(): void {
    this.#sent = true;
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#user = undefined;
    this.#connection.destroy();
    this.#owner.onGone(this);
  }

  #opened(): void {
    this.#state = "free";
    if (this.#user) this.#begin(this.#user);
    else this.#owner.onFree(this);
  }

  #begin(user: ConnectionUser): void {
    this.#state = "busy";
    if (this.uses > 0) this.#connection.ref();
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
    this.#connection.unref();
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
