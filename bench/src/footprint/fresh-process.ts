import { execFile } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onCore } from "../cores.ts";
import { withManyFiles } from "../descriptors.ts";

const run = promisify(execFile);
const PATIENCE = 300_000;

/** Runs a file of this folder in a process of its own, on that core; the number that it prints. */
export async function askFreshProcess(file: string, args: readonly string[], core: number | undefined): Promise<number> {
  const path = fileURLToPath(new URL(`./${file}${extname(import.meta.url)}`, import.meta.url));
  const node = { program: process.execPath, args: [...process.execArgv, "--expose-gc", path, ...args] };
  const { program, args: all } = withManyFiles(onCore(core, node));
  try {
    const { stdout } = await run(program, [...all], { timeout: PATIENCE });
    return Number(stdout);
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
}

/** Of a process that threw, its last words; they name the error. */
function reasonOf(error: unknown): string {
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  return /^\w*Error.*$/m.exec(stderr)?.[0] ?? String(error);
}
