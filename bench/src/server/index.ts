import { existsSync } from "node:fs";
import { NGINX, startNginx } from "./nginx.ts";
import { startNodeServer } from "./node-server-process.ts";

/** A server on the loopback, in a process of its own. */
export interface BenchServer {
  readonly name: string;
  /** Without a slash at the end. */
  readonly origin: string;
  readonly tlsOrigin: string;
  /** The file with the certificate to trust. */
  readonly certificate: string;
  close(): Promise<void>;
}

/** Starts nginx where it is installed, else a server on node:net. */
export const startServer = (core: number | undefined): Promise<BenchServer> =>
  existsSync(NGINX) ? startNginx(core) : startNodeServer(core);
