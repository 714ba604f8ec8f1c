import type { Lookup, TlsOptions } from "../transport/index.ts";

/** Header fields: an object, pairs, or anything that iterates over pairs, as `Headers` does. Values that are undefined are left out. */
export type HeadersInit = Readonly<Record<string, string | undefined>> | Iterable<readonly [string, string]>;

/** Milliseconds per phase; what is left out has its default, `Infinity` switches it off. */
export interface Timeouts {
  /** From the call to the last byte of the body, redirects included. Default 60 000. */
  readonly total?: number | undefined;
  /** Looking the name up. Default 10 000. */
  readonly dns?: number | undefined;
  /** Default 10 000. */
  readonly connect?: number | undefined;
  /** The handshake. Default 10 000. */
  readonly tls?: number | undefined;
  /** Sending the request. Default 30 000. */
  readonly send?: number | undefined;
  /** From the request's last byte to the response's head. Default 30 000. */
  readonly headers?: number | undefined;
  /** Between two pieces of the body while the program waits for one. Default 30 000. */
  readonly idle?: number | undefined;
}

/** What one request may say; a client has the same as defaults. */
export interface RequestOptions {
  readonly headers?: HeadersInit | undefined;
  /** Added to the URL's query. */
  readonly searchParams?: Readonly<Record<string, string | number | boolean>> | URLSearchParams | undefined;
  /** Text is sent as UTF-8, URLSearchParams as a form. At most one of `body`, `json` and `form`. */
  readonly body?: string | Uint8Array | URLSearchParams | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as a form (application/x-www-form-urlencoded). */
  readonly form?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Gives the request up, its body too. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all of it, or per phase. */
  readonly timeout?: number | Timeouts | undefined;
  /** `"follow"` (the default) up to `maxRedirects`, `"manual"`: a 3xx is a response like any other, `"error"`: it is an error. */
  readonly redirect?: "follow" | "manual" | "error" | undefined;
  /** Default 20. */
  readonly maxRedirects?: number | undefined;
  /** Bytes that `text`, `json` and `bytes` may hold; piece by piece there is no limit. Default 256 MiB. */
  readonly maxBodySize?: number | undefined;
  /** Bytes of a response's head. Default 65 536. */
  readonly maxHeaderSize?: number | undefined;
  /** Sent as Authorization: Basic with user and password, or Bearer with a token. */
  readonly auth?: { readonly username: string; readonly password: string } | { readonly bearer: string } | undefined;
  /** Makes a status of 400 and above an error with code `http-status`. Default false, as fetch. */
  readonly throwHttpErrors?: boolean | undefined;
  /** What a relative URL stands on. */
  readonly baseUrl?: string | URL | undefined;
  readonly tls?: TlsOptions | undefined;
  /** `"host:port"` to `"host:port"`, as curl's `--connect-to`: only the address changes. */
  readonly connectTo?: Readonly<Record<string, string>> | undefined;
  /** Default: the system's getaddrinfo. */
  readonly lookup?: Lookup | undefined;
}

/** What a client keeps to, beside the defaults of its requests. */
export interface ClientOptions extends RequestOptions {
  /** Default 1 024. */
  readonly maxConnections?: number | undefined;
  /** Connections to one scheme, host and port; further requests wait their turn. Default 64. */
  readonly maxConnectionsPerOrigin?: number | undefined;
  /** Milliseconds that a connection is kept without use. Default 4 000: most servers close after 5 000, and the one who closes first knows it. */
  readonly idleTimeout?: number | undefined;
  /** Milliseconds after which a connection is not used again, so that changes of DNS are seen. Default 300 000. */
  readonly maxLifetime?: number | undefined;
}

/** Later options win; headers are merged by name, time-outs by phase. Own properties alone count: a polluted Object.prototype changes nothing. */
export function mergeOptions(defaults: ClientOptions, options: ClientOptions): ClientOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const merged = Object.assign(Object.create(null), defaults, given);
  if (defaults.headers && options.headers) merged.headers = [...headerPairs(defaults.headers), ...headerPairs(options.headers)];
  if (defaults.timeout !== undefined && options.timeout !== undefined)
    merged.timeout = { ...timeoutsOf(defaults.timeout), ...timeoutsOf(options.timeout) };
  return merged;
}

/** Names with their values; a name that comes again replaces what came before it. */
export function headerPairs(headers: HeadersInit | undefined): (readonly [string, string])[] {
  if (headers === undefined) return [];
  const pairs = isIterable(headers) ? [...headers] : Object.entries(headers);
  return pairs.filter((pair): pair is [string, string] => pair[1] !== undefined);
}

const isIterable = (headers: HeadersInit): headers is Iterable<readonly [string, string]> => Symbol.iterator in headers;

export const timeoutsOf = (timeout: number | Timeouts): Timeouts => (typeof timeout === "number" ? { total: timeout } : timeout);
