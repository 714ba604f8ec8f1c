import type { OutgoingHttpHeaders } from "node:http";
import type { TestRequest } from "./httpbin-exchange.ts";

/** What the embedded server may do otherwise than the real one, each with its reason. */
export const DIFFERENCES = {
  words: "pages for people are written in this project's own words and drawings",
  badInput: "input that makes the real one fail with 500 is answered with 400, for the fault is the client's",
  encodedLocation: "the real one encodes non-ASCII in Location twice; the embedded one once (RFC 3986 §2.1)",
  newerDelay: "/delay takes every method, as the httpbin that came after Debian's does",
  slashes: "doubled slashes inside a path are not merged by a redirection",
} as const;

/** A request that both servers get. */
export interface Case extends TestRequest {
  /** What may differ. */
  readonly except?: {
    readonly reason: keyof typeof DIFFERENCES;
    readonly parts: readonly ("body" | "status" | "location" | "allow" | "content-type")[];
  };
}

/** The words of a text. */
const list = (text: string): string[] => text.split(/\s+/);

const words = { reason: "words", parts: ["body"] } as const;
const badInput = { reason: "badInput", parts: ["body", "status", "content-type"] } as const;
const utf8 = (text: string): string => encodeURIComponent(text);
const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_value, index) => index));
const form = { "Content-Type": "application/x-www-form-urlencoded" };
const json = { "Content-Type": "application/json" };
const multipart = { "Content-Type": 'multipart/form-data; boundary="b-1+2"' };
const part = (disposition: string, content: string, more = ""): string =>
  `--b-1+2\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${content}\r\n`;

const GET_PATHS = list(`/ /ip /get /headers /user-agent /gzip /deflate /brotli /html /robots.txt /uuid /cookies /cookies/set /bearer`);
const TEMPLATES = list(`/status/418 /delay/0 /redirect/2 /stream/2 /bytes/4?seed=1 /basic-auth/u/p /base64/aGk= /range/30 /cache/5
  /etag/x`);
const OTHERS = list(`/post /put /patch /delete /anything /anything/a/b /redirect-to?url=/get /response-headers?a=b /encoding/utf8`);
const METHODS = list(`GET HEAD OPTIONS POST PUT PATCH DELETE TRACE`);

/** Paths whose answer is a text in own words, or drawn at random. */
const hasOwnBody = (path: string): boolean => /^\/($|html|uuid|encoding|status\/418)/.test(path);

function methodCase(method: string, path: string): Case {
  if (path.startsWith("/delay") && !["GET", "HEAD"].includes(method)) {
    return { method, path, except: { reason: "newerDelay", parts: ["status", "body", "allow", "content-type"] } };
  }
  return hasOwnBody(path) ? { method, path, except: words } : { method, path };
}

const everyMethod = [...GET_PATHS, ...TEMPLATES, ...OTHERS].flatMap((path) => METHODS.map((method) => methodCase(method, path)));

const bodies: readonly Case[] = [
  { method: "POST", path: "/post", body: "" },
  { method: "POST", path: "/post", body: "plain text", headers: { "Content-Type": "text/plain" } },
  { method: "POST", path: "/post", body: "no type" },
  { method: "POST", path: "/post", body: ALL_BYTES, headers: { "Content-Type": "application/octet-stream" } },
  { method: "POST", path: "/post", body: '\0\x01\x1f \x7f\u0080é€😀\ud7ff\uffff"\\/\b\f\n\r\t' },
  { method: "POST", path: "/post", body: Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]) },
  { method: "POST", path: "/post", body: Buffer.from([0xed, 0xa0, 0x80]) },
  { method: "POST", path: "/post", body: "a=1&a=2&b=%C3%A9+%2B&c&&=x&d=1=2;3", headers: form },
  { method: "POST", path: "/post", body: ALL_BYTES, headers: form },
  { method: "POST", path: "/post", body: "a=1", headers: { "Content-Type": "Application/X-WWW-Form-Urlencoded ; charset=utf-8" } },
  { method: "POST", path: "/post", body: "hello", headers: { "Content-Type": "multipart/form-data" } },
  {
    method: "POST",
    path: "/post",
    body: `${part('name="a"', "1")}${part('name="a"', "2")}${part('name="é \\"q\\""', "é")}--b-1+2--\r\n`,
    headers: multipart,
  },
  {
    method: "POST",
    path: "/post",
    body: `preamble\r\n${part('name="f"; filename="x.txt"', "text\r\n--b-1", "Content-Type: text/plain\r\n")}--b-1+2--`,
    headers: multipart,
  },
  {
    method: "POST",
    path: "/post",
    body: Buffer.concat([Buffer.from(part('name=f; filename=""', "X").slice(0, -3)), ALL_BYTES, Buffer.from("\r\n--b-1+2--\r\n")]),
    headers: multipart,
  },
  {
    method: "POST",
    path: "/post",
    body: `${part('name="f"; filename="1"', "first")}${part('name="f"; filename="2"', "second")}--b-1+2--\r\n`,
    headers: multipart,
  },
  { method: "POST", path: "/post", body: part('name="a"', "never closed"), headers: multipart },
  { method: "POST", path: "/post", body: "--b-1+2--\r\n", headers: multipart },
  ...["PUT", "PATCH", "DELETE"].map((method): Case => ({
    method,
    path: `/${method.toLowerCase()}`,
    body: '{"a":[1,2,{}],"b":null}',
    headers: json,
  })),
  ...["GET", "POST", "PUT", "PATCH", "DELETE"].map((method): Case => ({ method, path: "/anything/x?y=z", body: "text" })),
];

const JSON_TEXTS = [
  "1",
  "-0",
  "0",
  "01",
  "1.0",
  "-0.0",
  "1e5",
  "1e15",
  "1e16",
  "1.5e300",
  "1e400",
  "1e-4",
  "1e-5",
  "123456789.123456789",
  "5e-324",
  "12345678901234567890123",
  "1.",
  ".5",
  "+1",
  "1 2",
  '"\\u00e9\\ud83d\\ude00\\u0000\\/"',
  '"\\x"',
  '"tab\there"',
  '"unfinished',
  '"\\\\"',
  '"\\""',
  "true",
  "null",
  "[null,false]",
  "tru",
  "NaN",
  "Infinity",
  "-Infinity",
  "[]",
  "[1,]",
  "[,1]",
  "{}",
  '{"a":}',
  ' \t\r\n{"b" : 1 , "a" : [ 1 , [ ] , { "c" : "d" } ] , "b" : 2 } \n',
  '{"":1,"10":2,"9":3,"\u{1f600}":4,"\uffff":5,"__proto__":6}',
  "{1:2}",
  "'a'",
  "",
  " ",
  `${"[".repeat(50)}${"]".repeat(50)}`,
];
const jsonBodies = JSON_TEXTS.map((body): Case => ({ method: "POST", path: "/post", body, headers: json }));

const targets: readonly Case[] = [
  ...[
    "?a=1&a=2&b=",
    "?a",
    "?",
    "?=x&a&&b=1=2;c",
    `?${utf8("é")}=${utf8("😀 +&=%")}`,
    "?a=%2F/%zz%e9%C3%A9&b=a+b%20c",
    "?q=[]{}|\\^`\"<>'()*!~@:,",
    "?a=%00%7f",
  ].map((query): Case => ({ path: `/get${query}` })),
  ...["/a%2Fb%20c%25", `/${utf8("päth/ñ")}`, "/%E9%ff", "/a;b=c,d:e@f", "/%3F%23", "/a+b"].map((rest): Case => ({
    path: `/anything${rest}`,
  })),
  { path: "//get" },
  { path: "/anything//x", except: { reason: "slashes", parts: ["status", "body", "location"] } },
  { path: "http://other.test/get?a=b" },
  { path: "/get#fragment" },
  ...list(`/get/ /nope /bytes/-1 /bytes/x /status /basic-auth/u /anythingelse /Get`).map((path): Case => ({
    path,
  })),
  { method: "OPTIONS", path: "/nope" },
];

const headers: readonly Case[] = [
  {
    path: "/headers",
    headers: ["X-B3-TraceId", "1", "x-a_b", "2", "X-1abc", "3", "x-a-b", "4", "X-Empty", "", "ETAG", "5", "X-Latin", "\xe9"],
  },
  { path: "/headers", headers: { "X-Forwarded-For": "1.2.3.4", Via: "proxy", "X-Request-Id": "7" } },
  { path: "/get?show_env=1", headers: { "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https" } },
  { path: "/get", headers: { "X-Forwarded-Ssl": "on" } },
  { path: "/user-agent", headers: { "User-Agent": "ESP8266" } },
  { path: "/get", headers: { Origin: "http://origin.test" } },
  { method: "OPTIONS", path: "/post", headers: { Origin: "http://origin.test", "Access-Control-Request-Headers": "X-A, X-B" } },
  ...["a=1; b=2; a=3", 'a="x\\054\\"y"; b="un; c', "a; =b; ;c=", "é=1"].map((Cookie): Case => ({
    path: "/cookies",
    headers: { Cookie: Buffer.from(Cookie).toString("latin1") },
  })),
];

const cookies: readonly Case[] = [
  "/set?a=b%20c",
  `/set?a=1&a=2&b=${utf8('é;,"\\')}`,
  "/set/name/value",
  "/set/n/a%2Bb",
  "/delete?a&b=1",
].map((path) => ({ path: `/cookies${path}` }));

const redirects: readonly Case[] = [
  ...list(`/redirect/1 /redirect/3 /redirect/3?absolute=TRUE /relative-redirect/1 /relative-redirect/9
  /absolute-redirect/1 /absolute-redirect/4 /redirect/10000000000000000000`).map((path): Case => ({ path })),
  ...["url=http://x.test/%3Fa", "url=/get&status_code=307", "URL=/get&status_code=200", "url="].map((query): Case => ({
    path: `/redirect-to?${query}`,
  })),
  { method: "POST", path: "/redirect-to?url=/post", body: "x" },
  { path: `/redirect-to?url=/${utf8("é")}`, except: { reason: "encodedLocation", parts: ["location"] } },
];

const spans: readonly (string | undefined)[] = [
  undefined,
  "bytes=0-4",
  "bytes=5-",
  "bytes=-7",
  "bytes=-700",
  "bytes=29-29",
  "bytes=30-40",
  "bytes=9-5",
  "bytes=0-99",
  "lines=1-2",
  "bytes=a-b",
];
const ranges = [
  ...spans.map((Range): Case => ({ path: "/range/30", headers: Range === undefined ? {} : { Range } })),
  ...["/range/0", "/range/102400", "/range/102401", "/range/30?chunk_size=7&duration=0.01"].map((path): Case => ({ path })),
];

const bytes = list(`/bytes/0 /bytes/1000?seed=0 /bytes/7?seed=-5 /bytes/1000?SEED=123456789012345678901234567890
  /stream-bytes/1000?seed=3&chunk_size=10 /stream-bytes/0 /stream/0 /stream/3?a=b&a=c /stream/200
  /drip?duration=0.01&numbytes=5&code=202 /drip?numbytes=0 /drip?duration=0&numbytes=2000 /delay/0.05?x=1
  /base64/aMOpIOKCrA== /base64/_-4=`).map((path): Case => (path.endsWith("_-4=") ? { path, except: badInput } : { path }));

const credentials = (text: string): OutgoingHttpHeaders => ({ Authorization: `Basic ${Buffer.from(text).toString("base64")}` });
const access: readonly Case[] = [
  { path: "/basic-auth/u/p", headers: credentials("u:p") },
  { path: "/basic-auth/u/p", headers: credentials("u:x") },
  { path: `/basic-auth/${utf8("ü")}/${utf8("p:q")}`, headers: credentials("ü:p:q") },
  { path: "/basic-auth/u/p", headers: { Authorization: "Basic" } },
  { path: "/hidden-basic-auth/u/p" },
  { path: "/hidden-basic-auth/u/p", headers: credentials("u:p") },
  { path: "/bearer", headers: { Authorization: "Bearer token" } },
];

const caching: readonly Case[] = [
  { path: "/cache", headers: { "If-None-Match": "x" } },
  { path: "/cache", headers: { "If-Modified-Since": "x" } },
  { path: "/cache/60" },
  { path: "/etag/abc", headers: { "If-None-Match": 'W/"abc", "def"' } },
  { path: "/etag/abc", headers: { "If-None-Match": '"def"', "If-Match": '"def"' } },
  { path: "/etag/abc", headers: { "If-Match": '"def"' } },
  { path: "/etag/abc", headers: { "If-Match": "*" } },
  ...[
    "",
    "?a=1&b=2&a=3",
    "?Content-Type=text/plain",
    "?x-a=1&X-A=2",
    `?${"a".repeat(20)}=${"b".repeat(60)}`,
    "?Connection=close&Server=x",
  ].map((query): Case => ({ path: `/response-headers${query}` })),
];

const OWN_WORDS = new Set([402, 406, 418]);
const statuses = [
  ...Array.from({ length: 400 }, (_value, index) => index + 200).map((code): Case =>
    OWN_WORDS.has(code) ? { path: `/status/${code}`, except: words } : { path: `/status/${code}` },
  ),
  ...["abc", "200,x", "404:1", "404,404", "503:0.5,503:2", "503:0,404:1", "999"].map((codes): Case => ({ path: `/status/${codes}` })),
  ...["POST", "PUT", "DELETE", "PATCH"].map((method): Case => ({ method, path: "/status/503", body: "x" })),
];

const failures: readonly Case[] =
  list(`/redirect/0 /delay/x /delay/-1 /bytes/3?seed=x /redirect-to /redirect-to?url=/&status_code=x /drip?numbytes=x
  /drip?duration=x /base64/aGVsbG8hISE$ /response-headers?a=%0d%0ab:c`).map((path) => ({ path, except: badInput }));

/** The cases by what they are about. */
export const GROUPS: Readonly<Record<string, readonly Case[]>> = {
  "each endpoint by each method": everyMethod,
  "request bodies, forms and files": bodies,
  "JSON bodies": jsonBodies,
  "paths and queries": targets,
  "request headers": headers,
  cookies,
  redirections: redirects,
  ranges,
  "bytes and streams": bytes,
  "access control": access,
  "caching and response headers": caching,
  "status codes": statuses,
  "input that is wrong": failures,
};
