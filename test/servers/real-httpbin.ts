import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAvailable, PYTHON, SERVERS } from "./availability.ts";
import { startProcess } from "./server-process.ts";

/** Debian's httpbin, running. */
export interface RealHttpbin {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

// httpbin.org lays JSON out over several lines, as Flask does when it is told so.
const APPLICATION = "from httpbin import app\n\napp.json.compact = False\n";

// Port 0: gunicorn prints the port that it was given. Threads let requests overlap and connections stay open.
const ARGUMENTS = ["-m", "gunicorn", "--bind", "127.0.0.1:0", "--worker-class", "gthread", "--threads", "16", "application:app"];

/** Starts Debian's httpbin on a free port; undefined, with a printed reason, where it is missing. */
export async function startRealHttpbin(): Promise<RealHttpbin | undefined> {
  if (!isAvailable(SERVERS.httpbin)) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "real-httpbin-"));
  await writeFile(join(folder, "application.py"), APPLICATION);
  const server = startProcess({ program: PYTHON, args: ARGUMENTS, folder });
  const close = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [, url = "", port = ""] = await server.printed(/Listening at: (http:\/\/127\.0\.0\.1:([0-9]+))/);
    await server.printed(/Booting worker/);
    await server.accepts(Number(port));
    return { url, port: Number(port), close };
  } catch (error) {
    await close();
    throw error;
  }
}
