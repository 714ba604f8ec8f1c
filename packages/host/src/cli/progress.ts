import type { Console } from "./console.ts";
import { pendingText } from "./pending-text.ts";

const QUIET_MS = 2000;
const REFRESH_MS = 500;

/** After two quiet seconds on a terminal, one line that says what the run waits for. */
export class Progress {
  readonly #console: Console;
  readonly #pending: () => readonly string[];
  #timer: NodeJS.Timeout | undefined;

  constructor(console: Console, pending: () => readonly string[]) {
    this.#console = console;
    this.#pending = pending;
    this.touch();
  }

  /** Something was written: the two seconds begin again. */
  touch(): void {
    if (this.#console.interactive) this.#show(QUIET_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#console.clearStatus();
  }

  #show(after: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const pending = this.#pending();
      if (pending.length > 0) this.#console.status(`waiting: ${pendingText(pending)}`);
      this.#show(REFRESH_MS);
    }, after);
  }
}
