import { trimOws } from "../../protocol/index.ts";

/** Bytes as text by the charset of a Content-Type (RFC 9110 §8.3.2), UTF-8 when there is none or it is unknown. Wrong bytes become U+FFFD. */
export function decodeText(bytes: Uint8Array, contentType: string | undefined): string {
  const chosen = decoder(charset(contentType ?? ""));
  const text = chosen.decode(bytes);
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

/** One for all: decoding a whole text leaves no state in it. */
const UTF8: InstanceType<typeof TextDecoder> = new TextDecoder("utf-8");

function decoder(label: string): InstanceType<typeof TextDecoder> {
  if (label === "utf-8" || label === "UTF-8") return UTF8;
  try {
    return new TextDecoder(label);
  } catch {
    // A label that the Encoding standard does not know is a RangeError; most such bodies are UTF-8.
    return UTF8;
  }
}
