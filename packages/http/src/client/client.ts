import { HttpFailure, DEFAULT_LIMITS, type HttpUrl } from "../protocol/index.ts";
import { joinEndpoint, systemClock, type Clock, type Lookup, type TlsOptions } from "../transport/index.ts";
import type { ExchangeSetup } from "./exchange/client-exchange.ts";
import { ClientRequest } from "./client-request.ts";
import { Deadlines } from "./exchange/deadlines.ts";
import { tlsForHop } from "./exchange/hop-tls.ts";
import { HttpError } from "./errors/http-error.ts";
import { refuseClientOptions } from "./options/check-options.ts";
import { mergeOptions, timeoutsOf, type ClientOptions, type RequestOptions } from "./options/options.ts";
import type { PhaseTimeouts } from "./exchange/phase-timeouts.ts";
import { Pool, type Route } from "./exchange/pool.ts";
import { prepareRequest, urlText } from "./request/prepare.ts";
import { printable, withoutCredentials } from "./errors/printable.ts";
import type { ClientResponse } from "./response/response.ts";

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
    return new Promise((resolve, reject) => {
      const began = this.#clock.now();
      let merged = this.#defaults;
      try {
        if (options) {
          merged = mergeOptions(this.#defaults, options);
          refuseClientOptions(options);
        }
        const request = prepareRequest({ method, url, options: merged });
        if (merged.signal?.aborted) throw abortedBefore(merged.signal);
        const { redirect = "follow", maxRedirects = 20, throwHttpErrors = false } = merged;
        const rules = { redirect, maxRedirects, throwHttpErrors };
        new ClientRequest(rules, this.#setup(merged, { began, trace }), { resolve, reject }).send(request);
      } catch (error) {
        const elapsed = this.#clock.now() - began;
        reject(error instanceof HttpFailure ? unsent(error, { method, url: shownUrl(url, merged), elapsed }) : error);
      }
    });
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

  #setup(options: RequestOptions, { began, trace }: Pick<ExchangeSetup, "began" | "trace">): ExchangeSetup {
    const {
      tls = NO_TLS,
      connectTo,
      lookup,
      signal,
      timeout,
      maxBodySize = MAX_BODY_SIZE,
      maxHeaderSize = DEFAULT_LIMITS.maxHeadSize,
    } = options;
    return {
      pool: this.#pool,
      clock: this.#clock,
      deadlines: this.#deadlines,
      route: routes({ tls, connectTo, lookup }),
      timeouts: timeout === undefined ? TIMEOUTS : { ...TIMEOUTS, ...timeoutsOf(timeout) },
      maxBodySize,
      maxHeadSize: maxHeaderSize,
      signal,
      began,
      trace,
    };
  }
}

const NO_TLS: TlsOptions = {};

/** The routes of a request and of the redirects that it meets. */
function routes(options: Pick<RequestOptions, "connectTo" | "lookup"> & { tls: TlsOptions }): (url: HttpUrl) => Route {
  let first: HttpUrl | undefined;
  return (url) => {
    first ??= url;
    return routeOf(url, { ...options, tls: tlsForHop(options.tls, first, url) });
  };
}

/** What makes a connection fit for a request: nothing that changes who answers, or whom it trusts, may be left out of the key. */
function routeOf(url: HttpUrl, { tls, connectTo, lookup }: Pick<RequestOptions, "connectTo" | "lookup"> & { tls: TlsOptions }): Route {
  const mapped = connectTo && Object.hasOwn(connectTo, joinEndpoint(url)) ? connectTo[joinEndpoint(url)] : "";
  const key = `${url.secure ? `tls ${identityOf(tls)}` : "tcp"} ${joinEndpoint(url)} ${mapped} ${identityOf(lookup)}`;
  return { key, dial: { host: url.host, port: url.port, tls: url.secure ? tls : undefined, alpn: ["http/1.1"], connectTo, lookup } };
}

/** A number for each object: the same object has the same, another one, however alike, another. */
const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identityOf(object: TlsOptions | Lookup | undefined): number {
  if (object === undefined) return 0;
  const known = identities.get(object);
  if (known !== undefined) return known;
  identities.set(object, ++lastIdentity);
  return lastIdentity;
}

const abortedBefore = ({ reason }: AbortSignal): HttpFailure =>
  new HttpFailure("aborted", { phase: "request", reason: "the signal had fired before the request was made.", cause: reason });

/** The URL of a request that was never sent: as the call means it, or at least as it was written. */
function shownUrl(url: string | URL, options: RequestOptions): string {
  try {
    return printable(withoutCredentials(urlText(url, options)));
  } catch {
    return printable(withoutCredentials(String(url)));
  }
}

function unsent(failure: HttpFailure, { method, url, elapsed }: { method: string; url: string; elapsed: number }): HttpError {
  const nothing = { peer: undefined, reused: false, attempt: 1, bytesSent: 0, bytesReceived: 0 };
  return new HttpError(failure, { method: printable(method), url, ...nothing, elapsed });
}
