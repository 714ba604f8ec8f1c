import { Duplex } from "node:stream";
import type { Carrier } from "./layer.ts";
import { UNSET } from "./unset.ts";

type Done = (error?: Error | null) => void;

/**
 * The stream that Node's TLS reads its cipher text from, and writes it to. It hands everything over at once, past the queues of a Duplex:
 * TLS copies what it reads, and the carrier has queues of its own.
 */
export class CipherText extends Duplex {
  readonly #carrier: Carrier;
  #ended = false;

  constructor(carrier: Carrier) {
    super({ ...UNSET });
    this.#carrier = carrier;
  }

  /** Whether the carrier has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes from the carrier; TLS copies them. */
  receive(bytes: Uint8Array): void {
    if (!this.destroyed) this.emit("data", bytes);
  }

  /** The carrier has ended. */
  receiveEnd(): void {
    if (this.destroyed || this.#ended) return;
    this.#ended = true;
    this.emit("end");
  }

  override write(chunk: Uint8Array, encoding?: BufferEncoding | Done, done?: Done): boolean {
    const told = typeof encoding === "function" ? encoding : done;
    return this.#carrier.write(chunk, (error) => {
      // A failed write is told by the carrier itself, once what came before it has been read.
      if (!error) told?.();
    });
  }

  override pause(): this {
    this.#carrier.pause();
    return this;
  }

  override resume(): this {
    this.#carrier.resume();
    return this;
  }

  override _final(done: Done): void {
    this.#carrier.end(done);
  }
}
