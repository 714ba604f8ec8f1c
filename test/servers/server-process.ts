import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A server in a process of its own. */
export interface ServerProcess {
  /** Resolves with the first match in what the process prints. Rejects when it ends first or after ten seconds. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when the port on 127.0.0.1 accepts a connection. Rejects when the process ends first or after ten seconds. */
  accepts(port: number): Promise<void>;
  /** Ends the process, by force if three seconds were not enough. */
  stop(): Promise<void>;
}

/** A program, its arguments and where it runs. */
export interface ProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
}

const START_LIMIT = 10_000;
const STOP_LIMIT = 3_000;
const RETRY_AFTER = 30;

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
  const child = spawn(program, args, { cwd: folder, env: { PATH: "/usr/bin:/bin" }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", (error) => {
      output += `${error.message}\n`;
      resolve();
    });
  });
  let running = true;
  void ended.then(() => (running = false));
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const killAtExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killAtExit);

  const until = async <Result>(check: () => Promise<Result | undefined>): Promise<Result> => {
    for (const limit = Date.now() + START_LIMIT; Date.now() < limit; await sleep(RETRY_AFTER)) {
      const result = await check();
      if (result !== undefined) return result;
      if (!running) break;
    }
    throw new Error(`${program} did not start:\n${output}`);
  };

  return {
    printed: (pattern) => until(async () => pattern.exec(output) ?? undefined),
    accepts: (port) => until(async () => ((await isAccepting(port)) ? null : undefined)).then(() => undefined),
    stop: async () => {
      process.off("exit", killAtExit);
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT);
      await ended;
      clearTimeout(force);
    },
  };
}
