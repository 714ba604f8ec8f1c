import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onCore } from "../cores.ts";
import { withManyFiles } from "../descriptors.ts";
import { makeFolder, type ServerFolder } from "./folder.ts";
import type { BenchServer } from "./index.ts";
import { makePages, type Page } from "./pages.ts";

/** Where Debian has it. */
export const NGINX = "/usr/sbin/nginx";

// The shell's standard input is a pipe from this process: it ends when this one does, whatever ends it, and nginx with it.
const GUARD = `"$@" & read -r line; kill $!; wait`;
const START_LIMIT = 10_000;
const RETRY_AFTER = 20;

interface Ports {
  readonly port: number;
  readonly tlsPort: number;
}

const location = (path: string, { type, encoding }: Page): string => {
  const header = encoding === undefined ? "" : ` add_header Content-Encoding ${encoding};`;
  return `    location = ${path} { types {} default_type "${type}";${header} }`;
};

// Every subject keeps up to 1000 connections open while it is not its turn. A body is read to its end only by a proxy: /sink hands the request, without the body, to a second server inside the same process.
const configuration = ({ port, tlsPort }: Ports, pages: Readonly<Record<string, Page>>): string => `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr error;

events { worker_connections 16384; }

http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=16;
  open_file_cache_valid 1h;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_buffer_size 128m;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;

  upstream inner { server unix:inner.sock; keepalive 64; }
  server { listen unix:inner.sock; root www; types {} default_type "text/plain; charset=utf-8"; }

  server {
    listen 127.0.0.1:${port} backlog=4096;
    listen 127.0.0.1:${tlsPort} ssl backlog=4096;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    root www;
${Object.entries(pages)
  .map(([path, page]) => location(path, page))
  .join("\n")}
    location = /sink {
      proxy_pass http://inner/small.txt;
      proxy_method GET;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_pass_request_body off;
    }
  }
}
`;

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return address !== null && typeof address !== "string" ? address.port : 0;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function untilAccepting(ports: readonly number[]): Promise<void> {
  for (const limit = Date.now() + START_LIMIT; Date.now() < limit; await sleep(RETRY_AFTER)) {
    if ((await Promise.all(ports.map(accepts))).every(Boolean)) return;
  }
  throw new Error("nginx did not start");
}

async function fill(folder: ServerFolder, ports: Ports): Promise<void> {
  const pages = makePages();
  for (const [path, { body }] of Object.entries(pages)) {
    const file = join(folder.path, "www", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, body);
  }
  await writeFile(join(folder.path, "nginx.conf"), configuration(ports, pages));
}

const version = (): string => /nginx\/(\S+)/.exec(String(spawnSync(NGINX, ["-v"]).stderr))?.[1] ?? "";

/** Starts nginx on free ports, as one process on that core. */
export async function startNginx(core: number | undefined): Promise<BenchServer> {
  const folder = await makeFolder();
  const ports = { port: await freePort(), tlsPort: await freePort() };
  await fill(folder, ports);
  const { program, args } = withManyFiles(onCore(core, { program: NGINX, args: ["-p", folder.path, "-c", "nginx.conf", "-e", "stderr"] }));
  const shell = spawn("/bin/sh", ["-c", GUARD, "sh", program, ...args], { stdio: ["pipe", "ignore", "inherit"], cwd: folder.path });
  const ended = once(shell, "exit");
  const close = async (): Promise<void> => {
    shell.stdin.end();
    await ended;
    folder.remove();
  };
  try {
    await untilAccepting([ports.port, ports.tlsPort]);
  } catch (error) {
    await close();
    throw error;
  }
  const origins = { origin: `http://127.0.0.1:${ports.port}`, tlsOrigin: `https://127.0.0.1:${ports.tlsPort}` };
  return { name: `nginx ${version()}`, ...origins, certificate: folder.certificate, close };
}
