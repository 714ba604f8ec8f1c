import { lowerCase } from "../../protocol/index.ts";
import type { Lookup, TlsOptions } from "../../transport/index.ts";
import { checkOptions } from "./check-options.ts";
import { checkedConnectTo } from "./connect-to.ts";
import type { PhaseTimeouts } from "../exchange/phase-timeouts.ts";

/**
 * Header fields: an object, pairs, or anything that iterates over pairs, as `Headers` and `Map` do. Values that are undefined are left out.
 * A name that comes twice makes two field lines.
 */
export type HeadersInit = Readonly<Record<string, string | undefined>> | Iterable<readonly [string, string | undefined]>;

/** A query: text as it is, an object, pairs, or URLSearchParams. Values that are undefined are left out. */
export type SearchParams = string | Readonly<Record<string, SearchParam>> | Iterable<readonly [string, SearchParam]>;

type SearchParam = string | number | boolean | undefined;

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
  /** Between two pieces of the request that leave, of 64 KiB each. Default 30 000. */
  readonly send?: number | undefined;
  /** From the request's last byte to the response's head. Default 30 000. */
  readonly headers?: number | undefined;
  /** Between two pieces of the body while the program waits for one. Default 30 000. */
  readonly idle?: number | undefined;
}

/** What one request may say; a client has the same as defaults. */
export interface RequestOptions {
  readonly headers?: HeadersInit | undefined;
  /** Added behind the URL's own query. */
  readonly searchParams?: SearchParams | undefined;
  /**
   * Text is sent as UTF-8 (text/plain;charset=UTF-8), URLSearchParams as a form, bytes without a Content-Type; a Content-Type among the
   * headers goes before. At most one of `body`, `json` and `form`.
   */
  readonly body?: string | Uint8Array | URLSearchParams | undefined;
  /** Sent as JSON (application/json). */
  readonly json?: unknown;
  /** Sent as a form (application/x-www-form-urlencoded;charset=UTF-8). */
  readonly form?: SearchParams | undefined;
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
  /** Sent as Authorization: Basic (RFC 7617, in UTF-8) with user and password, or Bearer (RFC 6750) with a token. */
  readonly auth?: { readonly username: string; readonly password: string } | { readonly bearer: string } | undefined;
  /** Makes a status of 400 and above an {@link HttpStatusError}, which has the response. Default false, as fetch. */
  readonly throwHttpErrors?: boolean | undefined;
  /** What a relative URL stands on, by the URL standard: without a slash at its end the last segment is replaced. */
  readonly baseUrl?: string | URL | undefined;
  /** Connections are shared by requests that give the same object, not by those that give equal ones. */
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

/** Options that say what the body is. */
const BODIES = ["body", "json", "form"] as const;

type Writable<Options> = { -readonly [Name in keyof Options]: Options[Name] };

/**
 * Later options win; headers are merged by name, time-outs by phase, the rest is replaced. Own properties alone count: a polluted
 * Object.prototype changes nothing. Throws a TypeError for options that cannot be meant, a RangeError for a `connectTo` that names no place.
 */
export function mergeOptions(defaults: ClientOptions, options: ClientOptions): ClientOptions {
  const given = ownOptions(options);
  checkOptions(given);
  const merged = ownOptions(defaults);
  const { headers, timeout } = merged;
  Object.assign(merged, given);
  if (BODIES.some((name) => given[name] !== undefined)) keepBody(merged, given);
  if (given.connectTo) merged.connectTo = checkedConnectTo(given.connectTo);
  if (given.timeout !== undefined) merged.timeout = { ...timeoutsOf(timeout ?? {}), ...timeoutsOf(given.timeout) };
  if (given.headers || given.auth) mergeHeaders(merged, headers, given);
  return merged;
}

/** A body among the later options replaces one of another kind. */
function keepBody(merged: Writable<ClientOptions>, { body, json, form }: ClientOptions): void {
  Object.assign(merged, { body, json, form });
}

/** Later names replace earlier ones; so does a later way to say who asks. */
function mergeHeaders(merged: Writable<ClientOptions>, earlier: HeadersInit | undefined, given: ClientOptions): void {
  const later = headerPairs(given.headers);
  const replaced = new Set(later.map(([name]) => lowerCase(name)));
  if (replaced.has("authorization") && !given.auth) merged.auth = undefined;
  if (given.auth) replaced.add("authorization");
  merged.headers = [...headerPairs(earlier).filter(([name]) => !replaced.has(lowerCase(name))), ...later];
}

/** What was given, and nothing inherited. */
function ownOptions(options: ClientOptions): Writable<ClientOptions> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.assign(Object.create(null), Object.fromEntries(given));
}

/** Names with their values, as they were given; a TypeError when they are no strings. */
export function headerPairs(headers: HeadersInit | undefined): (readonly [string, string])[] {
  if (headers === undefined) return [];
  const pairs: readonly (readonly unknown[])[] = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return pairs.filter((pair) => pair.length !== 2 || pair[1] !== undefined).map(stringPair);
}

function stringPair(pair: readonly unknown[]): readonly [string, string] {
  const [name, value] = Array.isArray(pair) && pair.length === 2 ? (pair as readonly unknown[]) : [];
  if (typeof name === "string" && typeof value === "string") return [name, value];
  throw new TypeError("headers: every name and every value must be a string");
}

/** The phases that are named. */
export function timeoutsOf(timeout: number | Timeouts): Partial<PhaseTimeouts> {
  if (typeof timeout === "number") return { total: timeout };
  return Object.fromEntries(Object.entries(timeout).filter(([, ms]) => ms !== undefined));
}
