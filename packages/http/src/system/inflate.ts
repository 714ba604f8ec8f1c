import { constants } from "node:buffer";
import { engineOf, isZlibError, type Coding, type Decoder, type Settled } from "./inflate-engines.ts";

/** What is wrong with encoded bytes: they end too early, make no sense, go on behind their end, or become more than they may. */
export type InflateFault = "truncated" | "corrupt" | "trailing" | "too-large";

/** Why bytes could not be decoded. `cause` is zlib's error, where there is one. */
export class InflateError extends Error {
  override readonly name: string = "InflateError";
  readonly fault: InflateFault;

  constructor(fault: InflateFault, cause?: unknown) {
    super(`the encoded bytes: ${fault}`, cause === undefined ? undefined : { cause });
    this.fault = fault;
  }
}

/** Input up to this many bytes is decoded at once: a way through the thread pool would cost more. */
const SMALL = 65_536;

/** Output up to this many bytes is made at once; whatever becomes more must not hold everybody else up. */
const SMALL_OUTPUT = 1_048_576;

/** Bytes that zlib makes in one go. */
const PIECE = 65_536;

const NOTHING = new Uint8Array(0);

/** Frames behind each other, of which the smallest have nine bytes: beginning each costs far more than its bytes. */
const MAX_FRAMES = 1024;

/**
 * All of it, in memory of its own. No bytes at all are the encoding of no bytes, as servers have it that announce a coding for an empty body.
 * gzip may consist of several members (RFC 1952 §2.2), zstd of several frames (RFC 8878 §3.1), up to 1 024; zeros behind the end of the others
 * are padding. Anything else there is an error. Rejects with an {@link InflateError}.
 */
export async function inflate(coding: Coding, bytes: Uint8Array, maxOutput: number): Promise<Uint8Array> {
  if (bytes.length === 0) return NOTHING.slice();
  const decoder = engineOf(coding, bytes);
  const parts: Uint8Array[] = [];
  let made = 0;
  let rest = bytes;
  do {
    const { buffer, engine } = await settled(decoder, rest, maxOutput - made);
    parts.push(buffer);
    made += buffer.length;
    if (made > maxOutput) throw new InflateError("too-large");
    rest = rest.subarray(engine.bytesWritten);
  } while (rest.length > 0 && decoder.framed === true && parts.length < MAX_FRAMES);
  refuseRest(rest);
  return owned(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts));
}

async function settled(decoder: Decoder, bytes: Uint8Array, maxOutput: number): Promise<Settled> {
  try {
    const small = bytes.length <= SMALL ? atOnce(decoder, bytes, maxOutput) : undefined;
    return small ?? (await decoder.whole(bytes, options(262_144, maxOutput)));
  } catch (error) {
    throw translated(error);
  }
}

/** Undefined when it becomes too much to be done at once. */
function atOnce(decoder: Decoder, bytes: Uint8Array, maxOutput: number): Settled | undefined {
  const most = Math.min(maxOutput, SMALL_OUTPUT);
  try {
    return decoder.sync(bytes, options(Math.max(1024, Math.min(4 * bytes.length, PIECE)), most));
  } catch (error) {
    if (most < maxOutput && isTooLarge(error)) return undefined;
    throw error;
  }
}

function options(chunkSize: number, maxOutput: number): Parameters<Decoder["sync"]>[1] {
  const maxOutputLength = Math.max(1, Math.floor(Math.min(maxOutput, constants.MAX_LENGTH)));
  return Object.assign(Object.create(null), { chunkSize, maxOutputLength, info: true });
}

/** A plain array with nothing else in its memory: Node's buffers are often views into larger ones, whose rest is somebody else's. */
function owned(bytes: Uint8Array): Uint8Array {
  const { buffer, byteLength } = bytes;
  return buffer.byteLength === byteLength ? new Uint8Array(buffer) : new Uint8Array(bytes);
}

/** Some servers pad with zeros; a reader that took other bytes for padding would hide that something else was sent than was meant. */
function refuseRest(rest: Uint8Array): void {
  if (rest.some((byte) => byte !== 0)) throw new InflateError("trailing");
}

const isTooLarge = (error: unknown): boolean => isZlibError(error) && error.code === "ERR_BUFFER_TOO_LARGE";

/** Z_BUF_ERROR is how zlib, brotli and zstd all say in Node that the input has ended in the middle. */
function translated(error: unknown): unknown {
  if (!isZlibError(error)) return error;
  if (isTooLarge(error)) return new InflateError("too-large", error);
  return new InflateError(error.code === "Z_BUF_ERROR" ? "truncated" : "corrupt", error);
}

/**
 * Piece by piece, each in memory of its own, by the same rules as {@link inflate}. The source is asked when everything that came before has been
 * decoded and taken. Leaving early frees zlib's memory and ends the source; so does an error.
 */
export async function* inflating(
  coding: Coding,
  source: AsyncIterator<Uint8Array, unknown, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const first = await firstBytes(source);
    if (!first) return;
    const decoder = engineOf(coding, first);
    let rest = yield* decodedWith(decoder, first, source);
    for (let frames = 1; rest.length > 0 && decoder.framed === true && frames < MAX_FRAMES; frames++)
      rest = yield* decodedWith(decoder, rest, source);
    refuseRest(rest);
    for (let more = await next(source); more; more = await next(source)) refuseRest(more);
  } finally {
    await source.return?.();
  }
}

/** To the end that the format itself has; what stands behind it in the last piece is the result. */
async function* decodedWith(
  decoder: Decoder,
  first: Uint8Array,
  source: AsyncIterator<Uint8Array, unknown, undefined>,
): AsyncGenerator<Uint8Array, Uint8Array, undefined> {
  const decoding = new Decoding(decoder);
  try {
    decoding.write(first);
    for (;;) {
      const piece = decoding.read();
      if (piece) yield owned(piece);
      else if (decoding.over) return decoding.rest;
      else if (decoding.busy || decoding.satisfied) await decoding.change();
      else decoding.write(await next(source));
    }
  } finally {
    decoding.free();
  }
}

/** Undefined at the end; empty pieces are none. */
async function next(source: AsyncIterator<Uint8Array, unknown, undefined>): Promise<Uint8Array | undefined> {
  for (;;) {
    const { done, value } = await source.next();
    if (done === true) return undefined;
    if (value.length > 0) return value;
  }
}

/** At least two, which is what it takes to tell one kind of deflate from the other; fewer when there are no more. */
async function firstBytes(source: AsyncIterator<Uint8Array, unknown, undefined>): Promise<Uint8Array | undefined> {
  const first = await next(source);
  if (!first || first.length > 1) return first;
  const second = await next(source);
  return second ? Buffer.concat([first, second]) : first;
}

/** A stream of zlib's, asked rather than listened to. */
class Decoding {
  /** Something was handed over that it has not finished with. */
  busy: boolean = false;
  over: boolean = false;
  readonly #engine: ReturnType<Decoder["stream"]>;
  #error: unknown;
  #given = 0;
  #last: Uint8Array = NOTHING;
  #wake: (() => void) | undefined;

  constructor(decoder: Decoder) {
    this.#engine = decoder.stream(Object.assign(Object.create(null), { chunkSize: PIECE }));
    this.#engine.on("readable", () => this.#call());
    this.#engine.on("end", () => this.#end(undefined));
    this.#engine.on("error", (error: unknown) => this.#end(translated(error)));
  }

  /** What has been decoded so far; throws what zlib has against it. */
  read(): Uint8Array | undefined {
    if (this.#error !== undefined) throw this.#error;
    const piece: unknown = this.#engine.read();
    return piece instanceof Uint8Array ? piece : undefined;
  }

  /** Undefined: there is no more. */
  write(piece: Uint8Array | undefined): void {
    this.busy = true;
    if (!piece) return void this.#engine.end();
    this.#given += piece.length;
    this.#last = piece;
    this.#engine.write(piece, () => {
      this.busy = false;
      this.#call();
    });
  }

  /** Until something has happened. */
  change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** It has left some of what was given: its end is near. */
  get satisfied(): boolean {
    return this.#engine.bytesWritten < this.#given;
  }

  /** What was given behind the end. */
  get rest(): Uint8Array {
    return this.#last.subarray(this.#last.length - (this.#given - this.#engine.bytesWritten));
  }

  free(): void {
    this.#engine.destroy();
  }

  #end(error: unknown): void {
    this.over = true;
    this.#error ??= error;
    this.#call();
  }

  #call(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
