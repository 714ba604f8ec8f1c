import { setImmediate as nextTurn } from "node:timers/promises";
import { Device } from "../../src/device/index.ts";
import type { DeviceOptions, Diagnostic, Outcome } from "../../src/device/index.ts";
import { openOverlayFlash } from "../../src/flash/index.ts";
import { ManualClock } from "./manual-clock.ts";

/** What a script did. */
export interface ClockedRun {
  readonly outcome: Outcome;
  /** Everything printed, as latin1 text, one entry per print. */
  readonly printed: string[];
  readonly diagnostics: Diagnostic[];
  readonly clock: ManualClock;
}

const MOST_TURNS = 20_000;

/** Runs a script on a clock that jumps from timer to timer, for scripts that need no network. */
export async function runOnClock(
  source: string,
  options: Partial<DeviceOptions> & { onTurn?: (device: Device) => void } = {},
): Promise<ClockedRun> {
  const clock = new ManualClock();
  const printed: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const events = {
    print: (bytes: Uint8Array): void => void printed.push(Buffer.from(bytes).toString("latin1").trimEnd()),
    diagnostic: (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic),
  };
  const device = new Device({ flash: openOverlayFlash(), clock, events, ...options });
  const state = { settled: false };
  const run = device.run(Buffer.from(source, "latin1"), "script.lua").finally(() => (state.settled = true));
  run.catch(() => {}); // it is awaited below, turns later
  for (let turn = 0; !state.settled && turn < MOST_TURNS; turn++) {
    await nextTurn();
    options.onTurn?.(device);
    if (turn % 4 === 3) clock.jump();
  }
  device.stop("the test has waited long enough");
  return { outcome: await run, printed, diagnostics, clock };
}
