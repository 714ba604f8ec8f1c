import type { Clock } from "../../transport/index.ts";

/** Something that must be over by a time. */
export interface Deadlined {
  /** When it is due, by the clock; Infinity while nothing runs against it. */
  readonly due: number;
  /** The time has come. */
  expire(): void;
}

/**
 * One timer for the deadlines of all requests of a client: it is set for the earliest of them, and a request that ends in time only leaves
 * a set. With many short requests under long deadlines hardly any timer is ever made. It does not keep the process alive: what a request
 * waits for does.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #waiting = new Set<Deadlined>();
  #next = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Watches something; also to be called when its time has moved nearer. */
  watch(deadlined: Deadlined): void {
    this.#waiting.add(deadlined);
    if (deadlined.due < this.#next) this.#set(deadlined.due);
  }

  /** It is over. The timer stays, and finds nothing to do. */
  forget(deadlined: Deadlined): void {
    this.#waiting.delete(deadlined);
  }

  #set(time: number): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#next = time;
    if (time === Number.POSITIVE_INFINITY) return;
    // When this thread was busy an answer may be waiting in a socket: the I/O that is ready comes first, then the verdict.
    this.#cancel = this.#clock.later(Math.max(0, time - this.#clock.now()), () => this.#clock.afterIo(() => this.#tick()));
  }

  #tick(): void {
    const now = this.#clock.now();
    const due = [...this.#waiting].filter((deadlined) => deadlined.due <= now);
    for (const deadlined of due) {
      // The one before may have ended this one, or moved its time.
      if (deadlined.due <= now && this.#waiting.delete(deadlined)) deadlined.expire();
    }
    let next = Number.POSITIVE_INFINITY;
    for (const deadlined of this.#waiting) next = Math.min(next, deadlined.due);
    this.#set(next);
  }
}
