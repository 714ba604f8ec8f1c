import { randomUUID } from "node:crypto";
import { echoRequest } from "./echo-endpoints.ts";
import { collect } from "./form.ts";
import type { Json } from "./json-value.ts";
import { errorReply, jsonReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { HttpbinRequest } from "./request.ts";
import { statusReply } from "./status-endpoints.ts";
import type { Pairs } from "./url-text.ts";

const withHeaders = (reply: Reply, headers: Pairs): Reply => ({ ...reply, headers: [...reply.headers, ...headers] });

/** The values of each field, those of a name in other letters included. */
function describeHeaders(headers: Pairs): Map<string, Json> {
  const values = collect(headers.map(([name, value]) => [name.toLowerCase(), value]));
  return new Map(headers.map(([name]) => [name, values.get(name.toLowerCase()) ?? null]));
}

/** The fields of the query grouped by name, in the order the names come first. */
const grouped = (args: Pairs): Pairs =>
  [...new Set(args.map(([name]) => name))].flatMap((name) => args.filter(([other]) => other === name));

/** /response-headers?NAME=VALUE: the answer lists its own header section, its own length included. */
export function responseHeaders(request: HttpbinRequest): Reply {
  const extra = grouped(request.args);
  if (extra.some(([name]) => name.toLowerCase() === "content-length")) return errorReply(400, "The answer keeps its own Content-Length.");
  let reply = jsonReply([]);
  let length = -1;
  while (reply.body instanceof Uint8Array && reply.body.length !== length) {
    length = reply.body.length;
    const headers = [["Content-Type", "application/json"] as const, ["Content-Length", String(length)] as const, ...extra];
    reply = jsonReply(describeHeaders(headers), { headers: extra });
  }
  return reply;
}

/** /cache: 304 to a conditional request. */
export function answerCached(request: HttpbinRequest): Reply {
  if (request.headers.get("If-Modified-Since") || request.headers.get("If-None-Match")) return statusReply(304);
  return withHeaders(echoRequest(request), [
    ["Last-Modified", new Date().toUTCString()],
    ["ETag", randomUUID().replaceAll("-", "")],
  ]);
}

/** /cache/SECONDS */
export const cacheFor = (request: HttpbinRequest, [seconds = ""]: readonly string[]): Reply =>
  withHeaders(echoRequest(request), [["Cache-Control", `public, max-age=${BigInt(seconds)}`]]);

/** The entity tags of a list, without quotes and weakness marks (RFC 9110 §8.8.3). */
const readTags = (list: string | undefined): string[] =>
  (list ?? "").split(",").map((tag) => tag.trim().replace(/^(?:W\/)?"?([^"]*)"?$/, "$1"));

/** /etag/TAG: answers If-None-Match and If-Match (RFC 9110 §13.1). */
export function answerTagged(request: HttpbinRequest, [tag = ""]: readonly string[]): Reply {
  const matches = (tags: readonly string[]): boolean => tags.includes(tag) || tags.includes("*");
  const unwanted = request.headers.get("If-None-Match");
  const wanted = request.headers.get("If-Match");
  if (unwanted && matches(readTags(unwanted))) return withHeaders(statusReply(304), [["ETag", tag]]);
  if (!unwanted && wanted && !matches(readTags(wanted))) return statusReply(412);
  return withHeaders(echoRequest(request), [["ETag", tag]]);
}
