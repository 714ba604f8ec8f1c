import type { Clock } from "../../transport/index.ts";

/** Milliseconds without a word after which a body is sent anyway, as curl does: servers that do not know 100 Continue say nothing. */
const DEFAULT_WAIT = 1000;

/** Waits for 100 Continue before the body of a request is sent (RFC 9110 §10.1.1). */
export class Expectation {
  readonly #send: () => void;
  readonly #cancel: () => void;
  waits = true;

  /** `wait`: milliseconds, or true for the default. `send` is called at most once. */
  constructor(clock: Clock, wait: number | true, send: () => void) {
    this.#send = send;
    // When this thread was busy the answer may be waiting in a socket: the I/O that is ready comes first.
    this.#cancel = clock.after(wait === true ? DEFAULT_WAIT : wait, () => clock.afterIo(() => this.met()));
  }

  /** The server wants the body, or has been waited for long enough. */
  met(): void {
    if (!this.waits) return;
    this.end();
    this.#send();
  }

  /** The server has answered: the body is not sent. */
  end(): void {
    this.waits = false;
    this.#cancel();
  }
}
