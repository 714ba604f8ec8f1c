import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "../../packages/host/src/httpbin/index.ts";
import { freePort } from "../helpers/listen.ts";
import { isAvailable, NGINX, SERVERS } from "./availability.ts";
import { nginxConfiguration } from "./nginx-configuration.ts";
import { startProcess } from "./server-process.ts";

/** The files that nginx serves, by path. */
export type NginxFiles = Readonly<Record<"/small.txt" | "/large.bin" | "/huge.bin", Buffer>>;

/** nginx, running; what it answers on each path is in `nginx-configuration.ts`. */
export interface Nginx {
  /** Over HTTP, without a slash at the end. */
  readonly url: string;
  /** Over HTTPS, by the name localhost, without a slash at the end. */
  readonly tlsUrl: string;
  readonly port: number;
  readonly tlsPort: number;
  /** The certificate to trust, in PEM. */
  readonly certificate: string;
  readonly files: NginxFiles;
  close(): Promise<void>;
}

const MEBIBYTE = 1024 * 1024;
const ATTEMPTS = 3;

/** Bytes of every value, in an order that shows a lost or doubled one. */
const pattern = (size: number): Buffer =>
  Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_value, index) => (index * 7) % 251)));

const makeFiles = (): NginxFiles => ({
  "/small.txt": Buffer.from("thirty-three bytes, not one more\n"),
  "/large.bin": pattern(300 * 1024),
  "/huge.bin": pattern(17 * MEBIBYTE),
});

async function writeFolder(files: NginxFiles): Promise<{ folder: string; certificate: string }> {
  const folder = await mkdtemp(join(tmpdir(), "nginx-"));
  await mkdir(join(folder, "www"));
  for (const [path, bytes] of Object.entries(files)) await writeFile(join(folder, "www", path), bytes);
  await writeFile(join(folder, "www", "included.shtml"), '<p><!--#echo var="request_method" --></p>\n'.repeat(100));
  const { certificate, key } = await makeCertificate();
  await writeFile(join(folder, "certificate.pem"), certificate);
  await writeFile(join(folder, "key.pem"), key);
  return { folder, certificate };
}

async function startIn(folder: string): Promise<{ port: number; tlsPort: number; stop: () => Promise<void> }> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  await writeFile(join(folder, "nginx.conf"), nginxConfiguration({ port, tlsPort }));
  const server = startProcess({ program: NGINX, args: ["-p", folder, "-c", "nginx.conf", "-e", "stderr"], folder });
  try {
    await server.accepts(port);
    await server.accepts(tlsPort);
    return { port, tlsPort, stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Another process may take a free port first, hence the attempts. */
async function startSomehow(folder: string): ReturnType<typeof startIn> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startIn(folder);
    } catch (error) {
      if (attempt === ATTEMPTS || !String(error).includes("Address already in use")) throw error;
    }
  }
}

/** Starts nginx on free ports; undefined, with a printed reason, where it is missing. */
export async function startNginx(): Promise<Nginx | undefined> {
  if (!isAvailable(SERVERS.nginx)) return undefined;
  const files = makeFiles();
  const { folder, certificate } = await writeFolder(files);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const { port, tlsPort, stop } = await startSomehow(folder);
    const addresses = { url: `http://127.0.0.1:${port}`, tlsUrl: `https://localhost:${tlsPort}`, port, tlsPort };
    return { ...addresses, certificate, files, close: () => stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
