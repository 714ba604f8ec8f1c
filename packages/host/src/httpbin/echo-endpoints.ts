import { object } from "./json-value.ts";
import { report, reportWithBody } from "./report.ts";
import type { Member } from "./report.ts";
import { jsonReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { HttpbinRequest } from "./request.ts";

const REQUEST: readonly Member[] = ["url", "args", "headers", "origin"];

/** /ip */
export const echoOrigin = (request: HttpbinRequest): Reply => jsonReply(report(request, ["origin"]));

/** /headers */
export const echoHeaders = (request: HttpbinRequest): Reply => jsonReply(report(request, ["headers"]));

/** /user-agent */
export const echoUserAgent = (request: HttpbinRequest): Reply =>
  jsonReply(object({ "user-agent": request.headers.get("User-Agent") ?? null }));

/** /get */
export const echoRequest = (request: HttpbinRequest): Reply => jsonReply(report(request, REQUEST));

/** /post, /put, /patch, /delete */
export const echoBody = (request: HttpbinRequest): Reply => jsonReply(reportWithBody(request, REQUEST));

/** /anything */
export const echoAnything = (request: HttpbinRequest): Reply => jsonReply(reportWithBody(request, [...REQUEST, "method"]));
