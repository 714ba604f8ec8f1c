import type { HostClock } from "../modules/index.ts";

/** Blocks the thread: nothing else may happen during `tmr.delay`. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** The computer's own time; a boot begins now. */
export function realClock(): HostClock {
  const boot = performance.now();
  return {
    now: () => performance.now() - boot,
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    wallSeconds: () => Date.now() / 1000,
    sleep: standStill,
  };
}
