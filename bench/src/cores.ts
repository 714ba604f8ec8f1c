import { existsSync, readFileSync } from "node:fs";

const TASKSET = "/usr/bin/taskset";
const STATUS = "/proc/self/status";
const ALLOWED = /^Cpus_allowed_list:\s+(\S+)$/m;

/** A command that is ready to be spawned. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** Which core the server has to itself and which one the client. */
export interface Cores {
  readonly server: number;
  readonly client: number;
}

/** The numbers in a list such as `0-2,5`. */
export function parseCoreList(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_value, index) => first + index);
  });
}

/** One core each; undefined where processes cannot be pinned or there is only one core. */
export function findCores(): Cores | undefined {
  if (!existsSync(TASKSET) || !existsSync(STATUS)) return undefined;
  const [server, client] = parseCoreList(ALLOWED.exec(readFileSync(STATUS, "latin1"))?.[1] ?? "");
  return server === undefined || client === undefined ? undefined : { server, client };
}

/** The command on that core alone. */
export function onCore(core: number | undefined, command: Command): Command {
  if (core === undefined) return command;
  return { program: TASKSET, args: ["-c", String(core), command.program, ...command.args] };
}
