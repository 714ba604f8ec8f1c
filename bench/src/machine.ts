import { availableParallelism, cpus, loadavg, release, type } from "node:os";

/** What figures depend on, without anything that tells one machine from another of its kind. */
export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  /** Processes that were running or waiting in the last minute before the run: with nothing else to do, near 0. */
  readonly loadBefore: number;
}

export const describeMachine = (): Machine => ({
  node: process.version,
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  kernel: `${type()} ${release()}`,
  loadBefore: loadavg()[0] ?? 0,
});
