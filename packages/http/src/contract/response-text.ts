import { decodeText, type Response } from "../client/index.ts";
import type { ResponseHeaders } from "./types.ts";

/** The body as text; see {@link decodeText}. */
export const responseText = ({ head, body }: Response): string => decodeText(body, head.fields.get("content-type"));

/** The header fields for the callback: see {@link ResponseHeaders}. */
export function responseHeaders({ head }: Response): ResponseHeaders {
  const headers: ResponseHeaders = Object.create(null);
  // Set-Cookie is the one field whose lines cannot be joined by a comma: dates have commas (RFC 9110 §5.3).
  for (const [name, values] of head.fields.entries()) headers[name] = values.join(name === "set-cookie" ? "\n" : ", ");
  return headers;
}
