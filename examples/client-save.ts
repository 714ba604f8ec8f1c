// The modern client: a body saved to a file, which is there when it is whole, and continued where it broke off.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

// A download may take longer than a minute: what counts is that it does not stand still (timeout.idle).
await using client = new Client({ baseUrl: "http://httpbin.org/", connectTo, timeout: { total: Infinity } });
const folder = await mkdtemp(join(tmpdir(), "downloads-"));

const response = await client.get("range/100000");
const { size, resumed } = await response.saveTo(join(folder, "large.bin"), { resume: true });
console.log(response.status, size, resumed, await readdir(folder));

try {
  await (await client.get("bytes/10")).saveTo(join(folder, "missing", "small.bin"));
} catch (error) {
  console.log(error instanceof Error && error.message.replace(/.*cannot be written: (.*?)\. .*/, "$1"));
}
await rm(folder, { recursive: true });
