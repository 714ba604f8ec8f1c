import { checkMethod, HttpFailure, lowerCase, parseHttpUrl, type Field, type HttpUrl } from "../../protocol/index.ts";
import { isDigest } from "../options/auth.ts";
import { headerPairs } from "../options/merge-options.ts";
import type { Auth, RequestOptions, SearchParams } from "../options/options.ts";
import { printable, withoutCredentials } from "../errors/printable.ts";
import { ACCEPT_ENCODING } from "../response/content-codings.ts";
import { checkedField } from "./checked-field.ts";
import { formText } from "./form-text.ts";
import { payloadOf, type Payload } from "./payload.ts";
import type { RequestBody } from "./request-body.ts";
import type { WireRequest } from "./wire-request.ts";

/** Methods are case-sensitive (RFC 9110 §9.1); in another case these are never meant. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Methods whose requests have a body by their meaning: without one they say so (RFC 9110 §8.6). */
const BODY_METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** A call to be made ready. */
export interface Call {
  readonly method: string;
  readonly url: string | URL;
  readonly options: RequestOptions;
}

/**
 * Makes of a call what goes on the wire. Throws `invalid-method`, `invalid-url` and `invalid-headers`, and a TypeError for arguments of the
 * wrong type and for options that contradict each other.
 */
export function prepareRequest({ method: written, url, options }: Call, { body, type }: Payload = payloadOf(options)): WireRequest {
  const method = methodOf(written);
  const target = targetOf(url, options);
  if (method === "TRACE" && body) throw new TypeError("a TRACE request has no body (RFC 9110 §9.3.8)");
  const given = headerPairs(options.headers).map(checkedField);
  const names = new Set(given.map(([name]) => lowerCase(name)));
  if (options.auth && names.has("authorization")) throw new TypeError("either auth or a header Authorization can be given, not both");
  // The server would get it, too.
  if (options.proxy && names.has("proxy-authorization"))
    throw new TypeError("the header Proxy-Authorization cannot be given beside a proxy: its user name and password stand in its URL");
  const own: Field[] = [
    ["User-Agent", "nodemcu-http"],
    ["Accept", "*/*"],
  ];
  // A part of encoded bytes is of no use to a reader of the body.
  if (options.decompress !== false && !names.has("range")) own.push(["Accept-Encoding", ACCEPT_ENCODING]);
  if (type) own.push(["Content-Type", type]);
  const fields: Field[] = [["Host", target.authority], ...own.filter(([name]) => !names.has(lowerCase(name))), ...given];
  const credentials = options.auth && authorization(options.auth);
  if (credentials) fields.push(checkedField(["Authorization", credentials]));
  if (body && body.length !== 0 && options.expectContinue && !names.has("expect")) fields.push(["Expect", "100-continue"]);
  if (body || BODY_METHODS.has(method)) fields.push(framing(body));
  return { method, url: target, fields, body };
}

/** A body whose length nobody knows goes in chunks (RFC 9112 §6.1). */
function framing(body: RequestBody | undefined): Field {
  return body && body.length === undefined ? ["Transfer-Encoding", "chunked"] : ["Content-Length", String(body?.length ?? 0)];
}

function methodOf(written: string): string {
  if (METHODS.has(written)) return written;
  if (typeof written !== "string") throw new TypeError("the method must be a string");
  const upper = written.toUpperCase();
  if (METHODS.has(upper)) return upper;
  checkMethod(written);
  return written;
}

/** URLs that were read before: a program asks for few different ones, many times. */
const known = new Map<string, HttpUrl>();
const KNOWN_URLS = 256;
const KNOWN_LENGTH = 1024;

function targetOf(url: string | URL, options: RequestOptions): HttpUrl {
  const text = urlText(url, options);
  const read = known.get(text);
  if (read) return read;
  const parsed = parseHttpUrl(text);
  if (known.size >= KNOWN_URLS) known.clear();
  if (text.length <= KNOWN_LENGTH) known.set(text, parsed);
  return parsed;
}

/** The URL that a call means, as text that nobody has checked yet. */
export function urlText(url: string | URL, { baseUrl, searchParams }: RequestOptions): string {
  if (typeof url !== "string" && !(url instanceof URL)) throw new TypeError("the URL must be a string or a URL");
  return withQuery(baseUrl === undefined ? String(url) : resolve(String(url), String(baseUrl)), searchParams);
}

const shown = (text: string): string => JSON.stringify(printable(withoutCredentials(text)));

function resolve(url: string, base: string): string {
  if (URL.canParse(url, base)) return new URL(url, base).href;
  throw new HttpFailure("invalid-url", {
    phase: "request",
    reason: `the URL cannot be used: ${shown(url)} is none on the baseUrl ${shown(base)}.`,
  });
}

function withQuery(url: string, params: SearchParams | undefined): string {
  if (params === undefined) return url;
  const query = typeof params === "string" ? params.replace(/^\?/, "") : formText(params);
  const [address = "", fragment] = url.split("#", 2);
  const joined = query === "" ? address : `${address}${separator(address)}${query}`;
  return fragment === undefined ? joined : `${joined}#${fragment}`;
}

function separator(address: string): string {
  if (!address.includes("?")) return "?";
  return /[?&]$/.test(address) ? "" : "&";
}

/** RFC 7617 §2 (UTF-8; a colon would end the user name), RFC 6750 §2.1. */
function authorization(auth: Auth): string | undefined {
  if (Object.hasOwn(auth, "bearer") && "bearer" in auth) return `Bearer ${auth.bearer}`;
  if (!("username" in auth)) throw new TypeError("the option auth must be { username, password } or { bearer }, of strings");
  // Answered when the server has asked for it.
  if (isDigest(auth)) return undefined;
  if (auth.username.includes(":")) throw new TypeError("the user name of auth cannot hold a colon (RFC 7617 §2)");
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;
}
