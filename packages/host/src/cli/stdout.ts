import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { Output } from "./io.ts";

const STDOUT = 1;

/** Milliseconds until a full pipe is tried again. */
const PAUSE_MS = 1;

const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * The process's stdout, written at once. A stream would keep what a slow reader has not taken until the event loop turns; under a script that
 * prints and never returns it would fill the memory, and never learn that its reader is gone.
 */
export class Stdout implements Output {
  readonly isTTY: boolean = isatty(STDOUT);
  readonly columns: undefined;
  error: NodeJS.ErrnoException | undefined;
  readonly #handlers = new Set<(error: NodeJS.ErrnoException) => void>();

  write(data: Uint8Array | string): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    for (let at = 0; at < bytes.length && !this.error;) at += this.#writeSome(bytes, at);
  }

  /** Tells once when nothing can be written any more, until the result is called. */
  onLost(handler: (error: NodeJS.ErrnoException) => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  #writeSome(bytes: Uint8Array, at: number): number {
    try {
      return writeSync(STDOUT, bytes, at);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      // Whoever gave us the pipe may have made it non-blocking.
      if (error.code === "EAGAIN") Atomics.wait(never, 0, 0, PAUSE_MS);
      else this.#lose(error);
      return 0;
    }
  }

  #lose(error: NodeJS.ErrnoException): void {
    this.error = error;
    setImmediate(() => this.#handlers.forEach((handler) => handler(error)));
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "code" in error;
