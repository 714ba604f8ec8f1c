// The modern client as fetch: handed to a library that takes one, with the client's defaults and with errors that say why.
import { Client, isHttpError } from "nodemcu-http/client";
import { connectTo } from "./connect-to.ts";

/** As the SDK of some service would be: all it knows is the standard's fetch. */
class Devices {
  readonly #fetch: typeof fetch;

  constructor(options: { readonly fetch: typeof fetch }) {
    this.#fetch = options.fetch;
  }

  async store(name: string, signal?: AbortSignal): Promise<unknown> {
    const init = { method: "POST", body: JSON.stringify({ name }), headers: { "Content-Type": "application/json" } };
    const response = await this.#fetch("http://httpbin.org/post", { ...init, ...(signal && { signal }) });
    if (!response.ok) throw new Error(`the service answered ${response.status}`);
    return response.json();
  }
}

await using client = new Client({ connectTo, headers: { "X-Room": "kitchen" }, timeout: 5_000 });
const devices = new Devices({ fetch: client.fetch });

const { json, headers } = (await devices.store("lamp")) as { json: unknown; headers: Record<string, string> };
console.log(JSON.stringify(json), headers["X-Room"]);

const response = await client.fetch(new URL("http://httpbin.org/redirect/2"));
console.log(response instanceof Response, response.status, response.redirected, response.url);
await response.body?.cancel();

await devices.store("fan", AbortSignal.abort("not now")).catch((reason: unknown) => console.log(reason));
await client.fetch("http://127.0.0.1:1/").catch((error: unknown) => {
  if (error instanceof TypeError && isHttpError(error.cause)) console.log(error.cause.code, error.cause.phase);
});
