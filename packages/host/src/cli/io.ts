/** A stream that is written to. */
export interface Output {
  write(data: Uint8Array | string): void;
  readonly isTTY: boolean;
  /** Width of the terminal; undefined without one. */
  readonly columns: number | undefined;
}

export type Signal = "SIGINT" | "SIGTERM";

/** Everything outside that the command line touches, apart from files. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Tells of signals until the result is called. */
  onSignal(handler: (signal: Signal) => void): () => void;
  /** Tells when whoever reads stdout has gone away (EPIPE), until the result is called. */
  onHangup(handler: () => void): () => void;
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
    get columns() {
      return stream.columns as number | undefined;
    },
  };
}

function ignoreEpipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

function onSignal(handler: (signal: Signal) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, handler);
  return () => {
    for (const signal of SIGNALS) process.off(signal, handler);
  };
}

function onHangup(handler: () => void): () => void {
  process.stdout.on("error", handler);
  return () => void process.stdout.off("error", handler);
}

/** The process's own streams, folder, environment and signals. */
export function processIo(): Io {
  const { stdout, stderr, env } = process;
  stdout.on("error", ignoreEpipe);
  stderr.on("error", ignoreEpipe);
  return { stdout: output(stdout), stderr: output(stderr), cwd: process.cwd(), env, onSignal, onHangup };
}
