import * as zlib from "node:zlib";
import type { Coding } from "../../src/system/index.ts";

type Encode = (bytes: Uint8Array) => Uint8Array;

const zstd: unknown = Object.getOwnPropertyDescriptor(zlib, "zstdCompressSync")?.value;

const ENCODERS: Readonly<Record<Coding | "raw", Encode>> = {
  gzip: (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  raw: (bytes) => zlib.deflateRawSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes),
  zstd: (bytes) => (typeof zstd === "function" ? new Uint8Array(zstd(bytes)) : bytes),
};

/** Bytes in a format; `raw` is deflate without zlib's wrapping. */
export const encoded = (format: Coding | "raw", bytes: Uint8Array): Uint8Array => ENCODERS[format](bytes);

/** Pieces of so many bytes. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
