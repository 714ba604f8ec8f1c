import { Fields, type Field, type ResponseHead } from "../../protocol/index.ts";
import { inflateNow } from "../../system/index.ts";
import type { WireRequest } from "../request/wire-request.ts";
import { codingsOf } from "../response/content-codings.ts";
import { readableText } from "../response/readable-text.ts";
import { decodeText } from "../response/text.ts";
import type { ByteTap } from "./byte-tap.ts";
import { sentCookies, setCookies } from "./har-cookies.ts";
import type { HarContent, HarPair, HarRequest, HarResponse } from "./har-format.ts";
import type { Redaction } from "./har-redaction.ts";

/** Decoded bytes of an answer at most. */
const MAX_DECODED = 67_108_864;

const pair = ([name, value]: Field): HarPair => ({ name, value });

/** A request as it was sent. */
export function harRequest({ method, url, fields }: WireRequest, tap: ByteTap, hidden: Redaction): HarRequest {
  const known = new Fields(fields);
  const mimeType = known.get("content-type");
  const query = [...new URL(url.href).searchParams];
  return {
    method,
    url: hidden.text(url.href),
    httpVersion: "HTTP/1.1",
    cookies: sentCookies(known.getAll("cookie"), hidden),
    headers: fields.map((field) => pair(hidden.field(field))),
    queryString: query.map(([name, value]) => pair([name, hidden.value(name, value)])),
    ...(tap.length > 0 ? { postData: postData(tap.bytes, mimeType, hidden) } : {}),
    headersSize: headSize(`${method} ${url.target} HTTP/1.1`, fields),
    bodySize: tap.length,
  };
}

/** The first line, the field lines and the empty one, each with its CRLF; a field line has a colon and a space. */
const headSize = (line: string, fields: readonly Field[]): number =>
  fields.reduce((size, [name, value]) => size + name.length + value.length + 4, line.length + 4);

function postData(bytes: Uint8Array | undefined, mimeType = "", hidden: Redaction): NonNullable<HarRequest["postData"]> {
  if (!bytes) return { mimeType, text: "", comment: "left out: it is too large, or no bodies are recorded" };
  const shown = hidden.body(bytes, mimeType);
  const text = shown && readableText(shown);
  return text === undefined ? { mimeType, text: "", comment: "left out: it is no text" } : { mimeType, text };
}

/** An answer as it came. `read`: its body has been taken to its end, or as far as the program wanted. */
export function harResponse({ status, reason, minorVersion, fields }: ResponseHead, tap: ByteTap, hidden: Redaction): HarResponse {
  const lines = [...fields];
  return {
    status,
    statusText: reason,
    httpVersion: `HTTP/1.${minorVersion}`,
    cookies: setCookies(fields.getAll("set-cookie"), hidden),
    headers: lines.map((field) => pair(hidden.field(field))),
    content: content(fields, tap, hidden),
    redirectURL: hidden.text(fields.getAll("location")[0] ?? ""),
    // What was on the wire may have had other white space.
    headersSize: -1,
    bodySize: tap.length,
  };
}

/** The answer that never came. */
export const NO_RESPONSE: HarResponse = {
  status: 0,
  statusText: "",
  httpVersion: "HTTP/1.1",
  cookies: [],
  headers: [],
  content: { size: 0, mimeType: "x-unknown" },
  redirectURL: "",
  headersSize: -1,
  bodySize: -1,
};

function content(fields: Fields, tap: ByteTap, hidden: Redaction): HarContent {
  const type = fields.get("content-type");
  const mimeType = type ?? "x-unknown";
  const codings = codingsOf(fields.get("content-encoding")) ?? [];
  const came = tap.bytes;
  if (!came) return { size: tap.length, mimeType, comment: "left out: it is too large, or no bodies are recorded" };
  if (came.length === 0) return { size: 0, mimeType };
  const decoded = codings.reduce<Uint8Array | undefined>((bytes, coding) => bytes && inflateNow(coding, bytes, MAX_DECODED), came);
  const compression = decoded && codings.length > 0 ? { compression: decoded.length - came.length } : {};
  const bytes = decoded ?? came;
  return { size: bytes.length, ...compression, mimeType, ...shownText(bytes, type, hidden) };
}

type ShownText = Pick<HarContent, "text" | "encoding" | "comment">;

function shownText(bytes: Uint8Array, type: string | undefined, hidden: Redaction): ShownText {
  const shown = hidden.body(bytes, type);
  if (!shown) return { comment: "left out: it is to be JSON and cannot be read, so that secrets in it would not be found" };
  const charset = /^text\/[^;]*;.*charset=/i.test(type ?? "");
  const text = readableText(shown) ?? (charset ? decodeText(shown, type) : undefined);
  return text === undefined ? { text: Buffer.from(shown).toString("base64"), encoding: "base64" } : { text };
}
