// The modern client: time-outs per phase, a call that is given up, and the progress of a body.
import { Client, isHttpError, type Progress } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

await using client = new Client({ baseUrl: "http://httpbin.org/", connectTo, timeout: { total: 20_000, headers: 10_000 } });

async function failure(call: Promise<unknown>): Promise<string> {
  try {
    return String(await call);
  } catch (error) {
    if (!isHttpError(error)) throw error;
    return `${error.code} in ${error.phase}: ${/\(timeout\.\w+\)|given up/.exec(error.message)?.[0]}`;
  }
}

console.log(await failure(client.get("delay/5", { timeout: { headers: 200 } })));
console.log(await failure(client.get("delay/5", { timeout: 200 })));

// One signal may be given to any number of requests.
const stop = new AbortController();
const calls = Promise.all([1, 2, 3].map(() => failure(client.get("delay/5", { signal: stop.signal }))));
setTimeout(() => stop.abort(), 200);
console.log(await calls);

const heard = new Map<string, string>();
const onProgress = ({ direction, transferred, total }: Progress): void => void heard.set(direction, `${transferred} of ${total}`);
await (await client.put("put", { body: new Uint8Array(300_000), onProgress })).bytes();
console.log("upload:", heard.get("upload"));
await (await client.get("range/100000", { onProgress })).bytes();
console.log("download:", heard.get("download"));
