import { Client } from "./client.ts";
import type { Fetch } from "./fetch.ts";
import type { RequestOptions } from "./options/options.ts";
import type { ClientResponse } from "./response/response.ts";

/** One client for all who do not make their own. Its free connections do not keep the process alive. */
let shared: Client | undefined;

/** {@link Client.request} on a client that the whole program shares. */
export function request(method: string, url: string | URL, options?: RequestOptions): Promise<ClientResponse> {
  shared ??= new Client();
  return shared.request(method, url, options);
}

/** The standard's fetch on the same client. See {@link Fetch}. */
export const fetch: Fetch = (input, init) => {
  shared ??= new Client();
  return shared.fetch(input, init);
};

type Shorthand = (url: string | URL, options?: RequestOptions) => Promise<ClientResponse>;

const shorthand =
  (method: string): Shorthand =>
  (url, options) =>
    request(method, url, options);

/** {@link request} with its method. */
export const get: Shorthand = shorthand("GET");
export const head: Shorthand = shorthand("HEAD");
export const post: Shorthand = shorthand("POST");
export const put: Shorthand = shorthand("PUT");
export const patch: Shorthand = shorthand("PATCH");
export const del: Shorthand = shorthand("DELETE");
export const options: Shorthand = shorthand("OPTIONS");
