import { SIGNAL_EXITS } from "./io.ts";
import type { Io, Signal } from "./io.ts";

/** The exit code when output or report cannot be written. */
export const NOT_WRITTEN = 2;

/** How long Lua may run before signals get their default action, which is to kill: Node tells of signals only when Lua has returned. */
const SIGNALS_BACK_MS = 100;

/** How writing fails when nobody reads any more; the second where stdout is a socket, as it is for a child process of Node's. */
const READER_GONE: ReadonlySet<string | undefined> = new Set(["EPIPE", "ECONNRESET"]);

const nothing = (): void => {};

/** What ends the runs from outside: a signal, or that the output cannot be written any more. */
export class Interruption {
  /** The exit code it asks for; undefined as long as nothing has happened. */
  exit: number | undefined;
  /** False when nobody reads any more: then there is nothing to say about it. */
  readable = true;
  /** Ends the script that runs now. */
  stop: (reason: string) => void = nothing;
  readonly #io: Io;
  readonly #notWritten: number;
  #ignoreSignals = nothing;
  #ignoreOutput = nothing;
  #signalsBack = false;
  #over = false;

  /** `notWritten` is the exit code for output that cannot be written. */
  constructor(io: Io, notWritten: number = NOT_WRITTEN) {
    this.#io = io;
    this.#notWritten = notWritten;
    this.#listen();
    this.#ignoreOutput = io.onOutputLost((error) => void this.#outputLost(error));
  }

  dispose(): void {
    this.#over = true;
    this.#ignoreSignals();
    this.#ignoreOutput();
  }

  /** From now on signals have their default action, for who writes to a pipe that may be full: no event arrives meanwhile. */
  letSignalsKill(): void {
    this.#ignoreSignals();
  }

  /** The same while Lua runs, and no event arrives: why the run shall end, or undefined. `busyMs` is how long Lua has been running. */
  whileBusy(busyMs: number): string | undefined {
    const { error } = this.#io.stdout;
    if (error) return this.#outputLost(error);
    if (busyMs >= SIGNALS_BACK_MS && !this.#signalsBack) this.#lendSignals();
    return undefined;
  }

  #listen(): void {
    this.#signalsBack = false;
    this.#ignoreSignals = this.#io.onSignal((signal: Signal) => this.#interrupt(signal, SIGNAL_EXITS[signal]));
  }

  /** Until Lua has returned. */
  #lendSignals(): void {
    this.#signalsBack = true;
    this.#ignoreSignals();
    setImmediate(() => {
      if (!this.#over) this.#listen();
    });
  }

  #outputLost(error: NodeJS.ErrnoException): string {
    this.readable = !READER_GONE.has(error.code);
    const reason = this.readable ? `an output that cannot be written (${error.message})` : "the end of its reader";
    this.#interrupt(reason, this.readable ? this.#notWritten : 0);
    return reason;
  }

  // A second signal finds its default action again: it kills.
  #interrupt(reason: string, exit: number): void {
    this.dispose();
    this.exit ??= exit;
    this.stop(reason);
  }
}
