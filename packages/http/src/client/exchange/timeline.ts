import type { Clock } from "../../transport/index.ts";

/** The phases of an exchange whose time is told, in order. */
export type TimedPhase = "dns" | "connect" | "tls" | "send" | "wait" | "receive";

/** Milliseconds per phase that was reached, and of all. */
export type Timings = Partial<Record<TimedPhase, number>> & { total: number };

/** Measures how long each phase takes; a phase that comes again, in a later hop, adds to its time. */
export class Timeline {
  readonly #clock: Clock;
  readonly #begin: number;
  readonly #spent: Partial<Record<TimedPhase, number>> = {};
  #phase: TimedPhase | undefined;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begin = clock.now();
    this.#since = this.#begin;
  }

  /** The current phase ends, and another one begins; none when the exchange is over. */
  enter(phase: TimedPhase | undefined): void {
    const now = this.#clock.now();
    if (this.#phase) this.#spent[this.#phase] = (this.#spent[this.#phase] ?? 0) + now - this.#since;
    this.#phase = phase;
    this.#since = now;
  }

  get timings(): Timings {
    return { ...this.#spent, total: this.#clock.now() - this.#begin };
  }
}
