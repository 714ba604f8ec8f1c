import { collect, readPayload } from "./form.ts";
import type { Json, JsonObject } from "./json-value.ts";
import type { HttpbinRequest } from "./request.ts";
import { showTarget } from "./url-text.ts";

// What proxies add; httpbin hides it unless the query has show_env.
const PROXY_HEADERS: readonly string[] = [
  "X-Varnish",
  "X-Request-Start",
  "X-Heroku-Queue-Depth",
  "X-Real-Ip",
  "X-Forwarded-Proto",
  "X-Forwarded-Protocol",
  "X-Forwarded-Ssl",
  "X-Heroku-Queue-Wait-Time",
  "X-Forwarded-For",
  "X-Heroku-Dynos-In-Use",
  "X-Forwarded-Port",
  "X-Request-Id",
  "Via",
  "Total-Route-Time",
  "Connect-Time",
];

function shownHeaders(request: HttpbinRequest): JsonObject {
  const headers = new Map(request.headers);
  if (!request.args.some(([name]) => name === "show_env")) for (const name of PROXY_HEADERS) headers.delete(name);
  return headers;
}

function shownScheme({ headers, scheme }: HttpbinRequest): string {
  const forwarded = headers.get("X-Forwarded-Proto") ?? headers.get("X-Forwarded-Protocol");
  return forwarded ?? (headers.get("X-Forwarded-Ssl") === "on" ? "https" : scheme);
}

/** The scheme and host that a client sees the server under. */
export const baseUrl = (request: HttpbinRequest): string => `${request.scheme}://${request.host}`;

type Describe = (request: HttpbinRequest) => Json;

/** The members a report can have besides those of the body. */
export type Member = "url" | "args" | "headers" | "origin" | "method";

const MEMBERS: Readonly<Record<Member, Describe>> = {
  url: (request) => `${shownScheme(request)}://${request.host}${showTarget(request.path, request.query)}`,
  args: (request) => collect(request.args),
  headers: shownHeaders,
  origin: (request) => request.headers.get("X-Forwarded-For") ?? request.remoteAddress,
  method: (request) => request.method,
};

/** These members of what httpbin tells about a request, in this order. */
export const report = (request: HttpbinRequest, members: readonly Member[]): Map<string, Json> =>
  new Map<string, Json>(members.map((member) => [member, MEMBERS[member](request)]));

/** The same with the members of the body: form, data, files, json. */
export function reportWithBody(request: HttpbinRequest, members: readonly Member[]): Map<string, Json> {
  const { form, data, files, json } = readPayload(request);
  return new Map<string, Json>([...report(request, members), ["form", form], ["data", data], ["files", files], ["json", json]]);
}
