import { quoteCookie, readCookies } from "./cookie-text.ts";
import { object } from "./json-value.ts";
import { jsonReply, redirectReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { HttpbinRequest } from "./request.ts";
import type { Pairs } from "./url-text.ts";

/** The first value of each name, as httpbin reports cookies and takes them from a query. */
function firstOfEach(pairs: Pairs): Map<string, string> {
  const first = new Map<string, string>();
  for (const [name, value] of pairs) if (!first.has(name)) first.set(name, value);
  return first;
}

const bytesOf = (name: string): string => Buffer.from(name).toString("latin1");

function setCookies(request: HttpbinRequest, cookies: Iterable<readonly [string, string]>): Reply {
  const attributes = request.scheme === "https" ? "; Secure; Path=/" : "; Path=/";
  const headers = [...cookies].map(([name, value]) => ["Set-Cookie", `${bytesOf(name)}=${quoteCookie(value)}${attributes}`] as const);
  return redirectReply("/cookies", headers);
}

/** /cookies */
export const showCookies = (request: HttpbinRequest): Reply =>
  jsonReply(object({ cookies: firstOfEach(readCookies(request.headers.get("Cookie") ?? "")) }));

/** /cookies/set?NAME=VALUE */
export const setCookiesOfQuery = (request: HttpbinRequest): Reply => setCookies(request, firstOfEach(request.args));

/** /cookies/set/NAME/VALUE */
export const setOneCookie = (request: HttpbinRequest, [name = "", value = ""]: readonly string[]): Reply =>
  setCookies(request, [[name, value]]);

/** /cookies/delete?NAME */
export function deleteCookies(request: HttpbinRequest): Reply {
  const names = [...firstOfEach(request.args).keys()];
  const headers = names.map(
    (name) => ["Set-Cookie", `${bytesOf(name)}=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/`] as const,
  );
  return redirectReply("/cookies", headers);
}
