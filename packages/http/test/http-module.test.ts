import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { getEventListeners } from "node:events";
import type { Socket } from "node:net";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import {
  createHttp,
  http,
  type HttpFailure,
  type HttpDiagnostic,
  type HttpExchange,
  type HttpModule,
  type HttpSettings,
} from "../src/index.ts";
import { startRawServer, type RawServer } from "../../../test/helpers/raw-server.ts";

let server: RawServer;
before(async () => {
  server = await startRawServer((socket, request) => (ROUTES[/^\S* (\/[^?/ ]*)/.exec(request)?.[1] ?? ""] ?? echo)(socket, request));
});
after(() => server.close());

const reply = (socket: Socket, head: string, body: string | Uint8Array = ""): void => {
  socket.write(`HTTP/1.1 ${head}\r\nContent-Length: ${Buffer.from(body).length}\r\n\r\n`);
  socket.end(body);
};
const echo = (socket: Socket, request: string): void => reply(socket, "200 OK\r\nContent-Type: text/plain", request);

const ROUTES: Readonly<Record<string, (socket: Socket, request: string) => void>> = {
  "/latin1": (socket) => reply(socket, "200 OK\r\nContent-Type: text/plain; charset=ISO-8859-1", Buffer.from([0x63, 0x61, 0x66, 0xe9])),
  "/utf8": (socket) => reply(socket, "200 OK", Buffer.from("grüße\0!")),
  "/wrong": (socket) => reply(socket, "200 OK", Buffer.from([0x61, 0xff, 0x62])),
  "/unknown-charset": (socket) => reply(socket, '200 OK\r\nContent-Type: text/plain; charset="no-such"', Buffer.from("é")),
  "/cookies": (socket) =>
    reply(socket, "200 OK\r\nSet-Cookie: a=1; Expires=Mon, 1 Jan 2035\r\nSet-Cookie: b=2\r\nVary: x\r\nvary: y\r\n__proto__: z"),
  "/silent": () => {},
  "/early": (socket) => reply(socket, "413 Too Large", "no"),
  "/to": (socket, request) => reply(socket, `302 Found\r\nLocation: ${decodeURIComponent(/\?(\S*)/.exec(request)?.[1] ?? "")}`),
  "/see-other": (socket) => reply(socket, "303 See Other\r\nLocation: /echo", "x".repeat(1000)),
  "/large-redirect": (socket) => void socket.write("HTTP/1.1 302 Found\r\nLocation: /echo\r\nContent-Length: 1000000\r\n\r\nand so on"),
  "/keep": (socket) => reply(socket, "307 Temporary Redirect\r\nLocation: /echo"),
};

interface Result {
  readonly code: number;
  readonly data: string | undefined;
  readonly headers: Record<string, string> | undefined;
  readonly failure: HttpFailure | undefined;
}

function call(
  start: (module: HttpModule, done: Parameters<HttpModule["get"]>[2] & object) => void,
  settings?: HttpSettings,
): Promise<Result> {
  return new Promise((resolve) =>
    start(settings ? createHttp(settings) : http, (code, data, headers, failure) => resolve({ code, data, headers, failure })),
  );
}
const get = (path: string, settings?: HttpSettings): Promise<Result> =>
  call((module, done) => module.get(`${server.url}${path}`, null, done), settings);

test("data is a string by the charset of the response, else UTF-8, NUL included", async () => {
  assert.equal((await get("/latin1")).data, "café");
  assert.equal((await get("/utf8")).data, "grüße\0!");
  assert.equal((await get("/wrong")).data, "a\ufffdb");
  assert.equal((await get("/unknown-charset")).data, "é");
});

test('with body: "bytes" data is a Uint8Array with nothing behind it in its memory', async () => {
  const data = await new Promise<Uint8Array | undefined>((resolve) =>
    createHttp({ body: "bytes" }).get(`${server.url}/wrong`, null, (_code, bytes) => resolve(bytes)),
  );
  assert.deepEqual(data, Uint8Array.of(0x61, 0xff, 0x62));
  assert.equal(data?.buffer.byteLength, 3);
});

test("header lines of one name are joined; Set-Cookie by a line feed; no name reaches a prototype", async () => {
  const { headers } = await get("/cookies");
  assert.equal(headers?.["set-cookie"], "a=1; Expires=Mon, 1 Jan 2035\nb=2");
  assert.equal(headers["vary"], "x, y");
  assert.equal(Object.getPrototypeOf(headers), null);
  assert.ok(Object.keys(headers).includes("__proto__"));
});

test("headers may be an object of strings, a body text is UTF-8, a body of bytes is itself", async () => {
  const text = await call((module, done) => module.post(`${server.url}/`, { "X-One": "1", "User-Agent": "me" }, "ü", done));
  // The server shows each byte it got as one character.
  assert.match(text.data ?? "", /User-Agent: ESP8266\r\nX-One: 1\r\nContent-Length: 2\r\n\r\n\xc3\xbc$/);
  const bytes = await call((module, done) => module.put(`${server.url}/`, undefined, Buffer.from("abcdef").subarray(1, 3), done));
  assert.match(bytes.data ?? "", /Content-Length: 2\r\n\r\nbc$/);
});

test("a wrong type is a TypeError at once, and no request is made", () => {
  const any = http as unknown as Record<string, (...args: unknown[]) => void>;
  const before = server.requests.length;
  const wrong: readonly [string, unknown[], RegExp][] = [
    ["get", [], /^http\.get: url must be a string, not undefined$/],
    ["get", [5], /url must be a string, not a number/],
    ["get", [new URL("http://x/")], /url must be a string, not URL/],
    ["request", ["http://x/", null], /method must be a string, not null/],
    ["get", ["http://x/", 5], /headers must be a string, an object of strings, null or undefined, not a number/],
    ["get", ["http://x/", ["X: 1"]], /headers must be .*, not Array/],
    ["get", ["http://x/", new Headers({ "X-One": "1" })], /headers must be .*, not Headers/],
    ["post", ["http://x/", null, { a: 1 }], /body must be a string, a Uint8Array, null or undefined, not Object/],
    ["get", ["http://x/", null, "cb"], /callback must be a function, null or undefined, not a string/],
    ["get", ["http://x/", { a: 5 }], /headers: the value of "a" must be a string/],
  ];
  for (const [name, args, message] of wrong) assert.throws(() => any[name]?.(...args), { name: "TypeError", message });
  assert.equal(server.requests.length, before);
});

test("settings that cannot be meant are refused at once", () => {
  const wrong: readonly [HttpSettings, RegExp][] = [
    [{ timeout: 0 }, /timeout must be milliseconds above 0, not 0/],
    [{ timeout: Number.NaN }, /timeout/],
    [{ memory: -1 }, /memory must be bytes above 0/],
    [{ memory: "1000" as unknown as number }, /memory must be bytes above 0, not 1000/],
    [{ signal: {} as AbortSignal }, /signal must be an AbortSignal/],
    [{ redirects: 1.5 }, /redirects must be a whole number from 0/],
    [{ body: "json" as "text" }, /body must be "text" or "bytes"/],
    [{ connectTo: { "a:80": "b" } }, /connectTo: "b" is not "host:port"/],
    [{ connectTo: { a: "b:80" } }, /connectTo: "a" is not "host:port"/],
    [{ connectTo: { "a:80": "b:99999" } }, /connectTo: "b:99999"/],
  ];
  for (const [settings, message] of wrong) assert.throws(() => createHttp(settings), { name: "RangeError", message });
});

test("what somebody put on Object.prototype changes nothing", async () => {
  const prototype = Object.prototype as Record<string, unknown>;
  Object.assign(prototype, { timeout: 1, redirects: 5, memory: 1, connectTo: { "127.0.0.1:80": "127.0.0.1:1" }, "x-polluted": "1" });
  try {
    const { code, data } = await call((module, done) => module.get(`${server.url}/`, {}, done), {});
    assert.equal(code, 200);
    assert.doesNotMatch(data ?? "", /polluted/);
  } finally {
    for (const name of ["timeout", "redirects", "memory", "connectTo", "x-polluted"]) delete prototype[name];
  }
});

test("connectTo changes the address alone: Host keeps the URL's name", async () => {
  const { data } = await call((module, done) => module.get("http://Device.Example:8080/", null, done), {
    connectTo: { "DEVICE.example:08080": `127.0.0.1:${server.port}` },
  });
  assert.match(data ?? "", /^GET \/ HTTP\/1\.1\r\nHost: Device\.Example:8080\r\n/);
});

test("a redirect is a status unless redirects are asked for, and then it is followed up to their number", async () => {
  assert.equal((await get("/to?/echo")).code, 302);
  const followed = await get("/to?/echo/there", { redirects: 1 });
  assert.match(followed.data ?? "", /^GET \/echo\/there /);
  const loop = await get("/to?/to?/to?/echo", { redirects: 1 });
  assert.equal(loop.failure?.code, "too-many-redirects");
});

test("an end of the time after a redirect tells of the server it led to, not of the one before", async () => {
  const { failure } = await get("/to?/silent", { redirects: 1, timeout: 200 });
  assert.match(failure?.message ?? "", /\/silent: no complete response .*\(the server had not answered\)\.$/);
});

test("the body of a redirect that is followed is not wanted, however large it would be", async () => {
  const { code } = await get("/large-redirect", { redirects: 1, memory: 2000 });
  assert.equal(code, 200);
});

test("303 becomes a GET without the body and its fields; 307 repeats the request", async () => {
  const post = (path: string): Promise<Result> =>
    call((module, done) => module.post(`${server.url}${path}`, "Content-Type: text/x\r\nX-Mine: 1\r\n", "body", done), { redirects: 2 });
  const seen = (await post("/see-other")).data ?? "";
  assert.match(seen, /^GET \/echo /);
  assert.doesNotMatch(seen, /Content-(?:Type|Length)|body/);
  assert.match(seen, /X-Mine: 1/);
  assert.match((await post("/keep")).data ?? "", /^POST \/echo [^]*Content-Type: text\/x[^]*body$/);
});

test("secrets stay with their origin when a redirect leads to another port", async () => {
  const other = await startRawServer(echo);
  try {
    const headers = "Authorization: Bearer s3cret\r\nX-Api-Key: s3cret\r\nCookie: a=s3cret\r\nX-Plain: kept\r\n";
    const away = await call((module, done) => module.get(`${server.url}/to?${encodeURIComponent(`${other.url}/`)}`, headers, done), {
      redirects: 1,
    });
    assert.match(away.data ?? "", /X-Plain: kept/);
    assert.doesNotMatch(away.data ?? "", /s3cret/);
    const home = await call((module, done) => module.get(`${server.url}/to?/echo`, headers, done), { redirects: 1 });
    assert.match(home.data ?? "", /Authorization: Bearer s3cret/);
  } finally {
    await other.close();
  }
});

test("a signal gives up what is under way and what is asked for later, each with -1 and aborted", async () => {
  const controller = new AbortController();
  const underWay = get("/silent", { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 30);
  const { code, failure } = await underWay;
  assert.deepEqual([code, failure?.code, failure?.cause instanceof Error && failure.cause.message], [-1, "aborted", "enough"]);
  assert.equal((await get("/", { signal: controller.signal })).failure?.code, "aborted");
});

test("a signal that many requests share carries one listener, and none when they are over", async () => {
  const { signal } = new AbortController();
  const requests = Array.from({ length: 50 }, () => get("/", { signal }));
  assert.equal(getEventListeners(signal, "abort").length, 1);
  await Promise.all(requests);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a server that answers before it has read the body is heard", async () => {
  const { code, data } = await call((module, done) => module.post(`${server.url}/early`, null, new Uint8Array(3_000_000), done));
  assert.deepEqual([code, data], [413, "no"]);
});

test("each exchange is told once, with its bytes and the time of each phase", async () => {
  const exchanges: HttpExchange[] = [];
  await get("/echo/x", { onExchange: (exchange) => exchanges.push(exchange) });
  await get("/silent", { timeout: 50, onExchange: (exchange) => exchanges.push(exchange) });
  const [good, bad] = exchanges;
  assert.equal(exchanges.length, 2);
  assert.deepEqual([good?.method, good?.status, good?.finalUrl], ["GET", 200, `${server.url}/echo/x`]);
  assert.ok(good && good.bytesSent > 50 && good.bytesReceived > good.bytesSent);
  assert.deepEqual(Object.keys(good.timings).toSorted(), ["connect", "receive", "send", "total", "wait"]);
  assert.deepEqual([bad?.status, bad?.failure?.code, bad?.bytesReceived], [-1, "timeout", 0]);
});

test("what a reserved header would have said is reported by name", async () => {
  const diagnostics: HttpDiagnostic[] = [];
  const settings = { onDiagnostic: (diagnostic: HttpDiagnostic) => diagnostics.push(diagnostic) };
  await call((module, done) => module.get(`${server.url}/`, "Host: evil\r\n", done), settings);
  assert.deepEqual(
    diagnostics.map(({ code, method, url }) => [code, method, url]),
    [["reserved-header", "GET", `${server.url}/`]],
  );
  assert.match(diagnostics[0]?.message ?? "", /^the header Host was left out/);
});

test("an error in a callback is the program's, and harms no other request", async () => {
  const program = `
    import { http } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
    process.on("uncaughtException", (error) => console.log("caught", error.message));
    http.get("${server.url}/echo/mine", null, () => { throw new Error("mine"); });
    http.get("${server.url}/echo/other", null, (code) => console.log("other", code));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
    timeout: 30_000,
  });
  assert.deepEqual(stdout.trim().split("\n").toSorted(), ["caught mine", "other 200"]);
});

test("a thousand overlapping calls give a thousand right answers", async () => {
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, index) => get(`/echo/${index}`)));
  answers.forEach(({ code, data }, index) => {
    assert.equal(code, 200);
    assert.match(data ?? "", new RegExp(`^GET /echo/${index} `));
  });
});

test("passwords and header values never stand in a message", async () => {
  const results = [
    await call((module, done) => module.get("http://user:s3cret@127.0.0.1/", null, done)),
    await call((module, done) => module.get(`${server.url}/`, "Authorization: s3cret\0\r\n", done)),
    await call((module, done) => module.get(`${server.url}/`, { Authorization: "s3cret\n" }, done)),
    await call((module, done) => module.get(`${server.url}/`, "Authorization: s3cret", done)),
  ];
  for (const { failure } of results) {
    assert.ok(failure);
    assert.doesNotMatch(`${failure.message} ${failure.stack} ${JSON.stringify(failure)}`, /s3cret/);
  }
});
