import { spawn } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { onCore } from "../cores.ts";
import { withManyFiles } from "../descriptors.ts";
import { makeFolder } from "./folder.ts";
import type { BenchServer } from "./index.ts";

const MAIN = fileURLToPath(new URL(`./node-server-main${extname(import.meta.url)}`, import.meta.url));

/** Starts the server on node:net in a process on that core. */
export async function startNodeServer(core: number | undefined): Promise<BenchServer> {
  const folder = await makeFolder();
  const node = { program: process.execPath, args: [...process.execArgv, MAIN, folder.certificate, folder.key] };
  const { program, args } = withManyFiles(onCore(core, node));
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = once(child, "exit");
  const close = async (): Promise<void> => {
    child.kill();
    await ended;
    folder.remove();
  };
  const message: unknown = await Promise.race([once(child, "message").then(([ports]) => ports), ended]);
  if (!isPorts(message)) {
    await close();
    throw new Error("the server on node:net did not start");
  }
  const origins = { origin: `http://127.0.0.1:${message.port}`, tlsOrigin: `https://127.0.0.1:${message.tlsPort}` };
  return { name: `node:net ${process.version}`, ...origins, certificate: folder.certificate, close };
}

const isPorts = (value: unknown): value is { port: number; tlsPort: number } =>
  typeof value === "object" && value !== null && "port" in value && "tlsPort" in value;
