import { HttpFailure } from "../protocol/index.ts";
import { systemClock, type Clock } from "../transport/index.ts";
import { errorOf, responseOf } from "./answer-call.ts";
import { HttpError, withCallersStack } from "./errors/http-error.ts";
import { printable, withoutCredentials } from "./errors/printable.ts";
import { redactUrl, secretNames } from "./errors/redact.ts";
import { Call } from "./exchange/call.ts";
import { Deadlines } from "./exchange/deadlines.ts";
import { Pool } from "./exchange/pool.ts";
import { fetchWith, type Fetch } from "./fetch.ts";
import { refuseClientOptions } from "./options/check-options.ts";
import { mergeOptions } from "./options/merge-options.ts";
import type { ClientOptions, RequestOptions } from "./options/options.ts";
import { defaultsFor } from "./options/own-origin.ts";
import { changesPlan, Planner, type Plan } from "./plan.ts";
import { BODY_OPTIONS, payloadOf, type Payload } from "./request/payload.ts";
import { prepareRequest, urlText } from "./request/prepare.ts";
import { discardBody, readyBody, type RequestBody } from "./request/request-body.ts";
import type { WireRequest } from "./request/wire-request.ts";
import type { ClientResponse } from "./response/response.ts";
import { DigestSessions } from "./rungs/digest.ts";
import { watchersOf } from "./rungs/watchers.ts";

/** Calls that a client remembers: methods, URLs of each, and how long these may be. */
const KNOWN_METHODS = 8;
const KNOWN_CALLS = 256;
const KNOWN_LENGTH = 1024;

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
  readonly #clock: Clock = systemClock;
  readonly #planner: Planner;
  /** For calls without options of their own. */
  readonly #plan: Plan;
  /** Whether calls without options of their own are the same each time: no body that can be sent once, no signal that may have fired. */
  readonly #repeats: boolean;
  readonly #known = new Map<string, Map<string, Ready>>();

  constructor(defaults: ClientOptions = {}) {
    this.#defaults = mergeOptions({}, defaults);
    const {
      maxConnections = 1024,
      maxConnectionsPerOrigin = 64,
      idleTimeout = 4000,
      maxLifetime = 300_000,
      pipelining = 1,
    } = this.#defaults;
    this.#pool = new Pool({ maxConnections, maxConnectionsPerOrigin, idleTimeout, maxLifetime, pipelining }, this.#clock);
    const deadlines = new Deadlines(this.#clock);
    const means = { pool: this.#pool, clock: this.#clock, deadlines, digests: new DigestSessions(), watchers: watchersOf(this) };
    this.#planner = new Planner(means, this.#defaults);
    this.#plan = this.#planner.plan(this.#defaults);
    this.#repeats = !this.#defaults.signal && BODY_OPTIONS.every((name) => this.#defaults[name] === undefined);
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
  async request(method: string, url: string | URL, options?: RequestOptions): Promise<ClientResponse> {
    const began = this.#clock.now();
    let ready = this.#ready({ method, url, options, began });
    if (ready instanceof Promise) ready = await ready;
    const { request, plan, signal } = ready;
    const call = new Call(plan.setup, { first: request.url, began, signal });
    try {
      const response = responseOf(await plan.send(request, call), call, ready);
      return response instanceof Promise ? await response : response;
    } catch (error) {
      throw withCallersStack(await errorOf(error, request, call));
    } finally {
      // One that was never asked for: a rung gave up before, or the server answered without it.
      discardBody(request.body);
    }
  }

  /**
   * The standard's `fetch` on this client, with its defaults; it needs no `this`, so that it can be handed to whoever takes a `fetch`. See
   * {@link Fetch}.
   *
   * @example
   * const sdk = new OpenAI({ fetch: client.fetch });
   */
  readonly fetch: Fetch = (input, init) => fetchWith(({ method, url, options }) => this.request(method, url, options), { input, init });

  /** Calls that differ in nothing are prepared once; a program makes few different ones, many times. */
  #ready(asked: Asked): Ready | Promise<Ready> {
    if (asked.options || !this.#repeats || typeof asked.url !== "string") return this.#prepared(asked);
    const { method, url } = asked;
    const known = this.#known.get(method)?.get(url);
    if (known) return known;
    const ready = this.#prepared(asked);
    if (!(ready instanceof Promise) && url.length <= KNOWN_LENGTH) this.#remember(method, url, ready);
    return ready;
  }

  #remember(method: string, url: string, ready: Ready): void {
    const known = this.#known.get(method) ?? new Map<string, Ready>();
    if (known.size >= KNOWN_CALLS) known.clear();
    if (this.#known.size < KNOWN_METHODS) this.#known.set(method, known.set(url, ready));
  }

  /** What was asked for, ready to be sent; a promise only when the body's length must be asked for. What is wrong with it is an error of the request. */
  #prepared(asked: Asked): Ready | Promise<Ready> {
    const defaults = defaultsFor(asked.url, this.#defaults, asked.options);
    let options = defaults;
    let body: RequestBody | undefined;
    const failed = (error: unknown): never => {
      discardBody(body);
      return this.#unsent(error, asked, options);
    };
    const prepared = (payload: Payload): Ready => {
      const own = defaults !== this.#defaults || (asked.options && changesPlan(asked.options));
      const plan = own ? this.#planner.plan(options) : this.#plan;
      return { request: prepareRequest({ ...asked, options }, payload), plan, signal: options.signal };
    };
    try {
      if (asked.options) {
        options = mergeOptions(defaults, asked.options);
        refuseClientOptions(asked.options);
      }
      const payload = payloadOf(options);
      body = payload.body;
      if (options.signal?.aborted) throw abortedBefore(options.signal);
      const ready = readyBody(body);
      return ready instanceof Promise
        ? ready.then((whole) => prepared({ ...payload, body: (body = whole) })).catch(failed)
        : prepared(payload);
    } catch (error) {
      return failed(error);
    }
  }

  #unsent(error: unknown, asked: Asked, options: ClientOptions): never {
    const elapsed = this.#clock.now() - asked.began;
    throw error instanceof HttpFailure ? withCallersStack(unsent(error, { ...asked, options, elapsed })) : error;
  }

  /** A client with these defaults on top of this one's, and connections of its own. */
  extend(defaults: ClientOptions): Client {
    return clientOf(mergeOptions(this.#defaults, defaults));
  }

  /** Closes the connections that are free now, and the others when they become free. Later requests work, on connections that are not kept. */
  close(): void {
    this.#pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

/** Outside of the class: a bundler renames one that names itself. */
const clientOf = (defaults: ClientOptions): Client => new Client(defaults);

/** A call as the program made it. */
interface Asked {
  readonly method: string;
  readonly url: string | URL;
  readonly options: RequestOptions | undefined;
  /** By the clock. */
  readonly began: number;
}

/** A call that can be sent. */
interface Ready {
  readonly request: WireRequest;
  readonly plan: Plan;
  readonly signal: AbortSignal | undefined;
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

function unsent(
  failure: HttpFailure,
  { method, url, options, elapsed }: Pick<Asked, "method" | "url"> & { options: RequestOptions; elapsed: number },
): HttpError {
  const nothing = { peer: undefined, reused: false, attempt: 1, maxAttempts: 1, bytesSent: 0, bytesReceived: 0 };
  return new HttpError(failure, { method: printable(method), url: shownUrl(url, options), ...nothing, elapsed });
}
