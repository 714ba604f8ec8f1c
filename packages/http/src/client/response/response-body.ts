import { GrowingBytes, HttpFailure } from "../../protocol/index.ts";
import { withCallersStack } from "../errors/http-error.ts";

/** What a body may ask of its connection. */
export interface BodySource {
  /** Asked for the place of the next bytes, a connection can spare copying them; it need not. */
  readInto?(place: () => Uint8Array | undefined): void;
  pause(): void;
  resume(): void;
  /** Nobody wants the rest. */
  abandon(): void;
  /** Somebody waits for bytes, or does not: the idle deadline runs only while somebody does. */
  waiting(waits: boolean): void;
  /** The failure with what is known of its request. */
  explain(failure: HttpFailure): HttpFailure;
}

/** Bytes that are held for a reader who has not come; above, the connection is paused. */
export const HELD = 65_536;

/** Bodies of so many bytes are worth a place of their own for each read. */
const LARGE = 1_048_576;

/** Bytes of a large body that are read like any others, so that a read sees also what stands behind its end and belongs to no response. */
const LAST = 16_384;

/** Pieces that are held: each costs memory beside its bytes, and a server may send chunks of one byte. */
const HELD_PIECES = 1024;

/** Iterators that nobody can ask any more. */
const forgotten = new FinalizationRegistry<() => void>((letGo) => letGo());

/** The bytes of a response between their connection and their reader. One reader, once. */
export class ResponseBody {
  readonly #source: BodySource;
  readonly #length: number | undefined;
  readonly #maximum: number;
  readonly #pieces: Uint8Array[] = [];
  #held = 0;
  #paused = false;
  #state: "open" | "ended" | "failed" | "abandoned" = "open";
  #failure: HttpFailure | undefined;
  #reader: object | undefined;
  /** The response, and iterators that were asked for. */
  #holders = 1;
  #whole: GrowingBytes | undefined;
  #wake: (() => void) | undefined;

  /** `length`: of all of it, when known. `maximum`: bytes that may be collected as a whole; piece by piece there is no limit. */
  constructor(source: BodySource, size: { length: number | undefined; maximum: number }) {
    this.#source = source;
    this.#length = size.length;
    this.#maximum = size.maximum;
  }

  get used(): boolean {
    return this.#reader !== undefined || this.#state === "abandoned";
  }

  /** A view into a buffer that is used again: it is copied. */
  push(bytes: Uint8Array): void {
    if (this.#state !== "open") return;
    if (this.#whole) return this.#append(this.#whole, bytes);
    this.#pieces.push(new Uint8Array(bytes));
    this.#held += bytes.length;
    if (!this.#paused && (this.#held > HELD || this.#pieces.length > HELD_PIECES)) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#call();
  }

  end(): void {
    if (this.#state === "open") this.#settle("ended");
  }

  fail(failure: HttpFailure): void {
    if (this.#state !== "open") return;
    this.#failure = failure;
    this.#settle("failed");
  }

  /** All of it, in memory of its own. */
  async bytes(): Promise<Uint8Array> {
    this.#claim(this);
    if (Math.max(this.#length ?? 0, this.#held) > this.#maximum) this.#tooLarge();
    else if (this.#state === "ended") return this.#joined();
    else if (this.#state === "open") this.#collect();
    while (this.#state === "open") await this.#next();
    if (this.#failure) throw withCallersStack(this.#failure);
    if (this.#state === "abandoned") throw this.#failed("aborted", "the body was discarded while it was read.");
    const whole = this.#whole;
    // The bytes are the reader's: who keeps what is known of the exchange does not keep them.
    this.#whole = undefined;
    return whole?.toBytes() ?? new Uint8Array(0);
  }

  /** Piece by piece; the connection is read as fast as the pieces are taken. It counts as read from the first piece that is asked for. */
  chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = {};
    const pieces = this.#generate(reader);
    const end = pieces.return.bind(pieces);
    this.#holders++;
    // A generator ends itself only when it has begun and does not wait: until then nobody would hear that the rest is not wanted.
    pieces.return = (value) => {
      this.#reader ??= reader;
      if (this.#reader === reader) this.abandon();
      return end(value);
    };
    forgotten.register(pieces, this.#letGoOf(reader));
    return pieces;
  }

  /** Not part of `chunks`: it would hold what the registry waits for. */
  #letGoOf(reader: object): () => void {
    return () => (this.#reader === reader ? this.abandon() : this.letGo());
  }

  async *#generate(reader: object): AsyncGenerator<Uint8Array, void, undefined> {
    this.#claim(reader);
    try {
      for (;;) {
        const piece = this.#pieces.shift();
        if (piece) {
          this.#held -= piece.length;
          yield piece;
        } else if (this.#failure) throw withCallersStack(this.#failure);
        else if (this.#state !== "open") return;
        else await this.#next();
      }
    } finally {
      this.abandon();
    }
  }

  /** One of those through whom it could be read is gone: the response, or an iterator. Without any it is not wanted. */
  letGo(): void {
    if (--this.#holders === 0 && this.#reader === undefined) this.abandon();
  }

  /** Nobody wants it any more. */
  abandon(): void {
    this.#pieces.length = 0;
    this.#held = 0;
    this.#reader ??= this;
    if (this.#state !== "open") return;
    this.#whole = undefined;
    this.#settle("abandoned");
    this.#source.abandon();
  }

  #claim(reader: object): void {
    if (this.used) throw new TypeError("the body of this response has been read already");
    this.#reader = reader;
  }

  #append(whole: GrowingBytes, bytes: Uint8Array): void {
    if (whole.length + bytes.length > this.#maximum) this.#tooLarge();
    else whole.append(bytes);
  }

  #tooLarge(): void {
    const announced = this.#length === undefined ? "" : ` (it was announced with ${this.#length})`;
    const reason = `the body is larger than the ${this.#maximum} bytes of maxBodySize${announced}. Raise it, or read the body piece by piece.`;
    this.#failure ??= this.#failed("response-too-large", reason);
    this.#pieces.length = 0;
    this.#whole = undefined;
    if (this.#state !== "open") return;
    this.#settle("failed");
    this.#source.abandon();
  }

  #failed(code: "response-too-large" | "aborted", reason: string): HttpFailure {
    return this.#source.explain(new HttpFailure(code, { phase: "body", reason }));
  }

  #joined(): Uint8Array {
    const [only] = this.#pieces;
    if (!only || this.#pieces.length > 1) return this.#gathered(new GrowingBytes(this.#held)).toBytes();
    this.#pieces.length = 0;
    return only;
  }

  #gathered(whole: GrowingBytes): GrowingBytes {
    for (const piece of this.#pieces) whole.append(piece);
    this.#pieces.length = 0;
    return whole;
  }

  #collect(): void {
    this.#whole = this.#gathered(new GrowingBytes(this.#length ?? Math.max(this.#held, HELD), this.#length ?? this.#maximum));
    if (this.#length !== undefined && this.#length >= LARGE) this.#source.readInto?.(() => this.#whole?.room.subarray(0, -LAST));
  }

  async #next(): Promise<void> {
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    this.#source.waiting(true);
    if (this.#paused) {
      this.#paused = false;
      this.#source.resume();
    }
    await woken;
    this.#source.waiting(false);
  }

  #settle(state: "ended" | "failed" | "abandoned"): void {
    this.#state = state;
    this.#call();
  }

  #call(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
