/** Bytes that are text for people, in UTF-8; undefined for others, which would not come back the same. */
export function readableText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", Object.assign(Object.create(null), { fatal: true, ignoreBOM: true })).decode(bytes);
    return /[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
