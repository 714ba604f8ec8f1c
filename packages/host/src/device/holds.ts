interface Hold {
  readonly what: string;
  readonly cancel: (() => void) | undefined;
}

/** What keeps a run alive: timers, sockets, requests. */
export class Holds {
  readonly #held = new Set<Hold>();
  readonly #onRelease: () => void;

  constructor(onRelease: () => void) {
    this.#onRelease = onRelease;
  }

  get size(): number {
    return this.#held.size;
  }

  /** What each is called, in the order they began. */
  get names(): string[] {
    return Array.from(this.#held, (hold) => hold.what);
  }

  /** The result releases it; a second call does nothing. */
  add(what: string, cancel: (() => void) | undefined): () => void {
    const hold: Hold = { what, cancel };
    this.#held.add(hold);
    return () => {
      if (this.#held.delete(hold)) this.#onRelease();
    };
  }

  /** Stops everything that is still held. */
  cancelAll(): void {
    for (const hold of this.#held) {
      this.#held.delete(hold);
      hold.cancel?.();
    }
  }
}
