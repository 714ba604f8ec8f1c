// The modern client: redirects that are followed, looked at, refused, and what they do not take along.
import { Client, isHttpError } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

await using client = new Client({ baseUrl: "http://httpbin.org/", connectTo, timeout: 20_000, secrets: ["X-Device-Pin"] });

const followed = await client.get("redirect/2");
console.log(followed.status, followed.redirected, followed.url, followed.attempts.length);

const looked = await client.get("redirect/2", { redirect: "manual" });
console.log(looked.status, looked.headers.get("location"));

async function refusal(path: string, options: Parameters<typeof client.get>[1]): Promise<string> {
  try {
    return String((await client.get(path, options)).status);
  } catch (error) {
    if (!isHttpError(error)) throw error;
    return `${error.code} ${error.attempt}`;
  }
}
console.log(await refusal("redirect/5", { maxRedirects: 3 }), await refusal("redirect/1", { redirect: "error" }));

// 127.0.0.1 is another host: what is secret stays behind.
const elsewhere = `http://127.0.0.1:${connectTo["httpbin.org:80"]?.split(":")[1] ?? 8080}/headers`;
const headers = { "X-Device-Pin": "1234", "X-Room": "kitchen" };
const moved = await client.get("redirect-to", { searchParams: { url: elsewhere }, headers });
const { headers: arrived } = (await moved.json()) as { headers: Record<string, string> };
console.log(arrived["X-Room"], arrived["X-Device-Pin"]);
