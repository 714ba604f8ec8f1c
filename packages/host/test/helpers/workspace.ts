import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { main } from "../../src/cli/index.ts";
import { recordingIo } from "./recording-io.ts";
import type { IoSettings, RecordingIo } from "./recording-io.ts";

/** A folder of its own with these files in it, gone when the test file has ended. */
export function workspace(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "nodemcu-host-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** What a command did. */
export interface CommandResult {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in that folder; `during` may act on it while it runs. */
export async function nodemcu(cwd: string, args: readonly string[], during?: (io: RecordingIo) => void): Promise<CommandResult> {
  const io = recordingIo({ cwd });
  const run = main(args, io);
  during?.(io);
  return { exit: await run, out: io.out().toString("utf8"), err: io.err() };
}

/** The same with an outside of the caller's choice; stdout as bytes too. */
export async function nodemcuWith(
  settings: IoSettings,
  args: readonly string[],
  during?: (io: RecordingIo) => void,
): Promise<CommandResult & { readonly bytes: Buffer }> {
  const io = recordingIo(settings);
  const run = main(args, io);
  during?.(io);
  return { exit: await run, out: io.out().toString("utf8"), err: io.err(), bytes: io.out() };
}
