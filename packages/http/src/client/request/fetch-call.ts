import { lowerCase } from "../../protocol/index.ts";
import type { RequestOptions } from "../options/options.ts";
import type { BodyInit } from "./body-init.ts";
import { gatheredBody } from "./gathered-body.ts";
import { hasMethods, isObject, kindName, memberOf } from "./members.ts";
import { BODY_WORDS, bodyKind } from "./payload.ts";
import { isStream } from "./stream-source.ts";

/** A call of fetch, in the client's words. */
export interface FetchCall {
  readonly method: string;
  readonly url: string;
  readonly options: RequestOptions | undefined;
}

/** What fetch was given, as it came. */
export interface FetchArguments {
  readonly input: unknown;
  readonly init: unknown;
}

type Members = (name: string) => unknown;

type Pair = readonly [name: string, value: string];

/** Methods that fetch knows in any case; others are sent as they are written (Fetch standard, "normalize a method"). */
const NORMALIZED: ReadonlySet<string> = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);

/** Fetch standard, "forbidden method". */
const FORBIDDEN: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * Forbidden request-headers (Fetch standard) that are the client's to write: as in a browser they have no effect, so that libraries that set
 * them everywhere work.
 */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
]);

/** What nobody may believe to have an effect when it has none. */
const REFUSED = {
  integrity: "fetch does not check integrity: compare a hash of the bytes",
  dispatcher: "a dispatcher is undici's: give proxy, tls and the rest to a Client, and take its fetch",
} as const;

/**
 * What a call of fetch asks for: `init` goes before a Request. A TypeError for what the standard refuses. Only a Request that has a body
 * needs a promise: everything else is taken at once, as what is given may be changed after the call.
 */
export function fetchCall({ input, init }: FetchArguments): FetchCall | Promise<FetchCall> {
  const request = isRequest(input) ? input : undefined;
  const own = membersOf(init);
  const inherited = membersOf(request);
  const asked: Members = (name) => own(name) ?? inherited(name) ?? undefined;
  refuseUnsupported(asked);
  const method = methodOf(asked("method"));
  const signal = signalOf(own("signal"), inherited("signal"));
  if (request) keepAlive(signal, request);
  const call = { method, url: urlOf(request ? inherited("url") : input) };
  const options = { headers: headersOf(asked("headers")), signal, redirect: redirectOf(asked("redirect")) };
  const length = lengthOf(asked("headers"));
  const body = own("body") ?? undefined;
  if (body === undefined && hasBody(inherited)) {
    refuseBody(method);
    return gatheredBody(inherited("body")).then((gathered) => ({ ...call, options: { ...options, body: sized(gathered, length) } }));
  }
  if (body === undefined) return { ...call, options: isPlain(options) ? undefined : options };
  refuseBody(method);
  return { ...call, options: { ...options, body: sized(body, length) } };
}

/** Told by what it has: another copy of the class makes Requests, too. */
const isRequest = (input: unknown): input is object =>
  isObject(input) && typeof memberOf(input, "url") === "string" && typeof memberOf(input, "method") === "string";

/** Of an object and its class: a Request can be the `init` of another. */
function membersOf(given: unknown): Members {
  if (given === undefined || given === null) return () => undefined;
  if (!isObject(given)) throw new TypeError(`fetch: init must be an object, not ${kindName(given)}`);
  return (name) => memberOf(given, name);
}

function refuseUnsupported(asked: Members): void {
  for (const [name, why] of Object.entries(REFUSED)) if (asked(name)) throw new TypeError(why);
  const duplex = asked("duplex");
  if (duplex !== undefined && duplex !== "half") throw new TypeError('fetch: duplex must be "half"');
}

function methodOf(given: unknown): string {
  const method = given ?? "GET";
  if (typeof method !== "string") throw new TypeError("fetch: method must be a string");
  const upper = method.toUpperCase();
  if (FORBIDDEN.has(upper)) throw new TypeError(`fetch: the method ${upper} is not allowed`);
  return NORMALIZED.has(upper) ? upper : method;
}

function refuseBody(method: string): void {
  if (method === "GET" || method === "HEAD") throw new TypeError(`fetch: a ${method} request cannot have a body`);
}

/** By the URL standard; what is none by itself stands on the client's `baseUrl`. */
function urlOf(input: unknown): string {
  const text = String(input);
  return URL.canParse(text) ? new URL(text).href : text;
}

/** `null` takes that of a Request away. */
function signalOf(own: unknown, inherited: unknown): AbortSignal | undefined {
  const signal = own === undefined ? inherited : own;
  if (signal === undefined || signal === null) return undefined;
  if (signal instanceof AbortSignal) return signal;
  throw new TypeError("fetch: signal must be an AbortSignal");
}

/** A Request's signal follows the one it was made with only as long as the Request is there. */
const followed = new WeakMap<AbortSignal, object>();

function keepAlive(signal: AbortSignal | undefined, request: object): void {
  if (signal) followed.set(signal, request);
}

function redirectOf(given: unknown): RequestOptions["redirect"] {
  if (given === undefined || given === "follow" || given === "manual" || given === "error") return given;
  throw new TypeError('fetch: redirect must be "follow", "manual" or "error"');
}

function headersOf(given: unknown): readonly Pair[] | undefined {
  if (given === undefined) return undefined;
  const pairs = pairsOf(given).filter(([name]) => !WITHOUT_EFFECT.has(lowerCase(name)));
  return pairs.length === 0 ? undefined : pairs;
}

/** Without white space around the values (Fetch standard, "normalize a byte sequence"), and without those that are undefined. */
function pairsOf(given: unknown): readonly Pair[] {
  if (!isObject(given)) throw new TypeError(`fetch: ${HEADERS}`);
  const pairs: readonly unknown[] = isIterable(given) ? [...given] : Object.entries(given);
  return pairs.flatMap((pair) => {
    const both: readonly unknown[] = isObject(pair) && isIterable(pair) ? [...pair] : [];
    const [name, value] = both;
    if (typeof name !== "string" || both.length !== 2) throw new TypeError(`fetch: ${HEADERS}`);
    return value === undefined ? [] : [[name, textOf(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "")] as const];
  });
}

const HEADERS = "headers must be Headers, pairs of name and value, or an object of values; a value is a string, a number or a boolean";

function textOf(value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TypeError(`fetch: ${HEADERS}`);
}

const isIterable = (value: object): value is Iterable<unknown> => hasMethods(value, Symbol.iterator);

/** A Content-Length among the headers is the length of a stream that has none. */
function lengthOf(headers: unknown): number | undefined {
  if (headers === undefined) return undefined;
  const value = pairsOf(headers).find(([name]) => lowerCase(name) === "content-length")?.[1];
  return value !== undefined && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}

function sized(body: unknown, length: number | undefined): BodyInit {
  if (!isBody(body)) throw new TypeError(`fetch: the body must be ${BODY_WORDS}, not ${kindName(body)}`);
  return length !== undefined && isStream(body) ? { stream: body, length } : body;
}

const isBody = (body: unknown): body is BodyInit => bodyKind(body) !== undefined;

const isPlain = (options: object): boolean => Object.values(options).every((value) => value === undefined);

function hasBody(request: Members): boolean {
  const body = request("body");
  if (body === undefined || body === null) return false;
  if (request("bodyUsed") === true) throw new TypeError("fetch: the body of the Request has been read already");
  return true;
}
