import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A server in a process of its own, which ends with this one whatever ends it. */
export interface ServerProcess {
  /** Resolves with the first match in what the process prints. Rejects when it ends first or after ten seconds. */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Resolves when the port on 127.0.0.1 accepts a connection. Rejects when the process ends first or after ten seconds. */
  readonly accepts: (port: number) => Promise<void>;
  /** Ends the process, by force if three seconds were not enough. */
  readonly stop: () => Promise<void>;
}

/** A program, its arguments and where it runs. */
export interface ProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
}

const START_LIMIT = 10_000;
const RETRY_AFTER = 30;

// The shell's standard input is a pipe from this process. It ends when stop() closes it, and also when this process is killed,
// which no handler of ours would see; then the second child ends the server.
const GUARD = `exec 3<&0
"$@" <&- 3<&- &
server=$!
{ read -r line <&3; kill $server; sleep 3; kill -9 $server; } >/dev/null 2>&1 &
guard=$!
wait $server
kill $guard`;

async function isAccepting(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const accepted = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return accepted;
}

/** Starts a server with an environment that holds nothing but a path. */
export function startProcess({ program, args, folder }: ProcessOptions): ServerProcess {
  const shell = spawn("/bin/sh", ["-c", GUARD, "sh", program, ...args], { cwd: folder, env: { PATH: "/usr/bin:/bin" } });
  let output = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  shell.stdin.on("error", () => undefined);
  const ended = once(shell, "close");

  const until = async <Result>(check: () => Promise<Result | undefined>): Promise<Result> => {
    for (const limit = Date.now() + START_LIMIT; Date.now() < limit; await sleep(RETRY_AFTER)) {
      const result = await check();
      if (result !== undefined) return result;
      if (shell.exitCode !== null) break;
    }
    throw new Error(`${program} did not start:\n${output}`);
  };

  return {
    printed: (pattern) => until(async () => pattern.exec(output) ?? undefined),
    accepts: (port) => until(async () => ((await isAccepting(port)) ? true : undefined)).then(() => undefined),
    stop: async () => {
      shell.stdin.end();
      await ended;
    },
  };
}
