import { writeRequestHead } from "../../protocol/index.ts";
import type { WireRequest } from "./wire-request.ts";

/** Below this many bytes head and body leave in one write; above, a body leaves in pieces of this size. */
export const PIECE = 65_536;

const NOTHING = new Uint8Array(0);

/**
 * Sends a request. Head and a small body are one write: one packet, one system call. A large body goes piece by piece, as fast as they leave:
 * written at once it would be copied, and encrypted in one long turn.
 */
export class RequestSender {
  /** Bytes handed to the connection. */
  sent = 0;
  readonly #write: (data: Uint8Array | string) => boolean;
  #unsent: Uint8Array = NOTHING;

  /** `write` returns false when it wants to wait. */
  constructor(write: (data: Uint8Array | string) => boolean) {
    this.#write = write;
  }

  /** True when all of it has been handed over; else {@link resume} is to be called when the connection has drained. */
  begin({ method, url, fields, body = NOTHING }: WireRequest): boolean {
    const head = writeRequestHead({ method, target: url.target, fields });
    if (body.length === 0) return this.#hand(head);
    if (body.length < PIECE) return this.#hand(Buffer.concat([Buffer.from(head, "latin1"), body]));
    this.#unsent = body;
    return this.#hand(head) && this.resume();
  }

  resume(): boolean {
    while (this.#unsent.length > 0) {
      const piece = this.#unsent.subarray(0, PIECE);
      this.#unsent = this.#unsent.subarray(PIECE);
      if (!this.#hand(piece)) return false;
    }
    return true;
  }

  #hand(data: Uint8Array | string): boolean {
    this.sent += data.length;
    return this.#write(data);
  }
}
