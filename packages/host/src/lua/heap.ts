import type { LuaApi, Pointer } from "./capi.ts";
import type { LuaHeap } from "./engine.ts";

/**
 * Lua 5.1 cannot collect inside its allocator, so crossing the limit is allowed for a moment: by this much at most, until the next
 * instruction of Lua code collects. (The chip's Lua has an emergency collector in that place.)
 */
const SLACK_BYTES = 1024 * 1024;

/**
 * An error comes at the instruction after the one that took too much, so what that took may stay, and the heap is over its limit when the script
 * gets the error. It may then use this much more, each time, to do something about it; in all a part of the limit.
 */
const CONCESSION_BYTES = 4096;
const CONCEDED_AT_MOST = 1.5;

/** What the allocator reports. */
export interface HeapEvents {
  /** More than the limit is in use. */
  crossed(): void;
  /** An allocation was refused; Lua raises "not enough memory". */
  refused(): void;
}

/** Lua's allocator: counts every byte as Lua's own counter does and keeps to the limit. */
export class Heap implements LuaHeap {
  limit: number;
  used = 0;
  peak = 0;
  readonly #api: LuaApi;
  readonly #events: HeapEvents;
  #ceiling = Infinity;
  #allowed: number;

  constructor(api: LuaApi, limit: number, events: HeapEvents) {
    this.#api = api;
    this.limit = limit;
    this.#allowed = limit;
    this.#events = events;
  }

  get free(): number {
    return Math.max(0, this.limit - this.used);
  }

  /** Whether more is in use than the script may have now. */
  get crossed(): boolean {
    return this.used > this.#allowed;
  }

  get isOver(): boolean {
    return this.used > this.limit;
  }

  /** From now on the limit holds. */
  enforce(): void {
    this.#ceiling = this.limit + SLACK_BYTES;
    this.peak = this.used;
  }

  /** The limit from now on. */
  restrict(limit: number): void {
    this.limit = limit;
    this.#allowed = limit;
    this.enforce();
  }

  /** `lua_Alloc` of Lua 5.1. */
  resize(block: Pointer, oldSize: number, newSize: number): Pointer {
    if (newSize === 0) return this.#release(block, oldSize);
    const growth = newSize - (block === 0 ? 0 : oldSize);
    if (this.#refuses(growth)) {
      this.#events.refused();
      return 0;
    }
    const resized = this.#api.realloc(block, newSize);
    if (resized !== 0) this.#count(growth);
    return resized;
  }

  /** Runs `work` with nothing to be had, so that Lua itself raises its memory error. */
  exhausted(work: () => void): void {
    this.#allowed = Math.min(this.used + CONCESSION_BYTES, this.limit * CONCEDED_AT_MOST);
    this.#under(0, work);
  }

  /** Runs `work` with nothing refused. */
  unlimited(work: () => void): void {
    this.#under(Infinity, work);
  }

  #under(ceiling: number, work: () => void): void {
    const usual = this.#ceiling;
    this.#ceiling = ceiling;
    try {
      work();
    } finally {
      this.#ceiling = usual;
    }
  }

  /** What is larger than the whole heap cannot fit after any collection. */
  #refuses(growth: number): boolean {
    return growth > 0 && (this.used + growth > this.#ceiling || (growth > this.limit && this.#ceiling !== Infinity));
  }

  #count(growth: number): void {
    this.used += growth;
    if (growth <= 0) this.#shrunk();
    else {
      if (this.used > this.peak) this.peak = this.used;
      if (this.crossed && this.#ceiling !== Infinity) this.#events.crossed();
    }
  }

  #release(block: Pointer, size: number): Pointer {
    if (block !== 0) {
      this.used -= size;
      this.#api.free(block);
      this.#shrunk();
    }
    return 0;
  }

  #shrunk(): void {
    if (!this.isOver) this.#allowed = this.limit;
  }
}
