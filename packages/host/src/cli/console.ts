import type { Io } from "./io.ts";

const ERASE_LINE = "\r\u001b[K";

/** The two streams and the progress line, which is gone whenever something else is written. */
export class Console {
  readonly color: boolean;
  /** Whether there is a terminal to show progress on. */
  readonly interactive: boolean;
  readonly #io: Io;
  #statusShown = false;

  constructor(io: Io) {
    this.#io = io;
    this.interactive = io.stderr.isTTY;
    this.color = this.interactive && !io.env["NO_COLOR"];
  }

  /** Bytes to stdout, exactly. */
  print(bytes: Uint8Array): void {
    this.clearStatus();
    this.#io.stdout.write(bytes);
  }

  /** Text to stderr, line end included. */
  say(text: string): void {
    this.clearStatus();
    this.#io.stderr.write(text);
  }

  /** Shows the progress line in place of the last one, cut to the terminal's width. */
  status(text: string): void {
    const width = (this.#io.stderr.columns ?? 80) - 1;
    this.#io.stderr.write(ERASE_LINE + (text.length > width ? `${text.slice(0, width - 1)}…` : text));
    this.#statusShown = true;
  }

  clearStatus(): void {
    if (this.#statusShown) this.#io.stderr.write(ERASE_LINE);
    this.#statusShown = false;
  }
}
