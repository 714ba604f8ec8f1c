import { TextDecoder } from "node:util";

const strictUtf8: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes; undefined when they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes as text that fits JSON: UTF-8 as it is, anything else as a data URL (RFC 2397) in base64. */
export const jsonSafe = (bytes: Buffer, type = "application/octet-stream"): string =>
  utf8Text(bytes) ?? `data:${type};base64,${bytes.toString("base64")}`;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

/** Text made safe for HTML, inside attributes too. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
