// The modern client: a file, a stream as it is made, and a stream that can be sent again after a redirect.
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

await using client = new Client({ baseUrl: "http://httpbin.org/", connectTo });
const folder = await mkdtemp(join(tmpdir(), "upload-"));
await writeFile(join(folder, "log.txt"), "21.5\n".repeat(20_000));

async function* readings(): AsyncGenerator<string> {
  for (let celsius = 20; celsius < 23; celsius++) yield `${celsius}\n`;
}

async function put(path: string, body: Parameters<typeof client.put>[1]): Promise<{ data: string; headers: Record<string, string> }> {
  const response = await client.put(path, body);
  return (await response.json()) as { data: string; headers: Record<string, string> };
}

{
  await using file = await open(join(folder, "log.txt"));
  const { data, headers } = await put("put", { body: file, headers: { "Content-Type": "text/plain" } });
  console.log("file:", data.length, headers["Content-Length"]);
}

const { data } = await put("put", { body: readings() });
console.log("stream:", JSON.stringify(data));

const moved = await put("redirect-to?status_code=307&url=/put", { body: readings });
console.log("sent again:", JSON.stringify(moved.data));
await rm(folder, { recursive: true });
