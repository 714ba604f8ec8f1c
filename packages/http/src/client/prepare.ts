import { HttpFailure, isFieldValue, isToken, lowerCase, parseHttpUrl, type Field, type HttpUrl } from "../protocol/index.ts";
import { headerPairs, type RequestOptions } from "./options.ts";
import type { WireRequest } from "./wire-request.ts";

/** Fields that say where a message ends or what becomes of its connection: the client writes them itself. */
const OWN: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Methods whose requests have a body by their meaning: without one they say so (RFC 9110 §8.6). */
const BODY_METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** A body, and the media type that it has unless the caller says another one. */
interface Payload {
  readonly body: Uint8Array | undefined;
  readonly type?: string;
}

/** Makes of a call what goes on the wire. Throws `invalid-url` and `invalid-headers`, and a TypeError for options that contradict each other. */
export function prepareRequest(method: string, url: string | URL, options: RequestOptions): WireRequest {
  const target = targetOf(url, options);
  const { body, type } = payload(options);
  const fields = new Map<string, Field>();
  const set = (name: string, value: string): void => void fields.set(lowerCase(name), [name, value]);
  set("Host", target.authority);
  set("User-Agent", "nodemcu-http");
  set("Accept", "*/*");
  if (type) set("Content-Type", type);
  if (options.auth) set("Authorization", authorization(options.auth));
  for (const [name, value] of headerPairs(options.headers)) set(...checked(name, value));
  if (body || BODY_METHODS.has(method)) set("Content-Length", String(body?.length ?? 0));
  return { method, url: target, fields: [...fields.values()], body };
}

function checked(name: string, value: string): Field {
  if (!isToken(name)) throw invalid(`the header name ${JSON.stringify(name)} is not a token.`);
  if (OWN.has(lowerCase(name))) throw invalid(`${name} is written by the client itself and cannot be set.`);
  if (!isFieldValue(value)) throw invalid(`the value of the header ${name} holds a character that cannot stand in one.`);
  return [name, value];
}

const invalid = (reason: string): HttpFailure => new HttpFailure("invalid-headers", { phase: "request", reason });

/** URLs that were read before: a program asks for few different ones, many times. */
const known = new Map<string, HttpUrl>();
const KNOWN_URLS = 256;

function targetOf(url: string | URL, { baseUrl, searchParams: params }: RequestOptions): HttpUrl {
  const text = withQuery(baseUrl === undefined ? String(url) : resolve(url, baseUrl), params);
  const read = known.get(text);
  if (read) return read;
  const parsed = parseHttpUrl(text);
  if (known.size >= KNOWN_URLS) known.clear();
  known.set(text, parsed);
  return parsed;
}

function resolve(url: string | URL, base: string | URL): string {
  if (URL.canParse(String(url), String(base))) return new URL(url, base).href;
  throw new HttpFailure("invalid-url", {
    phase: "request",
    reason: `${JSON.stringify(String(url))} is no URL on ${JSON.stringify(String(base))}.`,
  });
}

function withQuery(url: string, params: RequestOptions["searchParams"]): string {
  if (params === undefined) return url;
  const query = (params instanceof URLSearchParams ? params : searchParams(params)).toString();
  const [address = "", fragment] = url.split("#", 2);
  const joined = query === "" ? address : `${address}${address.includes("?") ? "&" : "?"}${query}`;
  return fragment === undefined ? joined : `${joined}#${fragment}`;
}

const searchParams = (values: Readonly<Record<string, string | number | boolean>>): URLSearchParams =>
  new URLSearchParams(Object.entries(values).map(([name, value]): [string, string] => [name, String(value)]));

function payload({ body, json, form }: RequestOptions): Payload {
  if ([body, json, form].filter((given) => given !== undefined).length > 1)
    throw new TypeError("only one of body, json and form can be given");
  if (json !== undefined) return { body: Buffer.from(JSON.stringify(json)), type: "application/json" };
  if (form !== undefined) return formPayload(searchParams(form));
  if (body instanceof URLSearchParams) return formPayload(body);
  return { body: typeof body === "string" ? Buffer.from(body) : body };
}

const formPayload = (form: URLSearchParams): Payload => ({
  body: Buffer.from(form.toString()),
  type: "application/x-www-form-urlencoded;charset=UTF-8",
});

/** RFC 7617 §2 (UTF-8), RFC 6750 §2.1. */
const authorization = (auth: NonNullable<RequestOptions["auth"]>): string =>
  "bearer" in auth ? `Bearer ${auth.bearer}` : `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;
