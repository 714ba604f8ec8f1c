// The modern client: sends again what failed, by rules, and tells of every attempt.
import { Client, isHttpError } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

await using client = new Client({
  baseUrl: "http://httpbin.org/",
  connectTo,
  timeout: 20_000,
  // A program would wait longer: the delay is 500 ms unless it is given.
  retry: { limit: 2, delay: 10 },
  hooks: { beforeRetry: ({ repetition, status, error }) => console.log("again", repetition, status ?? error?.code) },
});

const busy = await client.get("status/503");
console.log(busy.status, busy.attempts.map(({ status }) => status).join(" "));

try {
  await client.get("http://127.0.0.1:1/");
} catch (error) {
  if (!isHttpError(error)) throw error;
  console.log(error.code, `attempt ${error.attempt} of ${error.maxAttempts}`);
}

// A POST may have been acted upon: it is not repeated unless `methods` names it.
const posted = await client.post("status/503", { json: { celsius: 21.5 } });
console.log(posted.status, posted.attempts.length);
