import type { HttpFailure } from "../../protocol/index.ts";
import { BodyPump } from "./body-pump.ts";
import type { RequestBody } from "./request-body.ts";

/** Below this many bytes head and body leave in one write; above, a body leaves in pieces of this size. */
const PIECE = 65_536;

const NOTHING = new Uint8Array(0);

/** Where the bytes of a request go, and who hears of a streamed body's end. */
export interface SenderEvents {
  /** False: wait for {@link RequestSender.resume}. */
  readonly write: (data: Uint8Array | string) => boolean;
  /** A streamed body has been handed over; the other ones are when `begin`, `body` or `resume` has said true. */
  readonly sent: () => void;
  /** The source of the body failed. */
  readonly failed: (failure: HttpFailure) => void;
}

/**
 * Sends a request. Head and a small body are one write: one packet, one system call. A large body goes piece by piece, as fast as they leave:
 * written at once it would be copied, and encrypted in one long turn.
 */
export class RequestSender {
  /** Bytes handed to the connection: all, and those of the head. */
  sent = 0;
  headSize = 0;
  readonly #events: SenderEvents;
  #unsent: Uint8Array = NOTHING;
  #pump: BodyPump | undefined;

  constructor(events: SenderEvents) {
    this.#events = events;
  }

  /** True when all of it has been handed over; else {@link resume} is to be called when the connection has drained. */
  begin(head: string, body: RequestBody | undefined): boolean {
    this.headSize = head.length;
    if (body === undefined || body.length === 0) return this.#hand(head);
    if (body instanceof Uint8Array && isOneWrite(body)) return this.#hand(Buffer.concat([Buffer.from(head, "latin1"), body]));
    const more = this.#hand(head);
    if (more || !(body instanceof Uint8Array)) return this.body(body);
    this.#unsent = body;
    return false;
  }

  /** The head alone, because the server is to say first whether it wants the body. */
  head(head: string): void {
    this.headSize = head.length;
    this.#hand(head);
  }

  /** The body, behind a head that has been handed over. True when all of it has been. */
  body(body: RequestBody): boolean {
    if (body instanceof Uint8Array) {
      this.#unsent = body;
      return this.resume();
    }
    this.#pump = new BodyPump(body, { write: (data) => this.#hand(data), ended: this.#events.sent, failed: this.#events.failed });
    this.#pump.start();
    return false;
  }

  /** The connection has drained. True when all of it has been handed over. */
  resume(): boolean {
    if (this.#pump) {
      this.#pump.resume();
      return false;
    }
    while (this.#unsent.length > 0) {
      const piece = this.#unsent.subarray(0, PIECE);
      this.#unsent = this.#unsent.subarray(PIECE);
      if (!this.#hand(piece)) return false;
    }
    return true;
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.#unsent = NOTHING;
    this.#pump?.stop();
  }

  #hand(data: Uint8Array | string): boolean {
    this.sent += data.length;
    return this.#events.write(data);
  }
}

/** Whether a request with that body is one write; in TLS even that is several. */
export const isOneWrite = (body: RequestBody | undefined): boolean =>
  body === undefined || (body instanceof Uint8Array && body.length < PIECE);
