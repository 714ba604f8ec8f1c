import { HttpFailure } from "../../protocol/index.ts";
import type { Answer, AnswerBody } from "../exchange/answer.ts";
import type { RequestBody, StreamedBody } from "../request/request-body.ts";
import type { ByteTap } from "./byte-tap.ts";

/** The body of a request with a tap on it. */
export function tappedRequestBody(body: RequestBody | undefined, tap: ByteTap): RequestBody | undefined {
  if (body === undefined) return undefined;
  if (!(body instanceof Uint8Array)) return tappedStream(body, tap);
  tap.take(body);
  return body;
}

function tappedStream(body: StreamedBody, tap: ByteTap): StreamedBody {
  return {
    length: body.length,
    replayable: body.replayable,
    open: () => {
      tap.begin();
      return tappedIterator(body.open(), tap);
    },
    discard: () => body.discard?.(),
  };
}

function tappedIterator(source: AsyncIterator<Uint8Array>, tap: ByteTap): AsyncIterator<Uint8Array> {
  return {
    next: async () => {
      const step = await source.next();
      if (step.done !== true) tap.take(step.value);
      return step;
    },
    return: async () => (await source.return?.()) ?? { done: true, value: undefined },
  };
}

/** Where the bytes of an answer go beside their reader, and who hears how they end. */
export interface BodyTap {
  readonly tap: ByteTap;
  readonly ended: () => void;
  readonly failed: (failure: HttpFailure) => void;
}

/** The body of an answer as it is, told to a tap while it is read. It holds the answer: a body whose answer is forgotten is given up. */
export function tappedBody(answer: Answer, tap: BodyTap): AnswerBody {
  return {
    get used(): boolean {
      return answer.body.used;
    },
    async bytes() {
      const bytes = await heard(answer.body.bytes(), tap);
      tap.tap.take(bytes);
      tap.ended();
      return bytes;
    },
    chunks: () => tappedChunks(answer.body.chunks(), tap),
    abandon() {
      answer.body.abandon();
      tap.ended();
    },
  };
}

async function heard<Result>(work: Promise<Result>, { failed }: BodyTap): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    // Reading twice is a mistake of the reader, and nothing that happens to the body.
    if (error instanceof HttpFailure) failed(error);
    throw error;
  }
}

type Chunks = AsyncGenerator<Uint8Array, void, undefined>;

function tappedChunks(source: Chunks, tap: BodyTap): Chunks {
  const end = (value?: PromiseLike<void> | void): ReturnType<Chunks["return"]> => {
    tap.ended();
    return source.return(value);
  };
  const chunks: Chunks = {
    async next() {
      const step = await heard(source.next(), tap);
      if (step.done === true) tap.ended();
      else tap.tap.take(step.value);
      return step;
    },
    return: end,
    throw: (error: unknown) => source.throw(error),
    [Symbol.asyncIterator]: () => chunks,
  };
  return chunks;
}
