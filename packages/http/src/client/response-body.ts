import { GrowingBytes, HttpFailure } from "../protocol/index.ts";

/** What a body may ask of its connection. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** Nobody wants the rest. */
  abandon(): void;
  /** Somebody waits for bytes, or does not: the idle deadline runs only while somebody does. */
  waiting(waits: boolean): void;
}

/** Bytes that are held for a reader who has not come; above, the connection is paused. */
const HELD = 65_536;

/** The bytes of a response between their connection and their reader. One reader, once. */
export class ResponseBody {
  readonly #source: BodySource;
  readonly #length: number | undefined;
  readonly #maximum: number;
  readonly #chunks: Uint8Array[] = [];
  #held = 0;
  #paused = false;
  #state: "open" | "ended" | "failed" = "open";
  #failure: HttpFailure | undefined;
  #used = false;
  #whole: GrowingBytes | undefined;
  #wake: (() => void) | undefined;

  /** `length`: of all of it, when known. `maximum`: bytes that may be collected as a whole; piece by piece there is no limit. */
  constructor(source: BodySource, size: { length: number | undefined; maximum: number }) {
    this.#source = source;
    this.#length = size.length;
    this.#maximum = size.maximum;
  }

  get used(): boolean {
    return this.#used;
  }

  /** A view into a buffer that is used again: it is copied. */
  push(bytes: Uint8Array): void {
    if (this.#whole) return this.#append(this.#whole, bytes);
    this.#chunks.push(new Uint8Array(bytes));
    this.#held += bytes.length;
    if (this.#held >= HELD && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#call();
  }

  end(): void {
    this.#state = "ended";
    this.#call();
  }

  fail(failure: HttpFailure): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#failure = failure;
    this.#call();
  }

  /** All of it, in memory of its own. */
  async bytes(): Promise<Uint8Array> {
    this.#claim();
    if (this.#state === "ended") return this.#joined();
    if (Math.max(this.#length ?? 0, this.#held) > this.#maximum) this.#tooLarge();
    else this.#collect();
    while (this.#state === "open") await this.#next();
    if (this.#failure) throw this.#failure;
    return this.#whole?.toBytes() ?? new Uint8Array(0);
  }

  /** Piece by piece; the connection is read as fast as the pieces are taken. */
  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    this.#claim();
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk) {
          this.#held -= chunk.length;
          yield chunk;
        } else if (this.#failure) throw this.#failure;
        else if (this.#state === "ended") return;
        else await this.#next();
      }
    } finally {
      this.abandon();
    }
  }

  /** Nobody wants it any more. */
  abandon(): void {
    this.#used = true;
    this.#chunks.length = 0;
    this.#held = 0;
    if (this.#state === "open") this.#source.abandon();
  }

  #claim(): void {
    if (this.#used) throw new TypeError("the body of this response has been read already");
    this.#used = true;
  }

  #append(whole: GrowingBytes, bytes: Uint8Array): void {
    if (whole.length + bytes.length > this.#maximum) this.#tooLarge();
    else whole.append(bytes);
  }

  #tooLarge(): void {
    const announced = this.#length === undefined ? "" : ` (it was announced with ${this.#length})`;
    const reason = `the body is larger than the ${this.#maximum} bytes of maxBodySize${announced}. Raise it, or read the body piece by piece.`;
    this.fail(new HttpFailure("response-too-large", { phase: "body", reason }));
    this.#source.abandon();
  }

  #joined(): Uint8Array {
    const [only] = this.#chunks;
    if (only && this.#chunks.length === 1) return only;
    const whole = new GrowingBytes(this.#held);
    for (const chunk of this.#chunks) whole.append(chunk);
    return whole.toBytes();
  }

  #collect(): void {
    const whole = new GrowingBytes(this.#length ?? Math.max(this.#held, HELD), this.#length ?? this.#maximum);
    for (const chunk of this.#chunks) whole.append(chunk);
    this.#chunks.length = 0;
    this.#whole = whole;
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

  #call(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
