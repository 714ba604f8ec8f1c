// The modern client: what went wrong, whose fault it was, and how far the request had come.
import { get, isHttpError } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

async function attempt(url: string, timeout: number): Promise<void> {
  try {
    console.log((await get(url, { connectTo, timeout })).status);
  } catch (error) {
    if (!isHttpError(error)) throw error;
    const { code, phase, blame, bytesReceived } = error;
    console.log(code, phase, blame, bytesReceived);
  }
}

await attempt("http://httpbin.org/delay/5", 200);
await attempt("http://127.0.0.1:1/", 5_000);
await attempt("http://httpbin.org/a b", 5_000);
await attempt("http://httpbin.org/redirect/3", 5_000);
