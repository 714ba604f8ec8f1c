/**
 * Latin-1 text of bytes: one character per byte, which is how HTTP's head is read (RFC 9110 §5.5: obs-text is opaque).
 * Node's Buffer does it natively for any Uint8Array; elsewhere `String.fromCharCode` does.
 */
export const latin1: (bytes: Uint8Array, from: number, to: number) => string =
  typeof Buffer === "undefined" ? fromCharCodes : (bytes, from, to) => Buffer.prototype.latin1Slice.call(bytes, from, to);

function fromCharCodes(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  // An argument list has a length limit in every engine; 8 192 is below all of them.
  for (let at = from; at < to; at += 8192) text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 8192, to)));
  return text;
}

/** A buffer that grows by doubling, up to a size that is never passed: more than that is a RangeError. */
export class GrowingBytes {
  length = 0;
  #bytes: Uint8Array;
  readonly #maximum: number;

  constructor(capacity: number, maximum: number = Number.POSITIVE_INFINITY) {
    this.#bytes = new Uint8Array(Math.min(capacity, maximum));
    this.#maximum = maximum;
  }

  /** Everything appended so far: a view, valid until the next append. */
  get view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** The memory behind what has been appended, as far as there is any: what is written to its beginning and then appended is not copied. */
  get room(): Uint8Array {
    return this.#bytes.subarray(this.length);
  }

  append(bytes: Uint8Array): void {
    const needed = this.length + bytes.length;
    if (bytes.buffer === this.#bytes.buffer && bytes.byteOffset === this.#bytes.byteOffset + this.length) {
      this.length = needed;
      return;
    }
    if (needed > this.#maximum) throw new RangeError(`${needed} bytes do not fit into a buffer of at most ${this.#maximum}`);
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, Math.min(this.#bytes.length * 2, this.#maximum)));
      larger.set(this.view);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.length);
    this.length = needed;
  }

  /** The bytes alone in their memory, nothing behind them. */
  toBytes(): Uint8Array {
    return this.length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.length);
  }
}
