import type { Clock } from "../../src/transport/index.ts";

/** A clock that a test turns by hand. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { at: number; holds: boolean; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    return this.#set({ at: this.#now + ms, holds: true, callback });
  }

  later(ms: number, callback: () => void): () => void {
    return this.#set({ at: this.#now + ms, holds: false, callback });
  }

  afterIo(callback: () => void): void {
    setImmediate(callback);
  }

  /** Timers that would keep a process alive. */
  get pending(): number {
    return this.#timers.filter(({ holds }) => holds).length;
  }

  /** All timers that have not fired or been cancelled. */
  get armed(): number {
    return this.#timers.length;
  }

  /** Time passes, and no timer fires yet: the event loop is busy. */
  advanceSilently(ms: number): void {
    this.#now += ms;
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
  }

  #set(timer: { at: number; holds: boolean; callback: () => void }): () => void {
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
}
