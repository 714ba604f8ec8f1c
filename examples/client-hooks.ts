// The modern client: functions at the turns of every request: a token for each, a log, and errors counted.
import { Client } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

let tokens = 0;
const freshToken = async (): Promise<string> => `token-${++tokens}`;
const failures = new Map<string, number>();

await using client = new Client({
  baseUrl: "http://httpbin.org/",
  connectTo,
  timeout: 20_000,
  throwHttpErrors: true,
  hooks: {
    async beforeRequest({ headers }) {
      headers.set("Authorization", `Bearer ${await freshToken()}`);
    },
    beforeRedirect({ status, to }) {
      console.log(status, to);
      if (new URL(to).host !== "httpbin.org") throw new Error("only httpbin.org is trusted here");
    },
    afterResponse: ({ status, attempts }) => console.log(status, `after ${attempts.length}`),
    onError: ({ code }) => void failures.set(code, (failures.get(code) ?? 0) + 1),
  },
});

const bearer = await client.get("redirect-to?url=/bearer");
console.log(JSON.stringify(await bearer.json()));

for (const path of ["status/404", "redirect-to?url=http://127.0.0.1:1/", "status/500"]) await client.get(path).catch(() => {});
console.log(JSON.stringify([...failures]));
