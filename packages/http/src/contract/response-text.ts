import { trimOws } from "../protocol/index.ts";
import type { ResponseHeaders } from "./types.ts";
import type { Response } from "../client/index.ts";

/** The body as text: by the charset of Content-Type (RFC 9110 §8.3.2), UTF-8 when there is none or it is unknown. Wrong bytes become U+FFFD. */
export function responseText({ head, body }: Response): string {
  const chosen = decoder(charset(head.fields.get("content-type") ?? ""));
  const text = chosen.decode(body);
  return chosen.encoding === "windows-1252" ? text.replace(/[\x80-\x9f]/g, (character) => C1[character.charCodeAt(0) - 0x80] ?? "") : text;
}

/**
 * What windows-1252 has in the place of Latin-1's control characters 0x80–0x9f (Encoding standard, index windows-1252, which also stands
 * for the label iso-8859-1). Node's decoder leaves them the control characters they are in Latin-1 (nodejs/node#56542).
 */
const C1 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

function charset(contentType: string): string {
  const [, quoted, token] = /;\s*charset\s*=\s*(?:"([^"]*)"|([^;,\s]+))/i.exec(contentType) ?? [];
  return trimOws(quoted ?? token ?? "utf-8");
}

function decoder(label: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(label);
  } catch {
    // A label that the Encoding standard does not know is a RangeError; most such bodies are UTF-8.
    return new TextDecoder("utf-8");
  }
}

/** The header fields for the callback: see {@link ResponseHeaders}. */
export function responseHeaders({ head }: Response): ResponseHeaders {
  const headers: ResponseHeaders = Object.create(null);
  // Set-Cookie is the one field whose lines cannot be joined by a comma: dates have commas (RFC 9110 §5.3).
  for (const [name, values] of head.fields.entries()) headers[name] = values.join(name === "set-cookie" ? "\n" : ", ");
  return headers;
}
