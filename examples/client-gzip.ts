// The modern client: compressed answers are asked for and decoded, within limits that an option sets.
import { Client, isHttpError } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

await using client = new Client({ baseUrl: "http://httpbin.org/", connectTo });

const response = await client.get("gzip");
const { gzipped } = (await response.json()) as { gzipped: boolean };
console.log(gzipped, response.headers.get("content-encoding"));

const raw = await (await client.get("gzip", { decompress: false })).bytes();
console.log("as it came:", raw[0] === 0x1f && raw[1] === 0x8b);

try {
  await (await client.get("gzip", { maxBodySize: raw.length, decompress: { maxRatio: 100 } })).bytes();
} catch (error) {
  if (!isHttpError(error)) throw error;
  console.log(error.code, error.blame);
}
