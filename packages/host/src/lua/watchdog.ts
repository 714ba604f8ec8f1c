import { WatchdogError } from "./errors.ts";
import type { Trace } from "./frames.ts";

/** How the time of one stay in Lua is limited. */
export class Watchdog {
  readonly #limit: number;
  readonly #now: () => number;
  #deadline = Infinity;

  /** `limit` in milliseconds. */
  constructor(limit: number, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  feed(): void {
    this.#deadline = this.#now() + this.#limit;
  }

  /** Called from the hook: throws when the time is over. `trace` is asked now, while the looping code is still on the stack. */
  check(trace: () => Trace): void {
    if (this.#now() <= this.#deadline) return;
    const { place, traceback } = trace();
    throw new WatchdogError(`Lua ran for more than ${this.#limit} ms without returning to the host`, place, traceback);
  }
}
