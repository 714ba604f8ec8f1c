import { existsSync, readFileSync } from "node:fs";
import type { Command } from "./cores.ts";

const SHELL = "/bin/sh";
const LIMITS = "/proc/self/limits";
const WANTED = 32_768;

// Only root may go above the hard limit; everybody may go up to it.
const RAISE = `ulimit -n ${WANTED} 2>/dev/null || ulimit -S -n "$(ulimit -H -n)" 2>/dev/null; exec "$@"`;

/** The command with as many open files allowed as there may be. */
export function withManyFiles({ program, args }: Command): Command {
  return existsSync(SHELL) ? { program: SHELL, args: ["-c", RAISE, "sh", program, ...args] } : { program, args };
}

/** How many files this process may have open; Infinity where that is not told. */
export function fileLimit(): number {
  const told = existsSync(LIMITS) ? /^Max open files\s+([0-9]+)/m.exec(readFileSync(LIMITS, "latin1"))?.[1] : undefined;
  return told === undefined ? Number.POSITIVE_INFINITY : Number(told);
}
