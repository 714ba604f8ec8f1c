import { baseUrl } from "./report.ts";
import { errorReply, htmlReply, redirectReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import { parameter } from "./request.ts";
import type { HttpbinRequest } from "./request.ts";

const noHops = (): Reply => errorReply(400, "The number of redirects must be at least 1.");

/** The next stop of a chain with `count` hops left, `kind` naming its style. */
function nextStop(kind: "absolute" | "relative", count: bigint): string {
  return count === 1n ? "/get" : `/${kind}-redirect/${count - 1n}`;
}

/** /redirect/N */
export function redirectTimes(request: HttpbinRequest, [count = ""]: readonly string[]): Reply {
  const absolute = request.args.find(([name]) => name === "absolute")?.[1].toLowerCase() === "true";
  return absolute
    ? redirectAbsolute(request, [count])
    : BigInt(count) === 0n
      ? noHops()
      : redirectReply(nextStop("relative", BigInt(count)));
}

/** /absolute-redirect/N */
export function redirectAbsolute(request: HttpbinRequest, [count = ""]: readonly string[]): Reply {
  return BigInt(count) === 0n ? noHops() : redirectReply(baseUrl(request) + nextStop("absolute", BigInt(count)));
}

/** /relative-redirect/N: the same without a page. */
export function redirectRelative(_request: HttpbinRequest, [count = ""]: readonly string[]): Reply {
  if (BigInt(count) === 0n) return noHops();
  return htmlReply("", { status: 302, headers: [["Location", nextStop("relative", BigInt(count))]] });
}

// RFC 3986 §2.1: a URL carries other characters as percent-encoded UTF-8.
const encodeNonAscii = (url: string): string => url.replace(/[^\0-\x7f]+/g, (run) => encodeURI(run));

/** /redirect-to?url=URL&status_code=3xx */
export function redirectTo(request: HttpbinRequest): Reply {
  const url = parameter(request, "url");
  if (url === undefined) return errorReply(400, "The query must have a url.");
  const status = Number(parameter(request, "status_code") ?? 302);
  if (!Number.isInteger(status)) return errorReply(400, "The status_code must be a whole number.");
  const headers = [["Location", encodeNonAscii(url)]] as const;
  return htmlReply("", { status: status >= 300 && status < 400 ? status : 302, headers });
}
