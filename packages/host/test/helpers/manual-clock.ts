import type { HostClock } from "../../src/device/index.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** Time that jumps to the next timer when it is told to. */
export class ManualClock implements HostClock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  /** Timers that are set now. */
  get waiting(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  wallSeconds(): number {
    return 1_700_000_000 + this.#now / 1000;
  }

  sleep(ms: number): void {
    this.#now += ms;
  }

  /** Goes to the earliest timer and calls it; of two at one time the first set comes first. False when there is none. */
  jump(): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (!next || timer.due < next.due) next = timer;
    if (!next) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.due);
    next.callback();
    return true;
  }
}
