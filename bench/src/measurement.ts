import { readFileSync } from "node:fs";
import type { Sample } from "./messages.ts";
import { quantile } from "./statistics.ts";
import type { Run } from "./subject.ts";

const PEAK = /^VmHWM:\s+([0-9]+) kB$/m;

/**
 * Peak of this process's resident set in bytes. Linux hands `maxRSS` of the process that started this one down to it, so that the
 * kernel's own mark for the program that runs now is read where it exists.
 */
export function peakMemory(): number {
  const { maxRSS } = process.resourceUsage();
  if (process.platform !== "linux") return maxRSS * 1024;
  return Number(PEAK.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? maxRSS) * 1024;
}

/** Runs batches, larger ones while they are short, until the time is over; the milliseconds per request of the last one. */
export async function warmUp(run: Run, options: { readonly concurrency: number; readonly milliseconds: number }): Promise<number> {
  const { concurrency, milliseconds } = options;
  const end = performance.now() + milliseconds;
  for (let count = concurrency; ;) {
    const before = performance.now();
    const { wall } = await run(count, concurrency);
    const after = performance.now();
    const took = after - before;
    if (after + took >= end) return (wall ?? took) / count;
    if (took < milliseconds / 8) count *= 2;
  }
}

/** Measures one run. What earlier ones left is collected first, where the process was started with `--expose-gc`. */
export async function measure(run: Run, options: { readonly count: number; readonly concurrency: number }): Promise<Sample> {
  const { count, concurrency } = options;
  globalThis.gc?.();
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  const { latencies, wall } = await run(count, concurrency);
  const passed = performance.now() - before;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    count,
    wall: (wall ?? passed) / count,
    cpu: wall === undefined ? (cpu.user + cpu.system) / 1000 / count : undefined,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}
