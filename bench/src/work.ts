/** One kind of request that every subject makes over and over. */
export interface Work {
  readonly id: string;
  readonly title: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** `close`: one connection per request. */
  readonly connection: "close" | "keep-alive";
  readonly tls: boolean;
  readonly concurrency: number;
  /** Bytes of the request body, made before the clock runs. */
  readonly upload: number;
  /** Whether they come from a stream that does not tell its length. */
  readonly streamed?: true;
  /**
   * What the subject makes of the response body: a string; one block of bytes; the value of a gzipped JSON document; or nothing but
   * a count while the pieces pass by.
   */
  readonly consume: "text" | "bytes" | "json" | "stream";
  /** What consuming must count: characters, bytes, or elements of the JSON array. */
  readonly expects: number;
  /** Bytes of body that one request moves, where bytes per second say more than requests per second. */
  readonly moves?: number;
  /** Measured by `--quick` too. */
  readonly quick?: true;
  /** Drawn for readers. */
  readonly charted?: true;
}

/** Every small response is this text, 33 bytes long. */
export const SMALL_BODY = "thirty-three bytes, not one more\n";

/** Elements of the JSON document, about 16 KB before it is compressed. */
export const JSON_RECORDS = 200;

/** Sizes of bodies in bytes; "100 MB" is decimal, as download sizes are. */
export const SIZES: { readonly kibibyte: number; readonly medium: number; readonly upload: number; readonly large: number } = {
  kibibyte: 1024,
  medium: 64 * 1024,
  upload: 128 * 1024,
  large: 100_000_000,
};

const SMALL: Omit<Work, "id" | "title"> = {
  method: "GET",
  path: "/small.txt",
  connection: "keep-alive",
  tls: false,
  concurrency: 1,
  upload: 0,
  consume: "text",
  expects: SMALL_BODY.length,
};

const MEDIUM = { ...SMALL, path: "/medium.txt", expects: SIZES.medium } as const;
const POST = { ...SMALL, method: "POST", path: "/sink" } as const;
const LARGE = { ...SMALL, path: "/large.bin", expects: SIZES.large, moves: SIZES.large } as const;

/** Every work, in the order it is measured and printed. */
export const WORKS: readonly Work[] = [
  { ...SMALL, id: "one-shot", title: "one-shot, 33 B, one at a time", connection: "close", quick: true, charted: true },
  { ...SMALL, id: "one-shot-50", title: "one-shot, 33 B, 50 at a time", connection: "close", concurrency: 50 },
  { ...SMALL, id: "one-shot-1000", title: "one-shot, 33 B, 1000 at a time", connection: "close", concurrency: 1000 },
  { ...MEDIUM, id: "one-shot-medium", title: "one-shot, 64 KiB", connection: "close" },
  { ...POST, id: "one-shot-post", title: "one-shot, POST 1 KiB", connection: "close", upload: SIZES.kibibyte },
  { ...SMALL, id: "keep-alive", title: "keep-alive, 33 B, one at a time", quick: true, charted: true },
  { ...SMALL, id: "keep-alive-50", title: "keep-alive, 33 B, 50 at a time", concurrency: 50, quick: true },
  { ...SMALL, id: "keep-alive-1000", title: "keep-alive, 33 B, 1000 at a time", concurrency: 1000 },
  { ...MEDIUM, id: "medium", title: "keep-alive, 64 KiB, one at a time" },
  { ...MEDIUM, id: "medium-50", title: "keep-alive, 64 KiB, 50 at a time", concurrency: 50 },
  { ...MEDIUM, id: "medium-1000", title: "keep-alive, 64 KiB, 1000 at a time", concurrency: 1000 },
  { ...POST, id: "post-1k", title: "keep-alive, POST 1 KiB", upload: SIZES.kibibyte },
  { ...POST, id: "post-128k", title: "keep-alive, POST 128 KiB", upload: SIZES.upload },
  { ...SMALL, id: "tls", title: "keep-alive over TLS, 33 B", tls: true },
  { ...SMALL, id: "gzip-json", title: "keep-alive, gzipped JSON", path: "/records.json", consume: "json", expects: JSON_RECORDS },
  { ...LARGE, id: "download-stream", title: "100 MB down, streamed", consume: "stream", quick: true },
  { ...LARGE, id: "download-whole", title: "100 MB down, in one piece", consume: "bytes" },
  { ...POST, id: "upload", title: "100 MB up, from memory", upload: SIZES.large, moves: SIZES.large },
  { ...POST, id: "upload-stream", title: "100 MB up, streamed", upload: SIZES.large, moves: SIZES.large, streamed: true },
];
