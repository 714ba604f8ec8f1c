/** Bytes in memory. */
export type BodyBytes = ArrayBuffer | ArrayBufferView;

/** A piece of a stream: text goes as UTF-8. It must not be changed until the next one is asked for. */
export type BodyChunk = string | BodyBytes;

/**
 * A web stream, a Node Readable, or anything else that is iterated over by `for await`, such as what an async generator gives. It belongs to
 * the request from the call on: it is read to its end, or cancelled (destroyed, returned) when the request ends before.
 */
export type BodyStream = ReadableStream<BodyChunk> | AsyncIterable<BodyChunk>;

/** Gives a new stream each time the body is sent: for the request, and again for a redirect or a retry. It may be an async generator. */
export type BodyFactory = () => BodyStream;

/** A stream whose length is known: it is sent with Content-Length. Giving more or less than that is an error. */
export interface SizedStream {
  readonly stream: BodyStream | BodyFactory;
  /** Bytes. */
  readonly length: number;
}

/**
 * What a `FileHandle` of node:fs/promises is. A regular file is sent from its first byte, with the length that it has when the request
 * begins; anything else is sent from where it stands to its end. The file is not closed.
 */
export interface BodyFile {
  readonly fd: number;
  read(buffer: Uint8Array, offset: number, length: number, position: number | null): Promise<{ readonly bytesRead: number }>;
  stat(): Promise<{ readonly size: number; isFile(): boolean }>;
}

/** What a body, and the value of a part of a multipart body, can be. */
export type BodyContent = string | BodyBytes | Blob | BodyStream | BodyFactory | SizedStream | BodyFile;

/**
 * What a request can send. Which Content-Type goes with it, unless the headers have one, and what can be sent again (for a redirect or a
 * retry):
 *
 * - a string, as UTF-8: `text/plain;charset=UTF-8`; again
 * - bytes, copied when the call is made: none; again
 * - URLSearchParams: `application/x-www-form-urlencoded;charset=UTF-8`; again
 * - FormData: `multipart/form-data`; again
 * - a Blob or a File: its type; again
 * - a file handle: none; again when it is a regular file
 * - a stream: none; not again
 * - a function that gives streams: none; again
 * - `{ stream, length }`: none; again when `stream` is a function
 */
export type BodyInit = BodyContent | URLSearchParams | FormData;
