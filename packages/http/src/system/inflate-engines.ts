import * as zlib from "node:zlib";

/** A content coding that can be undone (RFC 9110 §8.4.1, RFC 7932, RFC 8878). */
export type Coding = "gzip" | "deflate" | "br" | "zstd";

/** What zlib has made of a whole input, and how many bytes of it were used. */
export interface Settled {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** The three ways in which Node decodes one format. */
export interface Decoder {
  sync(bytes: Uint8Array, options: zlib.ZlibOptions): Settled;
  whole(bytes: Uint8Array, options: zlib.ZlibOptions): Promise<Settled>;
  stream(options: zlib.ZlibOptions): zlib.Gunzip;
  /** Behind the end another frame may stand, with which Node leaves its caller alone. */
  readonly framed?: boolean;
}

type Sync = (bytes: Uint8Array, options: object) => unknown;
type Whole = (bytes: Uint8Array, options: object, done: (error: Error | null, result: unknown) => void) => void;
type Stream = (options: object) => zlib.Gunzip;

const decoder = (sync: Sync, whole: Whole, stream: Stream): Decoder => ({
  sync: (bytes, options) => settled(sync(bytes, options)),
  whole: (bytes, options) =>
    new Promise((resolve, reject) => {
      whole(bytes, options, (error, result) => (error ? reject(error) : resolve(settled(result))));
    }),
  stream,
});

/** The option `info` asks for this; the types of Node do not say so. */
function settled(result: unknown): Settled {
  if (isSettled(result)) return result;
  throw new TypeError("zlib gave its output without what it knows of it");
}

const isSettled = (result: unknown): result is Settled =>
  typeof result === "object" && result !== null && "engine" in result && "buffer" in result && result.buffer instanceof Uint8Array;

const GZIP = decoder(zlib.gunzipSync, zlib.gunzip, zlib.createGunzip);
const ZLIB = decoder(zlib.inflateSync, zlib.inflate, zlib.createInflate);
const RAW = decoder(zlib.inflateRawSync, zlib.inflateRaw, zlib.createInflateRaw);
const BROTLI = decoder(zlib.brotliDecompressSync, zlib.brotliDecompress, zlib.createBrotliDecompress);

/** ZSTD_d_windowLogMax. */
const WINDOW_LOG_MAX = 100;

/** As a content coding zstd has a window of at most 8 MiB (RFC 9659 §3); the format itself would allow gigabytes. */
const WINDOW = { params: { [WINDOW_LOG_MAX]: 23 } };

/** What later Nodes have beside what the types know. */
interface Zstd {
  readonly zstdDecompressSync: Sync;
  readonly zstdDecompress: Whole;
  readonly createZstdDecompress: Stream;
}

const hasZstd = (module: object): module is Zstd =>
  ["zstdDecompressSync", "zstdDecompress", "createZstdDecompress"].every((name) => typeof Reflect.get(module, name) === "function");

/** Node has zstd from 22.15 and 23.8 on. Some of these versions take a truncated frame for a whole one: they are asked. */
function findZstd(module: object): Decoder | undefined {
  if (!hasZstd(module)) return undefined;
  const found = decoder(
    (bytes, options) => module.zstdDecompressSync(bytes, limited(options)),
    (bytes, options, done) => module.zstdDecompress(bytes, limited(options), done),
    (options) => module.createZstdDecompress(limited(options)),
  );
  return refusesTruncated(found) ? { ...found, framed: true } : undefined;
}

const limited = (options: object): object => Object.assign(options, WINDOW);

/** The magic number of a frame (RFC 8878 §3.1.1) and nothing behind it. */
function refusesTruncated(found: Decoder): boolean {
  try {
    found.sync(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), Object.assign(Object.create(null), { info: true }));
    return false;
  } catch {
    return true;
  }
}

const DECODERS: Readonly<Record<Coding, Decoder | undefined>> = { gzip: GZIP, deflate: ZLIB, br: BROTLI, zstd: findZstd(zlib) };

/** The codings that this Node can undo. */
export const CODINGS: readonly Coding[] = (["gzip", "deflate", "br", "zstd"] as const).filter((coding) => DECODERS[coding] !== undefined);

/** What decodes these bytes, of which two are enough. */
export function engineOf(coding: Coding, bytes: Uint8Array): Decoder {
  const found = coding === "deflate" && !isZlib(bytes) ? RAW : DECODERS[coding];
  if (!found) throw new TypeError(`this Node cannot decode ${coding}`);
  return found;
}

/**
 * The content coding deflate is in the zlib format (RFC 9110 §8.4.1.2), but some senders leave its wrapping out. A zlib header has method 8,
 * a window of at most 32 KiB, and is as a number a multiple of 31 (RFC 1950 §2.2); a raw stream that begins like this would be a stored block
 * with padding bits that nobody sets.
 */
function isZlib([method = 0x78, flags]: Uint8Array): boolean {
  if ((method & 0x0f) !== 8 || method >> 4 > 7) return false;
  return flags === undefined || ((method << 8) | flags) % 31 === 0;
}

/** Node's own errors have codes. */
export const isZlibError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && "code" in error && typeof error.code === "string";
