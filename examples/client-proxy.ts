// The modern client: through a proxy that wants a password; by the environment; and none at all.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { Client, isHttpError } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

// A proxy for this example: it opens tunnels, for who knows the password.
const proxy = createServer().on("connect", ({ url = "", headers }, client) => {
  const { hostname, port } = new URL(`tcp://${url}`);
  const known = headers["proxy-authorization"] === `Basic ${btoa("ann:secret")}`;
  client.write(`HTTP/1.1 ${known ? "200 Connection established" : "407 Proxy Authentication Required"}\r\n\r\n`);
  if (known) client.pipe(connect(Number(port), hostname)).pipe(client);
  else client.end();
});
await new Promise<void>((listening) => void proxy.listen(0, "127.0.0.1", listening));
const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;

const ca = process.env["CA_FILE"];
const tls = ca === undefined ? {} : { ca: readFileSync(ca) };
const client = new Client({ baseUrl: "https://httpbin.org/", connectTo, tls, timeout: 20_000, proxy: `http://ann:secret@${address}` });

const through = await client.get("headers");
console.log(
  through.status,
  (await through.text()).includes("Proxy-Authorization"),
  through.connection?.peer?.port === Number(address.split(":")[1]),
);

const failed: unknown = await client.get("get", { proxy: `http://${address}` }).catch((error: unknown) => error);
if (isHttpError(failed)) console.log(failed.code, failed.phase, failed.reason.includes(address));

// https_proxy would be used, but no_proxy excepts this host.
Object.assign(process.env, { https_proxy: "http://127.0.0.1:1", no_proxy: "httpbin.org" });
for (const way of ["environment", false] as const) console.log((await client.get("get", { proxy: way })).status);
client.close();
proxy.close();
