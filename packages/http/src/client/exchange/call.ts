import { HttpFailure, type FailureCode, type HttpUrl } from "../../protocol/index.ts";
import { HttpError, isHttpError, type RequestStatus } from "../errors/http-error.ts";
import type { Clock } from "../../transport/index.ts";
import type { RequestOptions } from "../options/options.ts";
import { redactUrl, type SecretNames } from "../errors/redact.ts";
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
  /** Those that say what becomes of a request, not what it is made of. */
  readonly options: Omit<RequestOptions, "signal" | "body" | "json" | "form" | "multipart" | "headers">;
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
  /** The URL that it began with. */
  readonly first: HttpUrl;
  readonly signal: AbortSignal | undefined;
  /** By the clock: when it began, and when it must be over. */
  readonly began: number;
  readonly due: number;
  readonly attempts: Attempt[] = [];
  /** Redirects that were followed. */
  redirects = 0;
  /** How often the request under way may be sent again, by the rules of retries. */
  retriesLeft = 0;
  /** Attempts before the last redirect. */
  #earlier = 0;

  constructor(setup: CallSetup, { first, began, signal }: { first: HttpUrl; began: number; signal: AbortSignal | undefined }) {
    this.setup = setup;
    this.signal = signal;
    this.began = began;
    this.due = began + setup.timeouts.total;
    this.first = first;
  }

  route(url: HttpUrl): Route {
    return this.setup.route(url, this.first);
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

  /** The request changes: its attempts are counted anew. */
  redirect(): void {
    this.redirects++;
    this.#earlier = this.attempts.length;
  }

  /** How often the request under way was sent. */
  get sendings(): number {
    return this.attempts.length - this.#earlier;
  }

  /** A failure that knows nothing of its request yet is told where that stood; every other error stays what it is. */
  told(error: unknown, status: RequestStatus): unknown {
    return error instanceof HttpFailure && !isHttpError(error) ? new HttpError(error, status) : error;
  }
}
