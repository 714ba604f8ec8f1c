/** TCP_MSS of the firmware's lwIP: the most that one segment, and so one "receive", brings. */
const SEGMENT_BYTES = 1460;

/** What has come for a socket and waits for Lua: pieces in order, and what is to be done behind the last. */
export interface InboxOwner {
  /** Runs work as a task of the device. */
  enter(work: () => void): void;
  receive(bytes: Uint8Array): void;
  /** Everything has been handed over: more may come. */
  empty(): void;
}

/** Cuts what comes into segments and hands them over one task at a time, unless held. */
export class Inbox {
  readonly #owner: InboxOwner;
  #queue: (Uint8Array | (() => void))[] = [];
  #held = false;
  #scheduled = false;

  constructor(owner: InboxOwner) {
    this.#owner = owner;
  }

  /** Takes a copy. */
  push(bytes: Uint8Array): void {
    const copy = Uint8Array.from(bytes);
    for (let at = 0; at < copy.length; at += SEGMENT_BYTES) this.#queue.push(copy.subarray(at, at + SEGMENT_BYTES));
    this.#schedule();
  }

  /** Does something when all that came before has been handed over. */
  after(work: () => void): void {
    this.#queue.push(work);
    this.#schedule();
  }

  hold(): void {
    this.#held = true;
  }

  unhold(): void {
    this.#held = false;
    this.#schedule();
  }

  clear(): void {
    this.#queue = [];
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    this.#scheduled = true;
    this.#owner.enter(() => {
      this.#scheduled = false;
      this.#next();
    });
  }

  #next(): void {
    const next = this.#held ? undefined : this.#queue.shift();
    if (next === undefined) return;
    if (typeof next === "function") return next();
    this.#owner.receive(next);
    if (this.#queue.length > 0) this.#schedule();
    else this.#owner.empty();
  }
}
