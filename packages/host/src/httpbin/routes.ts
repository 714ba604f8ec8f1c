import { randomUUID } from "node:crypto";
import { basicAuth, bearerAuth, hiddenBasicAuth } from "./access-endpoints.ts";
import { answerBytes, drip, streamBytes } from "./byte-endpoints.ts";
import { deleteCookies, setCookiesOfQuery, setOneCookie, showCookies } from "./cookie-endpoints.ts";
import { echoAnything, echoBody, echoHeaders, echoOrigin, echoRequest, echoUserAgent } from "./echo-endpoints.ts";
import { answerBase64, answerBrotli, answerDeflate, answerGzip, answerUtf8 } from "./encoding-endpoints.ts";
import { answerCached, answerTagged, cacheFor, responseHeaders } from "./header-endpoints.ts";
import { object } from "./json-value.ts";
import { landingPage, NOVEL_PAGE, ROBOTS } from "./pages.ts";
import { answerRange } from "./range-endpoint.ts";
import { redirectAbsolute, redirectRelative, redirectTimes, redirectTo } from "./redirect-endpoints.ts";
import { htmlReply, jsonReply, typedReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { HttpbinRequest } from "./request.ts";
import { answerStatus } from "./status-endpoints.ts";
import { answerLater, streamLines } from "./timing-endpoints.ts";

/** What an endpoint does with a request and the variable segments of its path. */
export type Endpoint = (request: HttpbinRequest, segments: readonly string[]) => Reply | Promise<Reply>;

/** A line of the table: which paths, by which methods, answered by what. */
export interface Route {
  /** `<int>` is decimal digits, `<text>` one segment, `<path>` the rest of the path. */
  readonly path: string;
  /** Besides OPTIONS, and HEAD where GET is, which every route has. */
  readonly methods: readonly string[];
  readonly answer: Endpoint;
}

const GET = ["GET"];
const ANY = ["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE"];

/** Every endpoint; no two lines match the same path. */
export const ROUTES: readonly Route[] = [
  { path: "/", methods: GET, answer: () => htmlReply(landingPage(ROUTES.map(({ path }) => path))) },
  { path: "/html", methods: GET, answer: () => htmlReply(NOVEL_PAGE) },
  { path: "/robots.txt", methods: GET, answer: () => typedReply({ type: "text/plain", body: ROBOTS }) },
  { path: "/uuid", methods: GET, answer: () => jsonReply(object({ uuid: randomUUID() })) },
  { path: "/ip", methods: GET, answer: echoOrigin },
  { path: "/headers", methods: GET, answer: echoHeaders },
  { path: "/user-agent", methods: GET, answer: echoUserAgent },
  { path: "/get", methods: GET, answer: echoRequest },
  { path: "/post", methods: ["POST"], answer: echoBody },
  { path: "/put", methods: ["PUT"], answer: echoBody },
  { path: "/patch", methods: ["PATCH"], answer: echoBody },
  { path: "/delete", methods: ["DELETE"], answer: echoBody },
  { path: "/anything", methods: ANY, answer: echoAnything },
  { path: "/anything/<path>", methods: ANY, answer: echoAnything },
  { path: "/status/<text>", methods: ANY, answer: answerStatus },
  { path: "/delay/<text>", methods: ANY, answer: answerLater },
  { path: "/redirect/<int>", methods: GET, answer: redirectTimes },
  { path: "/relative-redirect/<int>", methods: GET, answer: redirectRelative },
  { path: "/absolute-redirect/<int>", methods: GET, answer: redirectAbsolute },
  { path: "/redirect-to", methods: ANY, answer: redirectTo },
  { path: "/stream/<int>", methods: GET, answer: streamLines },
  { path: "/bytes/<int>", methods: GET, answer: answerBytes },
  { path: "/stream-bytes/<int>", methods: GET, answer: streamBytes },
  { path: "/drip", methods: GET, answer: drip },
  { path: "/range/<int>", methods: GET, answer: answerRange },
  { path: "/gzip", methods: GET, answer: answerGzip },
  { path: "/deflate", methods: GET, answer: answerDeflate },
  { path: "/brotli", methods: GET, answer: answerBrotli },
  { path: "/encoding/utf8", methods: GET, answer: answerUtf8 },
  { path: "/base64/<text>", methods: GET, answer: answerBase64 },
  { path: "/basic-auth/<text>/<text>", methods: GET, answer: basicAuth },
  { path: "/hidden-basic-auth/<text>/<text>", methods: GET, answer: hiddenBasicAuth },
  { path: "/bearer", methods: GET, answer: bearerAuth },
  { path: "/cookies", methods: GET, answer: showCookies },
  { path: "/cookies/set", methods: GET, answer: setCookiesOfQuery },
  { path: "/cookies/set/<text>/<text>", methods: GET, answer: setOneCookie },
  { path: "/cookies/delete", methods: GET, answer: deleteCookies },
  { path: "/response-headers", methods: ["GET", "POST"], answer: responseHeaders },
  { path: "/cache", methods: GET, answer: answerCached },
  { path: "/cache/<int>", methods: GET, answer: cacheFor },
  { path: "/etag/<text>", methods: GET, answer: answerTagged },
];
