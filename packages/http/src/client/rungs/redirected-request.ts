import { HttpFailure, parseHttpUrl, type Field, type HttpUrl, type ResponseHead } from "../../protocol/index.ts";
import { withoutCredentials } from "../errors/printable.ts";
import { isSecret, redactUrl, type SecretNames } from "../errors/redact.ts";
import { isSendable } from "../request/request-body.ts";
import { failureOf, type WireRequest } from "../request/wire-request.ts";

/** Statuses whose Location is followed (RFC 9110 §15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fields that describe a body; they go when the body goes (RFC 9110 §15.4, RFC 9530). */
const BODY_FIELDS: ReadonlySet<string> = new Set([
  "content-type",
  "content-length",
  "content-encoding",
  "content-language",
  "content-location",
  "content-digest",
  "transfer-encoding",
  "expect",
  "digest",
  "repr-digest",
  "last-modified",
]);

/** Where a response sends the client, or undefined when it is no redirect to be followed. */
export const redirectLocation = (head: ResponseHead): string | undefined =>
  REDIRECTS.has(head.status) ? head.fields.getAll("location")[0] : undefined;

/** What a redirect must not do, or may. */
export interface RedirectSafety {
  /** From https to http. */
  readonly allowDowngrade?: boolean | undefined;
  readonly secrets?: SecretNames | undefined;
}

/** The request that follows a redirect; throws when it must not be made. */
export function redirectedRequest(request: WireRequest, head: ResponseHead, safety: RedirectSafety = {}): WireRequest {
  const [location = "", ...others] = new Set(head.fields.getAll("location"));
  if (others.length > 0) throw invalid(request, "it names several places.");
  const url = resolve(request, location, safety.secrets);
  if (request.url.secure && !url.secure && !safety.allowDowngrade)
    throw refused(request, `from https to ${JSON.stringify(redactUrl(url.href, safety.secrets))}, which is not encrypted.`);
  const becomesGet = changesToGet(request.method, head.status);
  const crossed = new URL(url.href).origin !== new URL(request.url.href).origin;
  const kept = (name: string): boolean =>
    !(becomesGet && BODY_FIELDS.has(name.toLowerCase())) && !(crossed && isSecret(name, safety.secrets));
  const fields = request.fields
    .filter(([name]) => kept(name))
    .map(([name, value]): Field => [name, name === "Host" ? url.authority : value]);
  if (!becomesGet && !isSendable(request.body)) throw unrepeatable(request);
  return becomesGet ? { method: "GET", url, fields, body: undefined } : { ...request, url, fields };
}

/** 303 asks for a GET; 301 and 302 after POST are answered with one by every client (RFC 9110 §15.4.2, §15.4.4). */
const changesToGet = (method: string, status: number): boolean =>
  (status === 303 && method !== "GET" && method !== "HEAD") || ((status === 301 || status === 302) && method === "POST");

/** Location against the URL that was asked for (RFC 9110 §10.2.2), by the URL standard. */
function resolve(request: WireRequest, text: string, secrets: SecretNames | undefined): HttpUrl {
  const location = encodeBytes(text);
  if (!URL.canParse(location, request.url.href))
    throw invalid(request, `${JSON.stringify(redactUrl(withoutCredentials(location), secrets))} is no URL.`);
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

/** A stream has been read; what it gave cannot be had again. */
function unrepeatable(request: WireRequest): HttpFailure {
  const reason =
    "the server redirects, and the body would have to be sent again: it is a stream that can be read once. Give a function that makes the stream.";
  return failureOf(request, new HttpFailure("redirect-refused", { phase: "redirect", reason }));
}

const refused = (request: WireRequest, what: string): HttpFailure =>
  failureOf(request, new HttpFailure("redirect-refused", { phase: "redirect", reason: `the server redirects ${what}` }));

const invalid = (request: WireRequest, what: string): HttpFailure =>
  failureOf(
    request,
    new HttpFailure("redirect-invalid", { phase: "redirect", reason: `the server redirects, and it cannot be followed: ${what}` }),
  );
