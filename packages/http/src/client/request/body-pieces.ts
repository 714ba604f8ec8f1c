import { ChunkEncoder, wrongChunk } from "./chunk-encoder.ts";
import type { BodySource } from "./stream-source.ts";

type Piece = IteratorResult<Uint8Array, undefined>;

const DONE: Piece = { done: true, value: undefined };

/** The bytes of a source, piece by piece; none is empty. What the source throws comes through as it is. */
export class BodyPieces implements AsyncIterator<Uint8Array, undefined> {
  readonly #source: BodySource;
  readonly #encoder = new ChunkEncoder();
  #ended = false;

  constructor(source: BodySource) {
    this.#source = source;
  }

  async next(): Promise<Piece> {
    while (!this.#ended) {
      const bytes = await this.#read();
      if (bytes.length > 0) return { done: false, value: bytes };
    }
    return DONE;
  }

  /** Does not wait: a source that is stuck must not hold the request up. */
  return(): Promise<Piece> {
    if (!this.#ended) this.#source.close();
    this.#ended = true;
    return Promise.resolve(DONE);
  }

  async #read(): Promise<Uint8Array> {
    const { done, value } = await this.#step();
    if (done) {
      this.#ended = true;
      return this.#encoder.end();
    }
    const bytes = this.#encoder.encode(value);
    if (bytes) return bytes;
    await this.return();
    throw wrongChunk(value);
  }

  /** A source that was closed while it was asked has nothing more to say, whatever it says. */
  async #step(): Promise<IteratorResult<unknown, unknown>> {
    try {
      const step = await this.#source.next();
      return this.#ended ? DONE : step;
    } catch (error) {
      if (this.#ended) return DONE;
      this.#ended = true;
      throw error;
    }
  }
}
