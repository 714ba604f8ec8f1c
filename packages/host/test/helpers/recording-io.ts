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

export function recordingIo(options: { cwd: string; terminal?: boolean; env?: Record<string, string>; columns?: number }): RecordingIo {
  const { cwd, terminal = false, env = {}, columns } = options;
  const [out, err]: [Uint8Array[], Uint8Array[]] = [[], []];
  const [signals, hangups] = [new Handlers<[Signal]>(), new Handlers<[NodeJS.ErrnoException]>()];
  const sink = (chunks: Uint8Array[]) => ({
    write: (data: Uint8Array | string) => void chunks.push(Buffer.from(data)),
    isTTY: terminal,
    error: undefined,
    columns,
  });
  return {
    stdout: sink(out),
    stderr: sink(err),
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
