import { HttpFailure, type FailureCode, type HttpUrl } from "../../protocol/index.ts";
import type { Clock } from "../../transport/index.ts";
import type { RequestOptions } from "../options/options.ts";
import { redactUrl, type SecretNames } from "../errors/redact.ts";
import { HttpError, withStack, type RequestStatus } from "../errors/http-error.ts";
import type { Deadlines } from "./deadlines.ts";
import type { PhaseTimeouts } from "./phase-timeouts.ts";
import type { Pool } from "./pool.ts";
import type { Route } from "./route.ts";

/** What all calls with the same options share. */
export interface CallSetup {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly timeouts: PhaseTimeouts;
  readonly maxBodySize: number;
  readonly maxHeadSize: number;
  /** How often one request may be sent, redirects aside. */
  readonly maxAttempts: number;
  readonly options: RequestOptions;
  readonly secrets: SecretNames;
  /** The way to a URL; `first` is the URL that the call began with. */
  readonly route: (url: HttpUrl, first: HttpUrl) => Route;
}

/** One sending of a request, as it ended. */
export interface Attempt {
  readonly method: string;
  /** Without credentials. */
  readonly url: string;
  /** The address that was connected to. */
  readonly peer: { readonly host: string; readonly port: number } | undefined;
  readonly reused: boolean;
  /** Of the answer, when one came. */
  readonly status: number | undefined;
  /** Why none came. */
  readonly code: FailureCode | undefined;
  /** Milliseconds from the call to this end. */
  readonly elapsed: number;
}

/** One call of the program, whatever it takes to answer it. */
export class Call {
  readonly setup: CallSetup;
  readonly signal: AbortSignal | undefined;
  /** By the clock: when it began, and when it must be over. */
  readonly began: number;
  readonly due: number;
  readonly attempts: Attempt[] = [];
  /** Redirects that were followed. */
  redirects = 0;
  readonly #first: HttpUrl;
  readonly #trace: { readonly stack?: string };

  /** `trace`: the place of the call, for the stack of an error. */
  constructor(setup: CallSetup, { first, began, trace }: { first: HttpUrl; began: number; trace: { readonly stack?: string } }) {
    this.setup = setup;
    this.signal = setup.options.signal;
    this.began = began;
    this.due = began + setup.timeouts.total;
    this.#first = first;
    this.#trace = trace;
  }

  route(url: HttpUrl): Route {
    return this.setup.route(url, this.#first);
  }

  /** A URL for a message or a log. */
  shown(url: HttpUrl): string {
    return redactUrl(url.href, this.setup.secrets);
  }

  /** Milliseconds since it began. */
  get elapsed(): number {
    return this.setup.clock.now() - this.began;
  }

  /** An exchange has its head, or has failed before. */
  record(
    { method, url, peer, reused }: Pick<Attempt, "method" | "url" | "peer" | "reused">,
    { status, code }: { status?: number; code?: FailureCode },
  ): void {
    this.attempts.push({ method, url, peer, reused, status, code, elapsed: this.elapsed });
  }

  explain(failure: HttpFailure, status: RequestStatus): HttpError {
    return withStack(new HttpError(failure, status), this.#trace);
  }

  /** Gives an error that is made while a socket speaks the stack of the program's call. */
  traced<Failure extends HttpError>(error: Failure): Failure {
    return withStack(error, this.#trace);
  }
}
