// The modern client: a body piece by piece, as fast as it is used; and one that nobody wants.
import { Client } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

await using client = new Client({ connectTo });

let length = 0;
for await (const piece of await client.get("http://httpbin.org/stream-bytes/100000?seed=1")) length += piece.length;
console.log(length);

{
  await using response = await client.get("http://httpbin.org/bytes/50000?seed=1");
  console.log(response.status, response.headers.get("content-length"), response.bodyUsed);
} // Here what is left of the body is dropped, and the connection is free again.

const { timings } = await client.get("http://httpbin.org/ip");
console.log(Object.keys(timings).includes("wait"), timings.total < 60_000);
