import { kindName } from "./members.ts";

const NOTHING = new Uint8Array(0);

/** The first half of a character beyond U+FFFF, at the end. */
const HALF_CHARACTER = /[\ud800-\udbff]$/;

/** Pieces of a stream to bytes. Text is UTF-8, also where two pieces share a character. */
export class ChunkEncoder {
  #half = "";

  /** Undefined for what is no piece of a body. */
  encode(chunk: unknown): Uint8Array | undefined {
    if (typeof chunk === "string") return this.#encodeText(chunk);
    const bytes = bytesOf(chunk);
    return bytes && this.#half !== "" ? Buffer.concat([this.end(), bytes]) : bytes;
  }

  /** What is left: half a character, of which nothing can be made but U+FFFD. */
  end(): Uint8Array {
    const rest = this.#half === "" ? NOTHING : Buffer.from(this.#half);
    this.#half = "";
    return rest;
  }

  #encodeText(chunk: string): Uint8Array {
    const text = this.#half + chunk;
    this.#half = HALF_CHARACTER.exec(text)?.[0] ?? "";
    return Buffer.from(this.#half === "" ? text : text.slice(0, -1));
  }
}

/** The bytes in memory that a value is, not copied. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

export const wrongChunk = (chunk: unknown): TypeError =>
  new TypeError(`the pieces of a body's stream must be strings or bytes; ${kindName(chunk)} came`);
