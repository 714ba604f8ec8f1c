import { Stdout } from "./stdout.ts";

/** A stream that is written to. */
export interface Output {
  write(data: Uint8Array | string): void;
  readonly isTTY: boolean;
  /** Why nothing can be written any more. */
  readonly error: NodeJS.ErrnoException | undefined;
  /** Width of the terminal; undefined without one. */
  readonly columns: number | undefined;
}

/** A stream that is read from. */
export interface Input extends AsyncIterable<Uint8Array> {
  /** Nobody wants the rest; a read that waits ends. */
  destroy(): void;
}

export type Signal = "SIGINT" | "SIGTERM";

/** Everything outside that the command line touches, apart from files. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Opened when it is asked for: a terminal that nobody reads stays the shell's. */
  stdin(): Input;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Tells of signals until the result is called. */
  onSignal(handler: (signal: Signal) => void): () => void;
  /** Tells when stdout cannot be written any more, until the result is called: EPIPE when whoever reads it has gone away. */
  onOutputLost(handler: (error: NodeJS.ErrnoException) => void): () => void;
}

/** Exit codes after a signal: 128 and its number, as shells count. */
export const SIGNAL_EXITS: Readonly<Record<Signal, number>> = { SIGINT: 130, SIGTERM: 143 };

const SIGNALS: readonly Signal[] = ["SIGINT", "SIGTERM"];

function output(stream: NodeJS.WriteStream): Output {
  return {
    write: (data) => void (stream.writable && stream.write(data)),
    get isTTY() {
      return stream.isTTY;
    },
    get error() {
      return stream.errored ?? undefined;
    },
    get columns() {
      return stream.columns as number | undefined;
    },
  };
}

function onSignal(handler: (signal: Signal) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, handler);
  return () => {
    for (const signal of SIGNALS) process.off(signal, handler);
  };
}

const stdin = (): Input => process.stdin;

/** The process's own streams, folder, environment and signals. */
export function processIo(): Io {
  const { stderr, env } = process;
  const stdout = new Stdout();
  // Without a listener an error would end the process.
  stderr.on("error", () => {});
  return { stdout, stderr: output(stderr), stdin, cwd: process.cwd(), env, onSignal, onOutputLost: (handler) => stdout.onLost(handler) };
}
