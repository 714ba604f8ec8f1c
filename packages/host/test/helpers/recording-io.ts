import { Readable } from "node:stream";
import type { Io, Signal } from "../../src/cli/index.ts";

/** A command line's outside, written down. */
export interface RecordingIo extends Io {
  /** What went to stdout. */
  out(): Buffer;
  /** What went to stderr, as text. */
  err(): string;
  /** Sends a signal, as kill does; false when nobody listens any more. */
  signal(signal: Signal): boolean;
  /** The reader of stdout goes away. */
  hangUp(): void;
}

class Handlers<T extends unknown[]> {
  readonly #handlers = new Set<(...args: T) => void>();

  readonly add = (handler: (...args: T) => void): (() => void) => {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  };

  call(...args: T): boolean {
    const handlers = [...this.#handlers];
    for (const handler of handlers) handler(...args);
    return handlers.length > 0;
  }
}

/** What a command line finds outside. */
export interface IoSettings {
  readonly cwd: string;
  /** Both streams are terminals, or that one is. */
  readonly terminal?: boolean | "stdout" | "stderr";
  readonly env?: Record<string, string>;
  readonly columns?: number;
  /** What stdin gives, piece by piece. */
  readonly stdin?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Called with what goes to stdout; what it returns is why nothing can be written any more. */
  readonly onOut?: (bytes: Uint8Array) => NodeJS.ErrnoException | undefined;
}

export function recordingIo(options: IoSettings): RecordingIo {
  const { cwd, terminal = false, env = {}, columns, stdin = [], onOut } = options;
  const [out, err]: [Uint8Array[], Uint8Array[]] = [[], []];
  const [signals, hangups] = [new Handlers<[Signal]>(), new Handlers<[NodeJS.ErrnoException]>()];
  const sink = (name: "stdout" | "stderr", chunks: Uint8Array[]) => {
    const stream = {
      write(data: Uint8Array | string): void {
        chunks.push(Buffer.from(data));
        if (name === "stdout") stream.error = onOut?.(Buffer.from(data));
      },
      isTTY: terminal === true || terminal === name,
      error: undefined as NodeJS.ErrnoException | undefined,
      columns,
    };
    return stream;
  };
  return {
    stdout: sink("stdout", out),
    stderr: sink("stderr", err),
    stdin: () => (stdin instanceof Readable ? stdin : Readable.from(stdin, { objectMode: false })),
    cwd,
    env,
    onSignal: signals.add,
    onOutputLost: hangups.add,
    out: () => Buffer.concat(out),
    err: () => Buffer.concat(err).toString("utf8"),
    signal: (signal) => signals.call(signal),
    hangUp: () => void hangups.call(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
  };
}
