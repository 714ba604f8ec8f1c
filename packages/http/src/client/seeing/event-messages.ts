import type { Blame, FailureCode, Field, Phase } from "../../protocol/index.ts";
import type { Endpoint, TlsFacts } from "../../transport/index.ts";
import type { Timings } from "../exchange/timeline.ts";

/** Of every message about a call. Nothing in a message is secret: URLs and headers are redacted. */
interface CallMessage {
  /** The same in all messages of one call, in this process. */
  readonly id: number;
  readonly method: string;
  readonly url: string;
}

/** `nodemcu-http:request`: a call begins. */
export interface RequestMessage extends CallMessage {
  readonly headers: readonly Field[];
}

/** `nodemcu-http:response`: the head of the response has come that the program gets. */
export interface ResponseMessage extends CallMessage {
  readonly status: number;
  readonly headers: readonly Field[];
  readonly peer: Endpoint | undefined;
  readonly reused: boolean;
  /** How often something was sent, redirects and repetitions included. */
  readonly attempts: number;
  /** Milliseconds since the call. */
  readonly elapsed: number;
}

/** `nodemcu-http:complete`: the body was read to its end, or is not wanted any more. */
export interface CompleteMessage extends CallMessage {
  readonly status: number;
  /** Of the body, as they were on the wire: those that the program took. */
  readonly bytes: number;
  readonly timings: Timings;
  readonly elapsed: number;
}

/** `nodemcu-http:redirect`: a redirect is followed. */
export interface RedirectMessage extends CallMessage {
  readonly status: number;
  /** `url` is where it comes from; `method` is that of the request that follows. */
  readonly to: string;
}

/** `nodemcu-http:retry`: a request will be sent again. */
export interface RetryMessage extends CallMessage {
  /** 1 for the first. */
  readonly repetition: number;
  /** Milliseconds that will be waited. */
  readonly delay: number;
  /** Why: the status of an answer, or the code of a failure. */
  readonly status: number | undefined;
  readonly code: FailureCode | undefined;
}

/** `nodemcu-http:error`: the call has failed, or its body has. */
export interface ErrorMessage extends CallMessage {
  readonly code: FailureCode;
  readonly phase: Phase;
  readonly blame: Blame;
  readonly message: string;
  readonly elapsed: number;
}

/** `nodemcu-http:connect`: a connection was made, TLS included. */
export interface ConnectMessage {
  /** What was to be reached, and the address that was. */
  readonly host: string;
  readonly port: number;
  readonly peer: Endpoint | undefined;
  readonly tls: Omit<TlsFacts, "certificate"> | undefined;
  /** Milliseconds that it took, the lookup of the name included. */
  readonly elapsed: number;
}
