import { CR, isOws, LF } from "./grammar.ts";
import { beyondLimit, malformed } from "./malformed.ts";

/** Where in a chunk the next byte belongs (RFC 9112 §7.1). */
type ChunkState = "size" | "size-space" | "extension" | "size-lf" | "data" | "data-cr" | "data-lf" | "last";

/** 16 hexadecimal digits hold every 64-bit size; more are only there to keep a reader busy. */
const MAX_DIGITS = 16;

const SEMICOLON = 0x3b;

/** chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), the value a token or a quoted-string. */
const EXTENSIONS =
  /^(?:[\t ]*;[\t ]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[\t ]*=[\t ]*(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"))?)+$/;

/** Takes a chunked body apart, up to the end of its last chunk's line; the trailer section is somebody else's. */
export class ChunkedReader {
  #state: ChunkState = "size";
  #digits = 0;
  #size = 0;
  #extension = "";
  #extensionBytes = 0;
  readonly #maxExtensionSize: number;
  readonly #onSize: (size: number) => void;
  readonly #onData: (bytes: Uint8Array) => void;

  constructor(rules: { maxExtensionSize: number; onSize: (size: number) => void; onData: (bytes: Uint8Array) => void }) {
    this.#maxExtensionSize = rules.maxExtensionSize;
    this.#onSize = rules.onSize;
    this.#onData = rules.onData;
  }

  /** The last chunk has been read. */
  get done(): boolean {
    return this.#state === "last";
  }

  /** Bytes of the current chunk that have not come. */
  get missing(): number {
    return this.#state === "data" ? this.#size : 0;
  }

  /** Reads from `bytes[from]` on; returns the index behind what it took. */
  push(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && this.#state !== "last") {
      if (this.#state === "data") at = this.#data(bytes, at);
      else this.#state = ChunkedReader.#STEPS[this.#state](this, bytes[at++] ?? 0);
    }
    return at;
  }

  #data(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#size);
    this.#size -= end - at;
    if (this.#size === 0) this.#state = "data-cr";
    this.#onData(bytes.subarray(at, end));
    return end;
  }

  /** The legal successors of every state that reads framing bytes. */
  static readonly #STEPS: Readonly<Record<Exclude<ChunkState, "data" | "last">, (reader: ChunkedReader, byte: number) => ChunkState>> = {
    size: (reader, byte) => reader.#sizeByte(byte),
    "size-space": (reader, byte) => reader.#behindSize(byte),
    extension: (reader, byte) => (byte === CR ? reader.#extensionsEnd() : reader.#extend(byte)),
    "size-lf": (reader, byte) => (byte === LF ? reader.#sizeEnd() : fail("CR without LF after the size")),
    "data-cr": (_, byte) => (byte === CR ? "data-lf" : fail("more data than its size says")),
    "data-lf": (_, byte) => (byte === LF ? "size" : fail("CR without LF after the data")),
  };

  #sizeByte(byte: number): ChunkState {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#digits > MAX_DIGITS) fail(`a size of more than ${MAX_DIGITS} digits`);
      this.#size = this.#size * 16 + digit;
      return "size";
    }
    if (this.#digits === 0) fail("no size");
    if (!Number.isSafeInteger(this.#size)) fail("a size above 2^53-1");
    return byte === CR ? "size-lf" : this.#behindSize(byte);
  }

  /** BWS may come before the first semicolon. */
  #behindSize(byte: number): ChunkState {
    if (byte === SEMICOLON) return this.#extend(byte);
    if (!isOws(byte)) fail("junk after the size");
    this.#extend(byte);
    return "size-space";
  }

  #extend(byte: number): "extension" {
    if (++this.#extensionBytes > this.#maxExtensionSize)
      throw beyondLimit(`more than ${this.#maxExtensionSize} bytes of chunk extensions`, "body");
    if (byte === LF) fail("LF inside an extension");
    this.#extension += String.fromCharCode(byte);
    return "extension";
  }

  #extensionsEnd(): ChunkState {
    if (!EXTENSIONS.test(this.#extension)) fail("an extension that breaks the grammar");
    this.#extension = "";
    return "size-lf";
  }

  #sizeEnd(): ChunkState {
    this.#digits = 0;
    if (this.#size === 0) return "last";
    this.#onSize(this.#size);
    return "data";
  }
}

function fail(what: string): never {
  throw malformed(`a chunk has ${what}`, "body");
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
