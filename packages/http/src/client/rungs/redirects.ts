import { HttpFailure, parseHttpUrl, type Field, type HttpUrl, type ResponseHead } from "../../protocol/index.ts";
import { withoutCredentials } from "../errors/printable.ts";
import { failureOf, type WireRequest } from "../request/wire-request.ts";

/** Statuses whose Location is followed (RFC 9110 §15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fields that describe a body; they go when the body goes (RFC 9110 §15.4). */
const BODY_FIELDS: ReadonlySet<string> = new Set([
  "content-type",
  "content-length",
  "content-encoding",
  "content-language",
  "content-location",
  "digest",
  "last-modified",
]);

/** Names that carry a secret, or look like it: they never follow to another origin. */
const SECRET = /auth|cookie|token|secret|(?:api|access)[-_]?key|passw|credential|signature|session|csrf|xsrf|jwt/i;

/** Where a response sends the client, or undefined when it is no redirect to be followed. */
export const redirectLocation = (head: ResponseHead): string | undefined =>
  REDIRECTS.has(head.status) ? head.fields.getAll("location")[0] : undefined;

/** The request that follows a redirect; throws when it must not be made. */
export function redirectedRequest(request: WireRequest, head: ResponseHead, location: string): WireRequest {
  if (new Set(head.fields.getAll("location")).size > 1) throw invalid(request, "it names several places.");
  const url = resolve(request, location);
  if (request.url.secure && !url.secure) throw refused(request, `from https to ${JSON.stringify(url.href)}, which is not encrypted.`);
  const becomesGet = changesToGet(request.method, head.status);
  const crossed = new URL(url.href).origin !== new URL(request.url.href).origin;
  const kept = (name: string): boolean => !(becomesGet && BODY_FIELDS.has(name.toLowerCase())) && !(crossed && SECRET.test(name));
  const fields = request.fields
    .filter(([name]) => kept(name))
    .map(([name, value]): Field => [name, name === "Host" ? url.authority : value]);
  return becomesGet ? { method: "GET", url, fields, body: undefined } : { ...request, url, fields };
}

/** 303 asks for a GET; 301 and 302 after POST are answered with one by every client (RFC 9110 §15.4.2, §15.4.4). */
const changesToGet = (method: string, status: number): boolean =>
  (status === 303 && method !== "GET" && method !== "HEAD") || ((status === 301 || status === 302) && method === "POST");

/** Location against the URL that was asked for (RFC 9110 §10.2.2), by the URL standard. */
function resolve(request: WireRequest, text: string): HttpUrl {
  const location = encodeBytes(text);
  if (!URL.canParse(location, request.url.href)) throw invalid(request, `${JSON.stringify(withoutCredentials(location))} is no URL.`);
  const url = new URL(location, request.url.href);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw refused(request, `to ${JSON.stringify(url.protocol)}; only http and https are followed.`);
  try {
    return parseHttpUrl(url.href);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw invalid(request, error.reason);
  }
}

/** Bytes beyond ASCII, which a field value has one to a character, stay the bytes they are. */
const encodeBytes = (text: string): string =>
  text.replace(/[\x80-\xff]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const refused = (request: WireRequest, what: string): HttpFailure =>
  failureOf(request, new HttpFailure("redirect-refused", { phase: "redirect", reason: `the server redirects ${what}` }));

const invalid = (request: WireRequest, what: string): HttpFailure =>
  failureOf(
    request,
    new HttpFailure("redirect-invalid", { phase: "redirect", reason: `the server redirects, and it cannot be followed: ${what}` }),
  );
