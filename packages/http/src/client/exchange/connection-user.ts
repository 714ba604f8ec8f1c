import type { Fields, Framing, HttpFailure, ResponseHead, ResponseLimits } from "../../protocol/index.ts";
import type { DialStep } from "../../transport/index.ts";
import type { WireRequest } from "../request/wire-request.ts";
import type { HttpConnection } from "./http-connection.ts";

/** One exchange as its connection sees it. After `onComplete` or `onFailed` it hears nothing more. */
export interface ConnectionUser {
  readonly method: string;
  readonly request: WireRequest;
  /** Limits of the response; asked when it begins. */
  limits(): Partial<ResponseLimits>;
  /** The connection is this user's, but may not be open yet. */
  onAssigned(connection: HttpConnection): void;
  onStep(step: DialStep): void;
  /** The connection is open: the request is sent now. */
  onReady(connection: HttpConnection): void;
  /** Its request was sent behind others; they have been answered. */
  onTurn(): void;
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
  /** It goes on with a request that was sent behind others. */
  readonly onTurn: (connection: HttpConnection) => void;
  /** It is closed, or about to be. */
  readonly onGone: (connection: HttpConnection) => void;
}
