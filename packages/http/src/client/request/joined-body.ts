import { BodyPieces } from "./body-pieces.ts";
import { discardBody, isReplayable, readyBody, type RequestBody, type StreamedBody } from "./request-body.ts";
import type { BodySource } from "./stream-source.ts";

/** Bodies one after the other, as one: in memory when all of them are. */
export function joinBodies(bodies: readonly RequestBody[]): RequestBody {
  const segments = joinBytes(bodies);
  const [first, ...others] = segments;
  return first instanceof Uint8Array && others.length === 0 ? first : new JoinedBody(segments);
}

class JoinedBody implements StreamedBody {
  readonly length: number | undefined;
  readonly replayable: boolean;
  readonly measured: () => Promise<StreamedBody>;
  readonly #segments: readonly RequestBody[];
  #opened = false;

  constructor(segments: readonly RequestBody[]) {
    const lengths = segments.map(({ length }) => length);
    this.length = lengths.every((length) => length !== undefined) ? lengths.reduce((sum, length) => sum + length, 0) : undefined;
    this.replayable = segments.every(isReplayable);
    this.#segments = segments;
    this.measured = async () => new JoinedBody(await Promise.all(segments.map(async (segment) => readyBody(segment))));
  }

  get unopened(): boolean {
    return !this.#opened;
  }

  open(): BodyPieces {
    if (this.#opened && !this.replayable) throw new Error("a body that can be sent once was opened twice");
    this.#opened = true;
    return new BodyPieces(new JoinedSource([...this.#segments]));
  }

  discard(): void {
    if (this.#opened) return;
    for (const segment of this.#segments) discardBody(segment);
  }
}

/** Neighbours in memory become one, of its own: nobody can change it. */
function joinBytes(bodies: readonly RequestBody[]): RequestBody[] {
  const segments: RequestBody[] = [];
  let bytes: Uint8Array[] = [];
  const flush = (): void => {
    if (bytes.length > 0) segments.push(Buffer.concat(bytes));
    bytes = [];
  };
  for (const body of bodies) {
    if (body instanceof Uint8Array) bytes.push(body);
    else {
      flush();
      segments.push(body);
    }
  }
  flush();
  return segments;
}

/** Opens each body when the one before is over; those that were not opened are let go with the rest. */
class JoinedSource implements BodySource {
  readonly #waiting: RequestBody[];
  #current: AsyncIterator<Uint8Array> | undefined;

  constructor(waiting: RequestBody[]) {
    this.#waiting = waiting;
  }

  async next(): Promise<IteratorResult<Uint8Array, unknown>> {
    try {
      return await this.#next();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    void this.#current?.return?.();
    for (const body of this.#waiting.splice(0)) discardBody(body);
  }

  async #next(): Promise<IteratorResult<Uint8Array, unknown>> {
    for (;;) {
      const step = await this.#current?.next();
      if (step && !step.done) return step;
      const body = this.#waiting.shift();
      if (!body) return { done: true, value: undefined };
      this.#current = undefined;
      if (body instanceof Uint8Array) return { done: false, value: body };
      this.#current = body.open();
    }
  }
}
