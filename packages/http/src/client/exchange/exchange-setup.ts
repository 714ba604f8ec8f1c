import type { HttpFailure, HttpUrl, ResponseHead } from "../../protocol/index.ts";
import type { Clock } from "../../transport/index.ts";
import type { ClientExchange } from "./client-exchange.ts";
import type { Deadlines } from "./deadlines.ts";
import type { PhaseTimeouts } from "./phase-timeouts.ts";
import type { Pool, Route } from "./pool.ts";
import type { ResponseBody } from "../response/response-body.ts";

/** What every exchange of a client shares, and what a request brings with it. */
export interface ExchangeSetup {
  readonly pool: Pool;
  readonly route: (url: HttpUrl) => Route;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly timeouts: PhaseTimeouts;
  readonly maxBodySize: number;
  readonly maxHeadSize: number;
  readonly signal: AbortSignal | undefined;
  /** By the clock: when the whole request began. */
  readonly began: number;
  /** The place of the call, for the stack of an error. */
  readonly trace: { readonly stack?: string };
}

/** How an exchange ends for those who wait for its head. */
export interface ExchangeOutcome {
  readonly answered: (answer: Answer) => void;
  readonly failed: (failure: HttpFailure) => void;
}

/** The head has come; the body is on its way. Who lets the answer go without reading gives the body up: the garbage collector tells. */
export interface Answer {
  readonly head: ResponseHead;
  readonly body: ResponseBody;
  readonly exchange: ClientExchange;
}
