import type { HttpFailure } from "../../protocol/index.ts";
import { lengthFailure, sourceFailure } from "../request/body-pump.ts";
import type { RequestBody } from "../request/request-body.ts";

/** Whom a {@link HandedBody} tells how it is read. */
export interface HandedEvents {
  /** A piece has been asked for, and has come: between the two the source is what takes its time. */
  readonly asked: () => void;
  readonly came: () => void;
  /** The source broke, or gave more or less than it had said. The reader gets the same failure. */
  readonly failed: (failure: HttpFailure) => void;
}

/** The body of a request for a reader that is no connection. It can be read once, and is let go when nobody reads it to its end. */
export class HandedBody implements AsyncIterable<Uint8Array> {
  /** Bytes that were read. */
  sent = 0;
  readonly #body: RequestBody;
  readonly #events: HandedEvents;
  #source: AsyncIterator<Uint8Array> | undefined;
  #over = false;

  constructor(body: RequestBody, events: HandedEvents) {
    this.#body = body;
    this.#events = events;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    if (this.#source || this.#over) throw new TypeError("the body of a request can be read once, and only while the request lasts");
    const source = opened(this.#body);
    this.#source = source;
    const end = async (): Promise<IteratorReturnResult<undefined>> => {
      this.letGo();
      return { done: true, value: undefined };
    };
    return { next: () => this.#next(source), return: end };
  }

  /** Nobody wants the rest, or any of it. */
  letGo(): void {
    if (this.#over) return;
    this.#over = true;
    // A source that fails while it is let go has nobody left to tell; one that was never opened is let go when the call is over.
    this.#source?.return?.().catch(() => {});
  }

  async #next(source: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#over) return { done: true, value: undefined };
    this.#events.asked();
    try {
      const { done, value } = await source.next();
      this.#count(done === true ? undefined : value);
      return done === true ? { done, value: undefined } : { done: false, value };
    } catch (cause) {
      const failure = sourceFailure(cause);
      if (!this.#over) this.#events.failed(failure);
      this.letGo();
      throw failure;
    } finally {
      this.#events.came();
    }
  }

  #count(piece: Uint8Array | undefined): void {
    const { length } = this.#body;
    if (piece) this.sent += piece.length;
    else this.#over = true;
    if (length !== undefined && this.sent > length) throw lengthFailure(length, "more");
    if (!piece && length !== undefined && this.sent < length) throw lengthFailure(length, `${this.sent}`);
  }
}

function opened(body: RequestBody): AsyncIterator<Uint8Array> {
  return body instanceof Uint8Array ? once(body) : body.open();
}

/** A copy: the same bytes may be needed for a retry. */
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield new Uint8Array(bytes);
}
