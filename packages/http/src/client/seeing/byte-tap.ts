import { GrowingBytes } from "../../protocol/index.ts";

/** A copy of bytes on their way to somebody else, up to a limit. */
export class ByteTap {
  /** Bytes that have gone by. */
  length = 0;
  readonly #limit: number;
  #kept: GrowingBytes | undefined;

  constructor(limit: number) {
    this.#limit = limit;
    this.begin();
  }

  /** Forgets what went by: the same bytes come again. */
  begin(): void {
    this.length = 0;
    this.#kept = this.#limit > 0 ? new GrowingBytes(0) : undefined;
  }

  take(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (this.length > this.#limit) this.#kept = undefined;
    else this.#kept?.append(bytes);
  }

  /** All of them; undefined when they were more than are kept. */
  get bytes(): Uint8Array | undefined {
    return this.#kept?.view;
  }
}
