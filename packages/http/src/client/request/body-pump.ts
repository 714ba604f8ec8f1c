import { HttpFailure, says } from "../../protocol/index.ts";
import type { StreamedBody } from "./request-body.ts";

/** What a pump does with the bytes, and whom it tells. After `stop()` nothing is called. */
export interface PumpEvents {
  /** `ofBody`: how many of the bytes are the body's own. False: wait for {@link BodyPump.resume}. */
  readonly write: (data: Uint8Array | string, ofBody: number) => boolean;
  /** All of it has been handed over. */
  readonly ended: () => void;
  /** The source broke, or gave more or less than it had said. */
  readonly failed: (failure: HttpFailure) => void;
}

/** Below this many bytes a chunk leaves with its size in one write; above, a copy would cost more than another write. */
const COPIED = 16_384;

/** A write at most this large: the connection says after each whether it wants more. */
const PIECE = 65_536;

/** Moves a streamed body to its connection as fast as that takes it: with its length known as it is, else in chunks (RFC 9112 §7.1). */
export class BodyPump {
  readonly #events: PumpEvents;
  readonly #length: number | undefined;
  readonly #source: AsyncIterator<Uint8Array>;
  #handed = 0;
  #stopped = false;
  #drained: (() => void) | undefined;

  constructor(body: StreamedBody, events: PumpEvents) {
    this.#events = events;
    this.#length = body.length;
    this.#source = body.open();
  }

  start(): void {
    this.#run().catch((cause: unknown) => this.#fail(cause));
  }

  /** The connection takes more. */
  resume(): void {
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.();
  }

  /** Nobody wants the rest: the source is let go. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.resume();
    // A source that fails while it is let go has nobody left to tell.
    this.#source.return?.().catch(() => {});
  }

  async #run(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#source.next();
      if (this.#stopped) return;
      if (done) return this.#end();
      await this.#chunk(value);
    }
  }

  async #chunk(bytes: Uint8Array): Promise<void> {
    this.#handed += bytes.length;
    if (this.#length !== undefined && this.#handed > this.#length) throw lengthFailure(this.#length, "more");
    if (bytes.length === 0) return;
    if (this.#length !== undefined) return this.#pieces(bytes);
    const size = `${bytes.length.toString(16)}\r\n`;
    if (bytes.length <= COPIED) return this.#write(Buffer.concat([Buffer.from(size), bytes, CRLF]), bytes.length);
    await this.#write(size, 0);
    await this.#pieces(bytes);
    await this.#write("\r\n", 0);
  }

  async #pieces(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#stopped; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      await this.#write(piece, piece.length);
    }
  }

  async #write(data: Uint8Array | string, ofBody: number): Promise<void> {
    if (this.#stopped || this.#events.write(data, ofBody)) return;
    await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  #end(): void {
    if (this.#length !== undefined && this.#handed < this.#length) throw lengthFailure(this.#length, `${this.#handed}`);
    if (this.#length === undefined) this.#events.write("0\r\n\r\n", 0);
    this.#stopped = true;
    this.#events.ended();
  }

  #fail(cause: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#events.failed(sourceFailure(cause));
  }
}

const CRLF = Buffer.from("\r\n");

/** What the source of a body threw. */
export function sourceFailure(cause: unknown): HttpFailure {
  if (cause instanceof HttpFailure) return cause;
  return new HttpFailure("body-failed", { phase: "send", reason: `the source of the request's body failed: ${says(cause)}`, cause });
}

/** The source gave another number of bytes than it had said. */
export function lengthFailure(length: number, came: string): HttpFailure {
  const reason = `the source of the request's body was to give ${length} bytes and gave ${came}; the request was not completed.`;
  return new HttpFailure("body-failed", { phase: "send", reason });
}
