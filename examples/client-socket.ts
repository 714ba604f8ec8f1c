// The modern client: over a Unix socket, as daemons have one.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, isHttpError } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

// A daemon for this example.
const folder = mkdtempSync(join(tmpdir(), "daemon-"));
const socketPath = join(folder, "daemon.sock");
const daemon = createServer(({ headers, url }, response) => {
  if (url === "/moved") response.writeHead(302, { Location: "http://httpbin.org/get" }).end();
  else response.end(JSON.stringify({ host: headers.host, url }));
});
await new Promise<void>((listening) => void daemon.listen(socketPath, listening));

const client = new Client({ baseUrl: "http://daemon/v1/", socketPath, connectTo, timeout: 20_000 });
console.log(await (await client.get("info")).text());

// Only the first host is behind the socket: a redirect elsewhere goes over the network.
const moved = await client.get("/moved");
console.log(moved.status, moved.url, moved.connection?.peer !== undefined);

const nobody: unknown = await client.get("info", { socketPath: join(folder, "none") }).catch((error: unknown) => error);
if (isHttpError(nobody)) console.log(nobody.code, nobody.phase);

client.close();
daemon.close();
rmSync(folder, { recursive: true });
