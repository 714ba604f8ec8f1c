import type { HttpFailure } from "../../protocol/index.ts";
import { BodyPump } from "./body-pump.ts";
import type { RequestBody } from "./request-body.ts";

/** Below this many bytes head and body leave in one write; above, a body leaves in pieces of this size. */
const PIECE = 65_536;

const NOTHING = new Uint8Array(0);

/** Where the bytes of a request go, and who hears of a streamed body's end. */
export interface SenderEvents {
  /** `ofBody`: how many of the bytes are the body's own. False: wait for {@link RequestSender.resume}. */
  write(data: Uint8Array | string, ofBody: number): boolean;
  /** A streamed body has been handed over; the other ones are when `begin`, `body` or `resume` has said true. */
  sent(): void;
  /** The source of the body failed. */
  failed(failure: HttpFailure): void;
}

/**
 * Sends a request. Head and a small body are one write: one packet, one system call. A large body goes piece by piece, as fast as they leave:
 * written at once it would be copied, and encrypted in one long turn.
 */
export class RequestSender {
  /** Bytes handed to the connection. */
  sent = 0;
  readonly #events: SenderEvents;
  #unsent: Uint8Array = NOTHING;
  #pump: BodyPump | undefined;
  #stopped = false;

  constructor(events: SenderEvents) {
    this.#events = events;
  }

  /** True when all of it has been handed over; else {@link resume} is to be called when the connection has drained. */
  begin(head: string, body: RequestBody | undefined): boolean {
    if (body === undefined || body.length === 0) return this.#hand(head, 0);
    if (body instanceof Uint8Array && isOneWrite(body)) return this.#hand(Buffer.concat([Buffer.from(head, "latin1"), body]), body.length);
    const more = this.#hand(head, 0);
    if (more || !(body instanceof Uint8Array)) return this.body(body);
    this.#unsent = body;
    return false;
  }

  /** The head alone, because the server is to say first whether it wants the body. */
  head(head: string): void {
    this.#hand(head, 0);
  }

  /** The body, behind a head that has been handed over. True when all of it has been. */
  body(body: RequestBody): boolean {
    if (body instanceof Uint8Array) {
      this.#unsent = body;
      return this.resume();
    }
    this.#pump = new BodyPump(body, {
      write: (data, ofBody) => this.#hand(data, ofBody),
      ended: () => this.#events.sent(),
      failed: (failure) => this.#events.failed(failure),
    });
    this.#pump.start();
    return false;
  }

  /** The connection has drained. True when all of it has been handed over, which after `stop` nothing is. */
  resume(): boolean {
    if (this.#stopped) return false;
    if (this.#pump) {
      this.#pump.resume();
      return false;
    }
    while (this.#unsent.length > 0) {
      const piece = this.#unsent.subarray(0, PIECE);
      this.#unsent = this.#unsent.subarray(PIECE);
      if (!this.#hand(piece, piece.length)) return false;
    }
    return true;
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.#stopped = true;
    this.#unsent = NOTHING;
    this.#pump?.stop();
  }

  #hand(data: Uint8Array | string, ofBody: number): boolean {
    this.sent += data.length;
    return this.#events.write(data, ofBody);
  }
}

/** Whether a request with that body is one write; in TLS even that is several. */
export const isOneWrite = (body: RequestBody | undefined): boolean =>
  body === undefined || (body instanceof Uint8Array && body.length < PIECE);
