import { Readable } from "node:stream";
import type { Work } from "./work.ts";

/** What a request is to send: bytes, or a Node stream of unknown length. */
export type Upload = Buffer<ArrayBuffer> | Readable;

const PIECE = Buffer.alloc(64 * 1024, "x");

/** A stream that has its next piece ready whenever it is asked. */
function streamOf(length: number): Readable {
  let left = length;
  return new Readable({
    highWaterMark: PIECE.length,
    read() {
      const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
      left -= piece.length;
      this.push(piece.length === 0 ? null : piece);
    },
  });
}

/** Gives the body of each request: the same bytes every time, or a stream of its own; undefined for a GET. */
export function uploadsOf({ upload, streamed }: Pick<Work, "upload" | "streamed">): () => Upload | undefined {
  if (streamed) return () => streamOf(upload);
  const bytes = upload === 0 ? undefined : Buffer.alloc(upload, "x");
  return () => bytes;
}

/** The part of fetch's options that is about the body. */
export function fetchBody(upload: Upload | undefined): { body: Buffer<ArrayBuffer> | ReadableStream | null; duplex?: "half" } {
  if (!(upload instanceof Readable)) return { body: upload ?? null };
  // Two declarations of the same class do not know each other.
  const stream: unknown = Readable.toWeb(upload);
  return { body: stream instanceof ReadableStream ? stream : null, duplex: "half" };
}
