import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { startRawServer, type RawServer } from "../helpers/raw-server.ts";
import { UNKNOWN_NAME } from "../helpers/unknown-name.ts";
import { callOne, type Call, type Operation, type Outcome, type Subject } from "./subject.ts";

/** The promises of the http module and the decisions where its document leaves things open, for any way to the module. */
export function contractSuite(subject: Subject): void {
  describe(`the contract through ${subject.name}`, { concurrency: true }, () => {
    let server: RawServer;
    before(async () => {
      server = await startRawServer((socket, request) => answerFor(request)(socket, request));
    });
    after(() => server.close());

    const one = (call: Partial<Call> & { path?: string }, setup = {}): Promise<Outcome> =>
      callOne(subject, { operation: "get", url: `${server.url}${call.path ?? "/echo"}`, ...call }, setup);
    const echoed = async (call: Partial<Call> & { path?: string }): Promise<string> => (await one(call)).data?.toString("latin1") ?? "";

    describe("what is sent", () => {
      for (const [operation, method] of METHODS) {
        test(`${operation} sends ${method}`, async () => {
          const text = await echoed({ operation, method, path: "/echo/a?b=c" });
          assert.match(text, new RegExp(`^${method} /echo/a\\?b=c HTTP/1\\.1\r\n`));
        });
      }

      test("request sends any method as it is written", async () => {
        for (const method of ["OPTIONS", "PATCH", "PROPFIND", "Purge"]) {
          assert.match(await echoed({ operation: "request", method }), new RegExp(`^${method} `));
        }
      });

      test("the head is Host, Connection, User-Agent, the caller's lines, Content-Length, and nothing else (P2, P8)", async () => {
        const text = await echoed({
          operation: "post",
          headers: "Content-Type: text/plain\r\nX-Mine:  1 \r\n",
          body: Buffer.from("hello"),
        });
        const host = server.url.slice("http://".length);
        assert.equal(
          text,
          `POST /echo HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nUser-Agent: ESP8266\r\nContent-Type: text/plain\r\nX-Mine: 1\r\nContent-Length: 5\r\n\r\nhello`,
        );
      });

      test("headers may be nil or empty (P2)", async () => {
        assert.equal(await echoed({ headers: undefined }), await echoed({ headers: "" }));
      });

      test("Host, Connection and User-Agent cannot be overridden, in any case of letters, and that is reported (P7)", async () => {
        const outcome = await one({ headers: "HOST: evil\r\nconnection: keep-alive\r\nUser-Agent: me\r\nX-A: b\r\n" });
        const lines = (outcome.data?.toString("latin1") ?? "").split("\r\n");
        assert.deepEqual(lines.slice(1, 5), [`Host: ${server.url.slice(7)}`, "Connection: close", "User-Agent: ESP8266", "X-A: b"]);
        assert.deepEqual(outcome.diagnostics, ["reserved-header", "reserved-header", "reserved-header"]);
      });

      test("a custom header works for every operation (P7)", async () => {
        for (const [operation, method] of METHODS)
          assert.match(await echoed({ operation, method, headers: "X-Every: yes\r\n" }), /\r\nX-Every: yes\r\n/);
      });

      test("an empty body is sent as a body of no bytes (P3)", async () => {
        assert.match(await echoed({ operation: "delete", body: Buffer.alloc(0) }), /\r\nContent-Length: 0\r\n\r\n$/);
      });

      test("get has no Content-Length; post, put and PATCH without a body say that it has no bytes", async () => {
        assert.doesNotMatch(await echoed({}), /Content-Length/i);
        for (const call of [{ operation: "post" }, { operation: "put" }, { operation: "request", method: "PATCH" }] as const) {
          assert.match(await echoed(call), /\r\nContent-Length: 0\r\n\r\n$/);
        }
      });

      test("every byte value survives in the body, both ways", async () => {
        const body = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
        const { data } = await one({ operation: "post", path: "/mirror", body });
        assert.deepEqual(data, body);
      });

      test("bytes above ASCII survive in a header's value", async () => {
        assert.match(await echoed({ headers: "X-Latin: caf\xe9\r\n" }), /\r\nX-Latin: caf\xe9\r\n/);
      });

      test("a body of 1 MiB is sent whole", async () => {
        const body = Buffer.alloc(1_048_576, "0123456789abcdef");
        const { code, data } = await one({ operation: "put", path: "/length", body });
        assert.deepEqual([code, data?.toString()], [200, String(body.length)]);
      });

      test("the fragment of a URL is not sent, a query without a path is", async () => {
        assert.match(await echoed({ path: "/echo?x=1#part" }), /^GET \/echo\?x=1 HTTP/);
        assert.match(await echoed({ url: `${server.url}?x=1` }), /^GET \/\?x=1 HTTP/);
      });
    });

    describe("what comes back", () => {
      test("the callback gets the status, the body and the header fields by lower-case name (P4, P5)", async () => {
        const outcome = await one({ path: "/plain" });
        assert.equal(outcome.code, 200);
        assert.equal(outcome.data?.toString(), "hello");
        assert.equal(outcome.headers?.get("x-mixed"), "Case, second");
        assert.equal(outcome.failure, undefined);
      });

      test("every status of the server arrives as it is, errors and redirects too (P5)", async () => {
        for (const status of [200, 201, 204, 301, 302, 304, 307, 400, 401, 404, 418, 500, 503, 599, 999]) {
          assert.equal((await one({ path: `/status/${status}` })).code, status);
        }
      });

      test("a response to HEAD has an empty body, whatever its length says", async () => {
        const { code, data, headers } = await one({ operation: "request", method: "HEAD", path: "/plain" });
        assert.deepEqual([code, data?.length, headers?.get("content-length")], [200, 0, "5"]);
      });

      test("a chunked body arrives without its framing", async () => {
        assert.equal((await one({ path: "/chunked" })).data?.toString(), "one two three");
      });

      test("a body without length ends with the connection", async () => {
        assert.equal((await one({ path: "/until-close" })).data?.toString(), "until the end");
      });

      test("interim responses are not the answer", async () => {
        const { code, data } = await one({ path: "/interim" });
        assert.deepEqual([code, data?.toString()], [200, "final"]);
      });

      test("a server that keeps the connection open is not waited for", async () => {
        assert.equal((await one({ path: "/kept-open" })).data?.toString(), "hello");
      });

      test("the call returns nothing, and the callback comes once, later, also when everything fails at once", async () => {
        for (const call of [
          { path: "/plain" },
          { url: "nonsense" },
          { url: "http://127.0.0.1:1/" },
          { headers: "broken" },
          { operation: "request", method: "" },
        ] as const) {
          const { calls, early, returned } = await one(call);
          assert.deepEqual({ calls, early, returned }, { calls: 1, early: false, returned: returned === "nil" ? "nil" : "undefined" });
        }
      });

      test("without a callback the request is made and its result dropped", async () => {
        const path = `/plain?no-callback-${subject.name.length}`;
        const { calls } = await one({ path, callback: false });
        assert.equal(calls, 0);
        assert.ok(server.requests.some((request) => request.startsWith(`GET ${path} `)));
      });

      test("a hundred overlapping calls each get their own answer", async () => {
        const calls = Array.from({ length: 100 }, (_, index): Call => ({ operation: "get", url: `${server.url}/slow-echo/${index}` }));
        const outcomes = await subject.call({}, calls);
        outcomes.forEach(({ calls: times, code, data }, index) => {
          assert.deepEqual([times, code], [1, 200]);
          assert.match(data?.toString() ?? "", new RegExp(`^GET /slow-echo/${index} `));
        });
      });
    });

    describe("what fails, with -1 and nothing else (P5)", () => {
      for (const [what, call, failure] of FAILING) {
        test(`${what}: ${failure}`, async () => {
          const outcome = await one(typeof call === "function" ? call(server) : call);
          assert.deepEqual([outcome.calls, outcome.code, outcome.data, outcome.headers], [1, -1, undefined, undefined]);
          assert.equal(outcome.failure, failure);
          assert.ok((outcome.reason ?? "").length > 20, outcome.reason);
        });
      }

      test("nothing is sent when the arguments are refused", async () => {
        const before = server.requests.filter((request) => request.includes("refused-here")).length;
        for (const call of [
          { headers: "X: 1" },
          { headers: "X: 1\nY: 2\r\n" },
          { operation: "request", method: "GET /x HTTP/1.1\r\nX" },
        ] as const) {
          assert.equal((await one({ path: "/refused-here", ...call })).code, -1);
        }
        assert.equal((await one({ path: "/refused-here\r\nX: y" })).code, -1);
        assert.equal(server.requests.filter((request) => request.includes("refused-here")).length, before);
      });

      test("a response larger than the memory fails, and one that fits does not (P9)", async () => {
        const setup = { memory: 60_000 };
        const large = await one({ path: "/bytes/100000" }, setup);
        assert.deepEqual([large.calls, large.code, large.failure], [1, -1, "response-too-large"]);
        const unannounced = await one({ path: "/endless" }, setup);
        assert.deepEqual([unannounced.calls, unannounced.code, unannounced.failure], [1, -1, "response-too-large"]);
        const small = await one({ path: "/bytes/3000" }, setup);
        assert.deepEqual([small.code, small.data?.length], [200, 3000]);
      });

      test("a server that never answers is a timeout after 10 seconds (P6)", async () => {
        const outcome = await one({ path: "/silent" });
        assert.deepEqual([outcome.calls, outcome.code, outcome.failure], [1, -1, "timeout"]);
        assert.match(outcome.reason ?? "", /within 10000 ms/);
      });

      test("bytes that trickle do not put the timeout off (P6)", async () => {
        const outcome = await one({ path: "/trickle" });
        assert.deepEqual([outcome.calls, outcome.code, outcome.failure], [1, -1, "timeout"]);
      });
    });
  });
}

const METHODS: readonly (readonly [Operation, string])[] = [
  ["get", "GET"],
  ["post", "POST"],
  ["put", "PUT"],
  ["delete", "DELETE"],
  ["request", "PATCH"],
];

type Answer = (socket: Socket, request: string) => void;

const FAILING: readonly (readonly [string, (Partial<Call> & { path?: string }) | ((server: RawServer) => Partial<Call>), string])[] = [
  ["a name that nobody knows", { url: "http://no-such-host.invalid/" }, UNKNOWN_NAME],
  ["a port where nobody listens", { url: "http://127.0.0.1:1/" }, "connect-refused"],
  ["a URL without its prefix (P1)", { url: "127.0.0.1/ip" }, "invalid-url"],
  ["another scheme", { url: "ftp://127.0.0.1/" }, "invalid-url"],
  ["a space in the URL", { path: "/a b" }, "invalid-url"],
  ["CR and LF in the URL", { path: "/a\r\nX-Evil: 1" }, "invalid-url"],
  ["NUL in the URL", { path: "/a\0b" }, "invalid-url"],
  ["a password in the URL", (server) => ({ url: server.url.replace("http://", "http://user:pass@") }), "invalid-url"],
  ["a port that is none", { url: "http://127.0.0.1:99999/" }, "invalid-url"],
  ["a method with a space", { operation: "request", method: "GET /x" }, "invalid-method"],
  ["CR and LF in the method", { operation: "request", method: "GET / HTTP/1.1\r\nX" }, "invalid-method"],
  ["an empty method", { operation: "request", method: "" }, "invalid-method"],
  ["a header line without its CRLF (P2)", { headers: "X-A: b" }, "invalid-headers"],
  ["a header line that ends in LF alone", { headers: "X-A: b\n" }, "invalid-headers"],
  ["a header line without a colon", { headers: "X-A\r\n" }, "invalid-headers"],
  ["a header name with a space", { headers: "X A: b\r\n" }, "invalid-headers"],
  ["NUL in a header", { headers: "X-A: b\0c\r\n" }, "invalid-headers"],
  ["headers that end before their end", { headers: "X-A: b\r\n\r\nGET / HTTP/1.1\r\n" }, "invalid-headers"],
  [
    "a second opinion about the length",
    { operation: "post", headers: "Content-Length: 3\r\n", body: Buffer.from("hello") },
    "invalid-headers",
  ],
  ["a server that closes without an answer", { path: "/nothing" }, "closed-early"],
  ["a head that is cut", { path: "/cut-head" }, "closed-early"],
  ["a body shorter than its length", { path: "/short" }, "closed-early"],
  ["a chunked body without its end", { path: "/short-chunked" }, "closed-early"],
  ["a reset before the answer", { path: "/reset" }, "connection-reset"],
  ["a reset in the body", { path: "/reset-body" }, "connection-reset"],
  ["a reset of a body that ends with the connection", { path: "/reset-until-close" }, "connection-reset"],
  ["another protocol", { path: "/ssh" }, "malformed-response"],
  ["a header field without a colon", { path: "/bad-field" }, "malformed-response"],
  ["two lengths that differ", { path: "/two-lengths" }, "malformed-response"],
  ["a coding nobody asked for", { path: "/gzip-coding" }, "malformed-response"],
  ["a chunk size that is none", { path: "/bad-chunk" }, "malformed-response"],
  ["an upgrade nobody asked for", { path: "/upgrade" }, "malformed-response"],
  ["endless header fields", { path: "/endless-head" }, "head-too-large"],
];

const send =
  (text: string): Answer =>
  (socket) =>
    void socket.end(text, "latin1");

const sendThenReset =
  (text: string): Answer =>
  (socket) => {
    socket.write(text, "latin1", () => setTimeout(() => socket.resetAndDestroy(), 20));
  };

/** Answers by the first part of the path. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  echo: (socket, request) => respond(socket, request),
  "": (socket, request) => respond(socket, request),
  "slow-echo": (socket, request) => void setTimeout(() => respond(socket, request), 30),
  mirror: (socket, request) => respond(socket, request.slice(request.indexOf("\r\n\r\n") + 4)),
  length: (socket, request) => respond(socket, String(request.length - request.indexOf("\r\n\r\n") - 4)),
  plain: (socket, request) => {
    const body = request.startsWith("HEAD ") ? "" : "hello";
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Mixed: Case\r\nx-mixed: second\r\n\r\n${body}`);
  },
  status: (socket, request) => {
    const status = /\/status\/(\d+)/.exec(request)?.[1] ?? "500";
    socket.end(`HTTP/1.1 ${status} Whatever\r\nLocation: /plain\r\nContent-Length: 0\r\n\r\n`);
  },
  bytes: (socket, request) => respond(socket, "x".repeat(Number(/\/bytes\/(\d+)/.exec(request)?.[1]))),
  chunked: send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none \r\n4;a=b\r\ntwo \r\n5\r\nthree\r\n0\r\nX-T: 1\r\n\r\n"),
  "until-close": send("HTTP/1.0 200 OK\r\n\r\nuntil the end"),
  interim: send(
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfinal",
  ),
  "kept-open": (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
  nothing: send(""),
  "cut-head": send("HTTP/1.1 200 OK\r\nContent-Le"),
  short: send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"),
  "short-chunked": send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
  reset: (socket) => void socket.resetAndDestroy(),
  "reset-body": sendThenReset("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"),
  "reset-until-close": sendThenReset("HTTP/1.1 200 OK\r\n\r\nhello"),
  ssh: send("SSH-2.0-OpenSSH_9.2\r\n"),
  "bad-field": send("HTTP/1.1 200 OK\r\nNo colon here\r\n\r\n"),
  "two-lengths": send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
  "gzip-coding": send("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
  "bad-chunk": send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
  upgrade: send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
  "endless-head": (socket) => flood(socket, "HTTP/1.1 200 OK\r\n", `X-Filler: ${"x".repeat(1000)}\r\n`),
  endless: (socket) => flood(socket, "HTTP/1.1 200 OK\r\n\r\n", "x".repeat(1000)),
  silent: () => {},
  trickle: (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    const timer = setInterval(() => socket.write("x"), 100);
    socket.on("close", () => clearInterval(timer));
  },
};

function answerFor(request: string): Answer {
  const name = /^\S* \/([^/? ]*)/.exec(request)?.[1] ?? "";
  return ANSWERS[name] ?? send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

const respond = (socket: Socket, body: string): void =>
  void socket.end(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`, "latin1"));

/** Sends the same again and again, up to 4 MiB: endless for any limit here, and bounded for the machine. */
function flood(socket: Socket, head: string, filler: string): void {
  socket.write(head);
  for (let sent = 0; sent < 4_194_304 && !socket.destroyed; sent += filler.length) socket.write(filler);
}
