// The modern client: JSON both ways, a query, a header of its own, and an error that tells what happened.
import { Client, HttpStatusError } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

const client = new Client({ baseUrl: "http://httpbin.org/", connectTo, timeout: 5_000, throwHttpErrors: true });

const found = await client.get("get", { searchParams: { room: "kitchen" }, headers: { "X-Device": "lamp" } });
const { args } = (await found.json()) as { args: Record<string, string> };
console.log(found.status, args["room"]);

const stored = await client.post("post", { json: { celsius: 21.5 } });
const { json } = (await stored.json()) as { json: { celsius: number } };
console.log(stored.status, json.celsius, stored.connection.reused);

try {
  await client.get("status/404");
} catch (error) {
  if (!(error instanceof HttpStatusError)) throw error;
  console.log(error.code, error.response.status, error.attempt);
}
client.close();
