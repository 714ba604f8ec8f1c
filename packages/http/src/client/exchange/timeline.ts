import type { Clock } from "../../transport/index.ts";

/** The phases of an exchange whose time is told, in order. */
export type TimedPhase = "dns" | "connect" | "tls" | "send" | "wait" | "receive";

/** Milliseconds per phase that was reached, and of all. */
export type Timings = Partial<Record<TimedPhase, number>> & { total: number };

/** Milliseconds per phase; -1 when it was not reached. */
class Spent implements Record<TimedPhase, number> {
  dns = -1;
  connect = -1;
  tls = -1;
  send = -1;
  wait = -1;
  receive = -1;
}

/** Measures how long each phase takes; a phase that comes again, in a later hop, adds to its time. */
export class Timeline {
  readonly #clock: Clock;
  readonly #begin: number;
  readonly #spent = new Spent();
  #phase: TimedPhase | undefined;
  #since: number;

  constructor(clock: Clock, begin: number = clock.now()) {
    this.#clock = clock;
    this.#begin = begin;
    this.#since = begin;
  }

  /** The current phase ends, and another one begins; none when the exchange is over. */
  enter(phase: TimedPhase | undefined, now: number = this.#clock.now()): void {
    if (this.#phase) this.#spent[this.#phase] = Math.max(0, this.#spent[this.#phase]) + now - this.#since;
    this.#phase = phase;
    this.#since = now;
  }

  get timings(): Timings {
    const reached = Object.entries(this.#spent).filter(([, ms]) => ms >= 0);
    return Object.assign({ total: (this.#phase ? this.#clock.now() : this.#since) - this.#begin }, Object.fromEntries(reached));
  }
}
