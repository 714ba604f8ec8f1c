import type { ByteString } from "./engine.ts";

/** Host text as the byte string of its UTF-8 form, ready for Lua. */
export const utf8 = (text: string): ByteString => Buffer.from(text, "utf8").toString("latin1");

/** Bytes as a byte string. */
export const byteString = (bytes: Uint8Array): ByteString =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
