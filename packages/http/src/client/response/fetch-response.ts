import { isHttpError } from "../errors/http-error.ts";
import type { ClientResponse } from "./response.ts";

/** Statuses whose responses have no body (Fetch standard, "null body status"). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/** What the constructor of Response cannot be told. */
interface FetchFacts {
  readonly url: string;
  readonly redirected: boolean;
  readonly status: number;
}

/** The constructor knows statuses up to 599 only; servers do not. */
const HIGHEST = 599;

/** How a response was asked for. */
interface Asked {
  readonly method: string;
  readonly signal: AbortSignal | undefined;
  readonly trace: Trace;
}

/** A response of the client as a web Response. */
export function fetchResponse(response: ClientResponse, asked: Asked): Response {
  const { status, statusText } = response;
  const headers = [...response.headers].map(([name, value]): [string, string] => [name, value]);
  const init = { status: Math.min(status, HIGHEST), statusText, headers };
  return withFacts(new Response(bodyOf(response, asked), Object.assign(Object.create(null), init)), response);
}

/** Makes the response tell where it came from, as one of the platform's own fetch does, and its clones too. */
function withFacts(response: Response, { url, redirected, status }: FetchFacts): Response {
  const { clone } = response;
  const facts = {
    url: constant(url),
    redirected: constant(redirected),
    type: constant("basic"),
    clone: constant(() => withFacts(clone.call(response), { url, redirected, status })),
  };
  Object.defineProperties(response, status > HIGHEST ? { ...facts, status: constant(status), ok: constant(false) } : facts);
  return response;
}

const constant = (value: unknown): PropertyDescriptor => Object.assign(Object.create(null), { value, configurable: true });

function bodyOf(response: ClientResponse, asked: Asked): ReadableStream<Uint8Array> | null {
  if (asked.method !== "HEAD" && !WITHOUT_BODY.has(response.status)) return byteStream(response, asked);
  response.discard();
  return null;
}

/** Nothing is read before somebody reads it, and what is cancelled is given up. */
function byteStream(response: ClientResponse, { signal, trace }: Asked): ReadableStream<Uint8Array> {
  const pieces = response[Symbol.asyncIterator]();
  const source = {
    type: "bytes",
    async pull(controller: ReadableByteStreamController): Promise<void> {
      try {
        if (signal?.aborted) await pieces.return();
        signal?.throwIfAborted();
        const piece = await nextPiece(pieces);
        if (piece) return controller.enqueue(piece);
        controller.close();
        // Whoever reads into memory of his own waits for it to come back (Streams standard, ReadableByteStreamControllerClose).
        controller.byobRequest?.respond(0);
      } catch (error) {
        throw fetchError(error, trace);
      }
    },
    async cancel(): Promise<void> {
      await pieces.return();
    },
  };
  return new ReadableStream<Uint8Array>(Object.assign(Object.create(null), source));
}

/** One that is not empty, which a stream of bytes would refuse; the stream takes its memory away: none that it shares with anything else. */
async function nextPiece(pieces: AsyncGenerator<Uint8Array, void, undefined>): Promise<Uint8Array | undefined> {
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) return undefined;
    if (value.length > 0) return value.byteLength === value.buffer.byteLength ? value : new Uint8Array(value);
  }
}

/** Where fetch was called; the stack is made into text when somebody asks. */
export interface Trace {
  readonly stack?: string;
}

/** What fetch fails with: the signal's reason when it was given up, else a TypeError, by the standard; its cause is the client's error. */
export function fetchError(error: unknown, { stack }: Trace): unknown {
  if (!isHttpError(error)) return error;
  if (error.code === "aborted" && Object.hasOwn(error, "cause")) return error.cause;
  const failure = new TypeError(`fetch failed: ${error.message}`, { cause: error });
  const frames = stack?.slice(stack.indexOf("\n"));
  if (frames !== undefined) failure.stack = `TypeError: ${failure.message}${frames}`;
  return failure;
}
