import type { BodyStream } from "./body-init.ts";
import { isWebStream } from "./stream-source.ts";

/** Bytes of a body that are waited for before the first of them is sent; one piece may be larger, as it is in memory already. */
const GATHERED = 65_536;

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Controller = ReadableStreamDefaultController<Uint8Array>;

/**
 * A Request has its body as a stream only, whatever it was made of. What of it is there at once is taken for what it was, bytes: they go with
 * their length, and can be sent again. What takes its time stays a stream.
 */
export async function gatheredBody(body: unknown): Promise<Uint8Array | BodyStream> {
  if (!isByteStream(body)) throw new TypeError("fetch: the body of the Request cannot be read, or is being read by somebody else");
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (pieces.length < 2 || length <= GATHERED) {
    const next = reader.read();
    const step = await Promise.race([next.catch(() => undefined), laterThanIo()]);
    if (!step) return restOf(reader, pieces, next);
    if (step.done) return Buffer.concat(pieces);
    pieces.push(step.value);
    length += step.value.length;
  }
  return restOf(reader, pieces);
}

/** A Request makes bytes of whatever it is made of. */
const isByteStream = (body: unknown): body is ReadableStream<Uint8Array> => isWebStream(body) && !body.locked;

const laterThanIo = (): Promise<undefined> => new Promise((resolve) => void setImmediate(() => resolve(undefined)));

/** The whole stream again: what was read, what was asked for, and what comes. */
function restOf(reader: Reader, pieces: readonly Uint8Array[], asked?: ReturnType<Reader["read"]>): BodyStream {
  let pending = asked;
  const source = {
    start(controller: Controller): void {
      for (const piece of pieces) controller.enqueue(piece);
    },
    async pull(controller: Controller): Promise<void> {
      const { done, value } = await (pending ?? reader.read());
      pending = undefined;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  };
  return new ReadableStream<Uint8Array>(Object.assign(Object.create(null), source));
}
