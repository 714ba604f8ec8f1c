import { HttpFailure, type Phase } from "../../protocol/index.ts";
import type { ClientResponse } from "../response/response.ts";

/** Where a request stood when it failed. */
export interface RequestStatus {
  readonly method: string;
  /** Without credentials and secrets. */
  readonly url: string;
  readonly peer: string | undefined;
  readonly reused: boolean;
  /** The sending that failed, from 1, and how many there may be. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Milliseconds since the call. */
  readonly elapsed: number;
}

/**
 * Why a request of the client failed. The message tells method, URL, phase and reason, then peer, connection, attempt, bytes and time. It
 * holds no header's value and no credentials, nor does anything else in it. `reason` is the message without method and URL.
 */
export class HttpError extends HttpFailure implements RequestStatus {
  override readonly name: string = "HttpError";
  readonly method: string;
  readonly url: string;
  readonly peer: string | undefined;
  readonly reused: boolean;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly elapsed: number;

  constructor(failure: HttpFailure, status: RequestStatus) {
    const { code, phase } = failure;
    const cause = Object.hasOwn(failure, "cause") ? { cause: failure.cause } : {};
    super(code, { phase, reason: `${failure.reason} [${facts(phase, status)}]`, ...cause }, status);
    ({
      method: this.method,
      url: this.url,
      peer: this.peer,
      reused: this.reused,
      attempt: this.attempt,
      maxAttempts: this.maxAttempts,
      bytesSent: this.bytesSent,
      bytesReceived: this.bytesReceived,
      elapsed: this.elapsed,
    } = status);
  }

  /** What a log may hold. */
  toJSON(): Record<string, unknown> {
    const { name, code, phase, blame, message, method, url, peer, reused, attempt, maxAttempts, bytesSent, bytesReceived, elapsed } = this;
    return { name, code, phase, blame, message, method, url, peer, reused, attempt, maxAttempts, bytesSent, bytesReceived, elapsed };
  }
}

/** A response with a status of 400 or above, when `throwHttpErrors` asks for an error. Its body can still be read. */
export class HttpStatusError extends HttpError {
  override readonly name: string = "HttpStatusError";
  readonly #response: ClientResponse;

  constructor(failure: HttpFailure, status: RequestStatus, response: ClientResponse) {
    super(failure, status);
    this.#response = response;
  }

  get response(): ClientResponse {
    return this.#response;
  }
}

/** True for every error of a request, and for no other: a TypeError says that the call itself makes no sense. */
export const isHttpError = (value: unknown): value is HttpError => value instanceof HttpError;

/**
 * An error that is made when a socket speaks knows nothing of the program; where it is thrown to the program it gets the stack from there:
 * the engine remembers who awaits. Of a promise that nobody awaits (`.then`) nobody is known.
 */
export function withCallersStack(error: unknown): unknown {
  if (!(error instanceof HttpError)) return error;
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, withCallersStack);
  const frames = trace.stack?.slice(trace.stack.indexOf("\n") + 1);
  if (frames !== undefined) error.stack = `${error.name}: ${error.message}\n${frames}`;
  return error;
}

function facts(phase: Phase, { peer, reused, attempt, maxAttempts, bytesSent, bytesReceived, elapsed }: RequestStatus): string {
  const connection = peer === undefined ? "no connection" : `${peer}, connection ${reused ? "reused" : "new"}`;
  const of = maxAttempts > 1 ? ` of ${maxAttempts}` : "";
  return `phase ${phase}, ${connection}, attempt ${attempt}${of}, ${bytesSent} bytes sent, ${bytesReceived} received, ${Math.round(elapsed)} ms`;
}
