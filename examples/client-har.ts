// The modern client: everything that it sends and gets, as an HTTP archive for the developer tools of a browser; without secrets.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, recordHar, type Har } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

await using client = new Client({ connectTo, baseUrl: "http://httpbin.org/" });
await using recording = recordHar(client);

await (await client.get("redirect/1")).text();
await (await client.post("post?token=secret", { json: { user: "ann", password: "secret" } })).json();

const folder = await mkdtemp(join(tmpdir(), "har-"));
await recording.saveTo(join(folder, "example.har"));
const text = await readFile(join(folder, "example.har"), "utf8");
await rm(folder, { recursive: true });

const { log }: Har = JSON.parse(text);
for (const { request, response } of log.entries) console.log(request.method, new URL(request.url).pathname, response.status);
const [{ request, response, timings }] = log.entries.slice(-1) as [Har["log"]["entries"][number]];
console.log(request.postData?.text, response.content.mimeType, timings.wait >= 0);
console.log(text.includes('"secret'));
