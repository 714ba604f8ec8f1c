import { trimOws } from "../protocol/index.ts";

/** Bytes as text by the charset of a Content-Type (RFC 9110 §8.3.2), UTF-8 when there is none or it is unknown. Wrong bytes become U+FFFD. */
export function decodeText(bytes: Uint8Array, contentType: string | undefined): string {
  return decoder(charset(contentType ?? "")).decode(bytes);
}

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
