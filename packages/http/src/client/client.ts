import { DEFAULT_LIMITS, HttpFailure } from "../protocol/index.ts";
import { systemClock, type Clock } from "../transport/index.ts";
import { answerCall } from "./answer-call.ts";
import { HttpError } from "./errors/http-error.ts";
import { printable, withoutCredentials } from "./errors/printable.ts";
import { redactUrl, secretNames } from "./errors/redact.ts";
import { Call, type CallSetup } from "./exchange/call.ts";
import { Deadlines } from "./exchange/deadlines.ts";
import type { PhaseTimeouts } from "./exchange/phase-timeouts.ts";
import { Pool } from "./exchange/pool.ts";
import { routes } from "./exchange/route.ts";
import { refuseClientOptions } from "./options/check-options.ts";
import { mergeOptions, timeoutsOf } from "./options/merge-options.ts";
import type { ClientOptions, RequestOptions } from "./options/options.ts";
import { prepareRequest, urlText } from "./request/prepare.ts";
import type { WireRequest } from "./request/wire-request.ts";
import type { ClientResponse } from "./response/response.ts";
import { ladder } from "./rungs/ladder.ts";
import { retryRules } from "./rungs/retry-rules.ts";
import type { Send } from "./rungs/send.ts";

const TIMEOUTS: PhaseTimeouts = { total: 60_000, dns: 10_000, connect: 10_000, tls: 10_000, send: 30_000, headers: 30_000, idle: 30_000 };

const MAX_BODY_SIZE = 268_435_456;

/**
 * An HTTP client with connections of its own, which it keeps and uses again.
 *
 * @example
 * const client = new Client({ baseUrl: "https://api.example.com/v1/", timeout: 5_000 });
 * const devices = await (await client.get("devices", { searchParams: { room: "kitchen" } })).json();
 * await client.post("devices", { json: { name: "lamp" }, throwHttpErrors: true });
 */
export class Client implements AsyncDisposable {
  readonly #defaults: ClientOptions;
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  /** For calls without options of their own. */
  #defaultPlan: Plan | undefined;

  constructor(defaults: ClientOptions = {}) {
    this.#defaults = mergeOptions({}, defaults);
    const { maxConnections = 1024, maxConnectionsPerOrigin = 64, idleTimeout = 4000, maxLifetime = 300_000 } = this.#defaults;
    this.#clock = systemClock;
    this.#pool = new Pool({ maxConnections, maxConnectionsPerOrigin, idleTimeout, maxLifetime }, this.#clock);
    this.#deadlines = new Deadlines(this.#clock);
  }

  get(url: string | URL, options?: RequestOptions): Promise<ClientResponse> {
    return this.request("GET", url, options);
  }

  head(url: string | URL, options?: RequestOptions): Promise<ClientResponse> {
    return this.request("HEAD", url, options);
  }

  post(url: string | URL, options?: RequestOptions): Promise<ClientResponse> {
    return this.request("POST", url, options);
  }

  put(url: string | URL, options?: RequestOptions): Promise<ClientResponse> {
    return this.request("PUT", url, options);
  }

  patch(url: string | URL, options?: RequestOptions): Promise<ClientResponse> {
    return this.request("PATCH", url, options);
  }

  delete(url: string | URL, options?: RequestOptions): Promise<ClientResponse> {
    return this.request("DELETE", url, options);
  }

  options(url: string | URL, options?: RequestOptions): Promise<ClientResponse> {
    return this.request("OPTIONS", url, options);
  }

  /**
   * Resolves when the response's head has come; its body is read from the response. Methods are case-sensitive, but those that have a
   * function of their own here are meant in any case. Rejects with an {@link HttpError} when there is no response, and with a TypeError
   * when an argument has the wrong type or options contradict each other.
   */
  request(method: string, url: string | URL, options?: RequestOptions): Promise<ClientResponse> {
    const trace: { stack?: string } = {};
    Error.captureStackTrace(trace);
    return this.#request({ method, url, options }, trace);
  }

  async #request(asked: Asked, trace: { stack?: string }): Promise<ClientResponse> {
    const began = this.#clock.now();
    const { request, plan } = this.#prepare(asked, began);
    const call = new Call(plan.setup, { first: request.url, began, trace });
    return answerCall(request, call, plan.send);
  }

  /** What was asked for, ready to be sent. What is wrong with it is told as an error of the request. */
  #prepare(asked: Asked, began: number): { request: WireRequest; plan: Plan } {
    let options = this.#defaults;
    try {
      if (asked.options) {
        options = mergeOptions(this.#defaults, asked.options);
        refuseClientOptions(asked.options);
      }
      const request = prepareRequest({ method: asked.method, url: asked.url, options });
      if (options.signal?.aborted) throw abortedBefore(options.signal);
      return { request, plan: asked.options ? this.#plan(options) : (this.#defaultPlan ??= this.#plan(options)) };
    } catch (error) {
      const elapsed = this.#clock.now() - began;
      throw error instanceof HttpFailure ? unsent(error, { ...asked, options, elapsed }) : error;
    }
  }

  /** A client with these defaults on top of this one's, and connections of its own. */
  extend(defaults: ClientOptions): Client {
    return new Client(mergeOptions(this.#defaults, defaults));
  }

  /** Closes the connections that are free now, and the others when they become free. Later requests work, on connections that are not kept. */
  close(): void {
    this.#pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #plan(options: ClientOptions): Plan {
    const { timeout, maxBodySize = MAX_BODY_SIZE, maxHeaderSize = DEFAULT_LIMITS.maxHeadSize, lookup, secrets } = options;
    const setup: CallSetup = {
      pool: this.#pool,
      clock: this.#clock,
      deadlines: this.#deadlines,
      timeouts: timeout === undefined ? TIMEOUTS : { ...TIMEOUTS, ...timeoutsOf(timeout) },
      maxBodySize,
      maxHeadSize: maxHeaderSize,
      maxAttempts: 1 + (retryRules(options.retry)?.limit ?? 0),
      options,
      secrets: secretNames(secrets),
      route: routes(options, lookup),
    };
    return { setup, send: ladder(options) };
  }
}

/** A call as the program made it. */
interface Asked {
  readonly method: string;
  readonly url: string | URL;
  readonly options: RequestOptions | undefined;
}

/** What becomes of a call with certain options. */
interface Plan {
  readonly setup: CallSetup;
  readonly send: Send;
}

const abortedBefore = ({ reason }: AbortSignal): HttpFailure =>
  new HttpFailure("aborted", { phase: "request", reason: "the signal had fired before the request was made.", cause: reason });

/** The URL of a request that was never sent: as the call means it, or at least as it was written. */
function shownUrl(url: string | URL, options: RequestOptions): string {
  const secrets = secretNames(options.secrets);
  try {
    return redactUrl(printable(withoutCredentials(urlText(url, options))), secrets);
  } catch {
    return redactUrl(printable(withoutCredentials(String(url))), secrets);
  }
}

function unsent(failure: HttpFailure, { method, url, options, elapsed }: Asked & { options: RequestOptions; elapsed: number }): HttpError {
  const nothing = { peer: undefined, reused: false, attempt: 1, maxAttempts: 1, bytesSent: 0, bytesReceived: 0 };
  return new HttpError(failure, { method: printable(method), url: shownUrl(url, options), ...nothing, elapsed });
}
