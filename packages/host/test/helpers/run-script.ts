import { Device } from "../../src/device/index.ts";
import type { DeviceOptions, Outcome } from "../../src/device/index.ts";
import { openOverlayFlash } from "../../src/flash/index.ts";
import type { Diagnostic, Exchange } from "../../src/modules/index.ts";

/** Everything that one script did. */
export interface ScriptRun {
  readonly outcome: Outcome;
  /** What `print` wrote, line by line, as byte strings. */
  readonly lines: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly exchanges: readonly Exchange[];
}

/** Runs a script on a device of its own, as `test.lua`. */
export async function runScript(source: string, options: Partial<DeviceOptions> = {}): Promise<ScriptRun> {
  const written: Uint8Array[] = [];
  const diagnostics: Diagnostic[] = [];
  const exchanges: Exchange[] = [];
  const events = {
    print: (bytes: Uint8Array) => void written.push(Uint8Array.from(bytes)),
    diagnostic: (diagnostic: Diagnostic) => void diagnostics.push(diagnostic),
    exchange: (exchange: Exchange) => void exchanges.push(exchange),
  };
  const device = new Device({ flash: openOverlayFlash(), events, ...options });
  const outcome = await device.run(Buffer.from(source, "latin1"), "test.lua");
  const text = Buffer.concat(written).toString("latin1");
  return { outcome, lines: text.split(/\r?\n/).slice(0, -1), diagnostics, exchanges };
}

/** The lines that a script prints; it must end without an error. */
export async function printed(source: string, options: Partial<DeviceOptions> = {}): Promise<readonly string[]> {
  const { outcome, lines, diagnostics } = await runScript(source, options);
  if (outcome.exit !== 0) throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n"));
  return lines;
}
