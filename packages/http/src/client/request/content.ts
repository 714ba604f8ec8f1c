import type { BodyContent, BodyFactory, BodyFile, SizedStream } from "./body-init.ts";
import { bytesOf } from "./chunk-encoder.ts";
import { fileBody } from "./file-body.ts";
import { hasMethods, isObject, memberOf } from "./members.ts";
import type { RequestBody } from "./request-body.ts";
import { blobBody, streamBody } from "./streamed-bodies.ts";
import { isNodeStream, isStream, isWebStream } from "./stream-source.ts";

/** What is sent, and the media type that goes with it unless the caller says another one. */
export interface Content {
  readonly body: RequestBody;
  readonly type: string | undefined;
}

/** One kind of value that can be sent. */
export interface Kind {
  /** For a message, such as `a Blob`. */
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
  /** Undefined for a value of another kind. */
  readonly content: (value: unknown) => Content | undefined;
}

interface KindRule<Value> {
  readonly words: string;
  readonly holds: (value: unknown) => value is Value;
  readonly content: (value: Value) => Content;
}

export const kind = <Value>({ words, holds, content }: KindRule<Value>): Kind => ({
  words,
  holds,
  content: (value) => (holds(value) ? content(value) : undefined),
});

const untyped = (body: RequestBody): Content => ({ body, type: undefined });

const STREAM = { content: (stream: Parameters<typeof streamBody>[0]) => untyped(streamBody(stream)) };

/** What a body and a part of one can be; the first kind that holds is it. Bytes are not copied. */
export const CONTENTS: Readonly<Record<string, Kind>> = {
  string: kind({
    words: "a string",
    holds: (value) => typeof value === "string",
    content: (text) => ({ body: Buffer.from(text), type: "text/plain;charset=UTF-8" }),
  }),
  bytes: kind({ words: "bytes", holds: isBytes, content: (bytes) => untyped(bytesOf(bytes) ?? Buffer.alloc(0)) }),
  blob: kind({
    words: "a Blob",
    holds: (value) => value instanceof Blob,
    content: (blob) => ({ body: blobBody(blob), type: blob.type === "" ? undefined : blob.type }),
  }),
  webStream: kind({ words: "a web stream", holds: isWebStream, ...STREAM }),
  nodeStream: kind({ words: "a Node Readable", holds: isNodeStream, ...STREAM }),
  file: kind({ words: "a FileHandle", holds: isFile, content: (file) => untyped(fileBody(file)) }),
  asyncIterable: kind({ words: "an async iterable", holds: isStream, ...STREAM }),
  factory: kind({ words: "a function that returns a stream", holds: isFactory, ...STREAM }),
  sized: kind({ words: "{ stream, length }", holds: isSized, content: ({ stream, length }) => untyped(streamBody(stream, length)) }),
};

function isBytes(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

function isFile(value: unknown): value is BodyFile {
  return hasMethods(value, "read", "stat") && isObject(value) && typeof memberOf(value, "fd") === "number";
}

function isFactory(value: unknown): value is BodyFactory {
  return typeof value === "function";
}

function isSized(value: unknown): value is SizedStream {
  if (!isObject(value)) return false;
  const [stream, length] = [memberOf(value, "stream"), memberOf(value, "length")];
  return (isStream(stream) || isFactory(stream)) && Number.isSafeInteger(length) && Number(length) >= 0;
}

const KINDS: readonly Kind[] = Object.values(CONTENTS);

/** What a value sends. */
export function contentOf(value: BodyContent): Content {
  for (const { content } of KINDS) {
    const found = content(value);
    if (found) return found;
  }
  throw new TypeError(`it must be ${listWords(KINDS)}`);
}

/** Whether it can be a body, or the value of a part. */
export const isContent = (value: unknown): value is BodyContent => KINDS.some(({ holds }) => holds(value));

/** `a, b or c`. */
export function listWords(kinds: readonly Kind[]): string {
  const words = kinds.map((each) => each.words);
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}
