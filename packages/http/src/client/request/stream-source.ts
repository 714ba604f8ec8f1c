import type { BodyChunk, BodyStream } from "./body-init.ts";
import { hasMethods, isObject, kindName } from "./members.ts";

/** Where the pieces of a body come from. */
export interface BodySource {
  next(): Promise<IteratorResult<unknown, unknown>>;
  /** Nobody wants the rest, or any of it. */
  close(): void;
}

type WebStream = ReadableStream<BodyChunk>;

/** What is used of a Node Readable. */
interface NodeStream extends AsyncIterable<BodyChunk> {
  readonly destroyed?: boolean;
  readonly errored?: Error | null;
  readonly readableEnded?: boolean;
  destroy(): unknown;
  on(event: "error", listener: () => void): unknown;
}

export const isWebStream = (value: unknown): value is WebStream => hasMethods(value, "getReader", "cancel");
export const isNodeStream = (value: unknown): value is NodeStream => hasMethods(value, "pipe", "on", "destroy", Symbol.asyncIterator);
export const isAsyncIterable = (value: unknown): value is AsyncIterable<BodyChunk> => hasMethods(value, Symbol.asyncIterator);
export const isStream = (value: unknown): value is BodyStream => isWebStream(value) || isAsyncIterable(value);

/** Streams that are the body of a request already; what can be iterated over anew each time is not among them. */
const taken = new WeakSet<BodyStream>();

/** Makes a stream the body of one request. A TypeError when nothing of it can come, or what comes goes to somebody else, too. */
export function takeStream(stream: BodyStream): BodySource {
  if (taken.has(stream)) throw new TypeError("the body is a stream that was given to another request already");
  if (isWebStream(stream)) return takeWebStream(stream);
  if (isNodeStream(stream)) return takeNodeStream(stream);
  if (isObject(stream) && hasMethods(stream, "next")) taken.add(stream);
  return iterableSource(stream);
}

function takeWebStream(stream: WebStream): BodySource {
  if (stream.locked) throw new TypeError("the body is a stream that somebody else reads: it is locked");
  taken.add(stream);
  const reader = stream.getReader();
  return { next: () => reader.read(), close: () => void reader.cancel().catch(() => {}) };
}

function takeNodeStream(stream: NodeStream): BodySource {
  if (stream.readableEnded === true || (stream.destroyed === true && !stream.errored))
    throw new TypeError("the body is a stream that was read or destroyed already");
  taken.add(stream);
  // Its error may come before anybody reads; it is kept by the stream, and must not end the program.
  stream.on("error", () => {});
  return { ...iterableSource(stream), close: () => void stream.destroy() };
}

function iterableSource(iterable: AsyncIterable<BodyChunk>): BodySource {
  let iterator: AsyncIterator<BodyChunk> | undefined;
  const begun = (): AsyncIterator<BodyChunk> => (iterator ??= iterable[Symbol.asyncIterator]());
  const end = async (): Promise<unknown> => begun().return?.();
  return { next: async () => begun().next(), close: () => void end().catch(() => {}) };
}

/** A stream that a function of the program gives when the first piece is asked for. */
export function lateSource(make: () => unknown): BodySource {
  let source: BodySource | undefined;
  return { next: async () => (source ??= takeStream(checkedStream(make()))).next(), close: () => source?.close() };
}

function checkedStream(made: unknown): BodyStream {
  if (isStream(made)) return made;
  const advice = hasMethods(made, "then") ? " (an async function cannot be the body; an async generator can)" : "";
  throw new TypeError(`a function that is the body must return a stream; it returned ${kindName(made)}${advice}`);
}
