import type { Fields } from "./fields.ts";
import { listMembers, trimOws } from "./grammar.ts";
import { excerpt, malformed } from "./malformed.ts";
import type { StatusLine } from "./status-line.ts";

/** Where the body of a response ends (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

/** Decides from a response's head; throws `malformed-response` where two readers could disagree. */
export function responseFraming(line: StatusLine, fields: Fields, method: string): Framing {
  const codings = fields.getAll("transfer-encoding");
  const length = contentLength(fields.getAll("content-length"));
  // Rule 1: these end with their head whatever its fields say. Fields that contradict themselves are refused all the same.
  if (method === "HEAD" || line.status < 200 || line.status === 204 || line.status === 304) return { kind: "none" };
  // Rule 2: behind the head of a tunnel there is the tunnel.
  if (method === "CONNECT" && line.status < 300) return { kind: "none" };
  if (codings.length > 0) return transferFraming(codings.flatMap(listMembers));
  if (length === undefined) return { kind: "until-close" };
  return { kind: "length", length };
}

/** Transfer-Encoding wins over Content-Length (rule 3). No coding but chunked was asked for, so no other can be undone here. */
function transferFraming(codings: readonly string[]): Framing {
  if (codings.length === 1 && codings[0] === "chunked") return { kind: "chunked" };
  throw malformed(`Transfer-Encoding is ${excerpt(codings.join(", "))}; only "chunked" was possible`);
}

/** Content-Length = 1*DIGIT; equal values in a list or on several lines count as one (RFC 9110 §8.6). Undefined when there is none. */
function contentLength(lines: readonly string[]): number | undefined {
  const [line] = lines;
  if (line === undefined) return undefined;
  const values = lines.length === 1 && !line.includes(",") ? lines : lines.flatMap((value) => value.split(",").map(trimOws));
  const first = values[0] ?? "";
  if (!/^[0-9]+$/.test(first)) throw malformed(`Content-Length is ${excerpt(first)}, not a number`);
  if (values.some((value) => value !== first)) throw malformed(`two values of Content-Length: ${excerpt(values.join(", "))}`);
  const length = Number(first);
  if (!Number.isSafeInteger(length)) throw malformed(`Content-Length is ${excerpt(first)}, above 2^53-1`);
  return length;
}

/** Whether the connection may carry another exchange once this response is complete, as far as its head says (RFC 9112 §9.3). */
export function staysOpen(line: StatusLine, fields: Fields): boolean {
  // Both framings at once are an attempt at smuggling, or look like one; HTTP/1.0 has no Transfer-Encoding (RFC 9112 §6.1).
  if (fields.has("transfer-encoding") && (fields.has("content-length") || line.minorVersion === 0)) return false;
  const lines = fields.getAll("connection");
  if (lines.length === 0) return line.minorVersion === 1;
  const options = new Set(lines.flatMap(listMembers));
  if (options.has("close")) return false;
  return line.minorVersion === 1 || options.has("keep-alive");
}
