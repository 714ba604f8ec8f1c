// The modern client: URLs from somebody else are not let into this machine's own networks, whatever they say.
import { Client, isHttpError, type Lookup } from "nodemcu-http/client";
import { isPublicAddress } from "nodemcu-http/transport";

// A name of somebody else's that leads inside; on the Internet it would be in their DNS.
const lookup: Lookup = (_host, done) =>
  done(null, [
    { address: "192.0.1.1", family: 4 },
    { address: "10.0.0.7", family: 4 },
  ]);

await using client = new Client({ guard: "public", lookup, maxBodySize: 1_000_000, timeout: 10_000 });

async function preview(url: string): Promise<string> {
  try {
    return await (await client.get(url)).text();
  } catch (error) {
    if (!isHttpError(error)) throw error;
    return `${error.code} in ${error.phase}: ${error.reason.split(", and the guard")[0]}`;
  }
}

for (const url of ["http://127.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest/meta-data/", "http://rebind.example/"])
  console.log(await preview(url));

console.log(isPublicAddress("8.8.8.8"), isPublicAddress("::ffff:127.0.0.1"));
