import type { Fields, HttpFailure, ResponseHead } from "../../protocol/index.ts";
import type { Endpoint, TlsFacts } from "../../transport/index.ts";
import type { HttpError, RequestStatus } from "../errors/http-error.ts";
import type { WireRequest } from "../request/wire-request.ts";
import type { Timings } from "./timeline.ts";

/** The body of an answer, read once: as a whole or piece by piece. */
export interface AnswerBody {
  /** It has been read, is being read, or was given up. */
  readonly used: boolean;
  /** All of it, in memory of its own; fails with `response-too-large` above the limit of the call. */
  bytes(): Promise<Uint8Array>;
  /** Piece by piece; the server is slowed down when the pieces are taken slowly. */
  chunks(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Nobody wants what is left. */
  abandon(): void;
}

/** What is known of a connection, also after its end. */
export interface ConnectionFacts {
  readonly peer: Endpoint | undefined;
  readonly local: Endpoint | undefined;
  readonly security: TlsFacts | undefined;
}

/** What is known of an exchange that has a head. */
export interface ExchangeFacts {
  readonly status: RequestStatus;
  /** The connection had carried another exchange before. */
  readonly reused: boolean;
  /** None when a transport of the program's answers. */
  readonly connection: ConnectionFacts | undefined;
  readonly timings: Timings;
  /** Known when the body has been read. */
  readonly trailers: Fields;
  /** The failure with what is known of its request, and the stack of the call. */
  explain(failure: HttpFailure): HttpError;
}

/** The head has come; the body is on its way. Who lets the answer go without reading gives the body up: the garbage collector tells. */
export interface Answer {
  /** The request that was answered: after redirects not the one that was made. */
  readonly request: WireRequest;
  readonly head: ResponseHead;
  readonly body: AnswerBody;
  readonly exchange: ExchangeFacts;
}

/** How an exchange ends for those who wait for its head. */
export interface ExchangeOutcome {
  readonly answered: (answer: Answer) => void;
  readonly failed: (error: HttpError) => void;
}
