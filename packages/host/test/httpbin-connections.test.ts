import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { startHttpbin } from "../src/httpbin/index.ts";
import type { Httpbin } from "../src/httpbin/index.ts";
import { exchange, parse } from "./httpbin-exchange.ts";
import type { Answer, TestRequest } from "./httpbin-exchange.ts";

let server: Httpbin;
before(async () => {
  server = await startHttpbin();
});
after(() => server.close());

const ask = (request: TestRequest): Promise<Answer> => exchange({ port: server.port, host: "httpbin.org" }, request);
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => ask({ path, headers });

/** Sends bytes as they are and returns all that comes back until the server closes. */
async function raw(bytes: string | Buffer): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.setTimeout(10_000, () => socket.destroy());
  socket.write(bytes, "latin1");
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

describe("methods", () => {
  const paths = ["/", "/ip", "/get", "/status/200", "/stream/2", "/bytes/9?seed=1", "/gzip", "/encoding/utf8", "/redirect/2"];

  test("HEAD answers as GET does, without the body", async () => {
    for (const path of paths) {
      const [whole, head] = [await get(path), await ask({ method: "HEAD", path })];
      const { "transfer-encoding": _chunked, ...headers } = whole.headers;
      assert.deepEqual([head.status, head.headers, head.body.length], [whole.status, headers, 0], path);
    }
  });

  test("OPTIONS lists the methods of every path", async () => {
    for (const path of [...paths, "/post", "/put", "/delete"]) {
      const answer = await ask({ method: "OPTIONS", path, headers: { "Access-Control-Request-Headers": "X-A", Origin: "http://a.test" } });
      assert.match(answer.headers["allow"] ?? "", /\bOPTIONS\b/, path);
      assert.equal(answer.headers["access-control-allow-headers"], "X-A");
      assert.equal(answer.headers["access-control-allow-origin"], "http://a.test");
      assert.equal(answer.headers["access-control-max-age"], "3600");
    }
  });

  test("a method that a path does not serve gets 405 with Allow, an unknown path 404", async () => {
    const answer = await ask({ method: "DELETE", path: "/get" });
    assert.deepEqual([answer.status, answer.headers["allow"]], [405, "GET,HEAD,OPTIONS"]);
    assert.equal((await get("/nope")).status, 404);
  });

  test("a method that nobody knows gets the same", async () => {
    assert.match(
      await raw("FETCH /post HTTP/1.1\r\nHost: a\r\n\r\n"),
      /^HTTP\/1\.1 405 METHOD NOT ALLOWED\r\n[^]*Allow: POST, OPTIONS\r\n/,
    );
    assert.match(await raw("FETCH /nope HTTP/1.1\r\nHost: a\r\n\r\n"), /^HTTP\/1\.1 404 NOT FOUND\r\n/);
    assert.match(await raw("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"), /^HTTP\/1\.1 405 METHOD NOT ALLOWED\r\n/);
  });
});

describe("connections", () => {
  test("a body in chunks is read like one with a length", async () => {
    const head = "POST /post HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    assert.match(await raw(`${head}3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n`), /"data": "abcde"/);
  });

  test("stay open over HTTP/1.1 and close over HTTP/1.0", async () => {
    const two = await raw("GET /ip HTTP/1.1\r\nHost: a\r\n\r\nGET /ip HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert.equal(two.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
    assert.match(await raw("GET /stream/1 HTTP/1.0\r\n\r\n"), new RegExp(`"url": "http://127\\.0\\.0\\.1:${server.port}/stream/1"`));
  });

  test("get an answer to what is no request, and the server goes on", async () => {
    assert.match(await raw("\0\x01\xff garbage\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.match(await raw("GET /ip HTTP/1.1\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.match(await raw(`GET /ip HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(await raw("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.equal((await get("/ip")).status, 200);
  });

  test("a client that leaves in the middle of a body or an answer leaves no trace", async () => {
    for (const text of ["POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", "GET /drip HTTP/1.1\r\nHost: a\r\n\r\n"]) {
      const socket = connect(server.port, "127.0.0.1");
      socket.write(text);
      await once(socket, "connect");
      socket.destroy();
    }
    assert.equal((await get("/ip")).status, 200);
  });

  test("a body over 16 MiB gets 413", async () => {
    const answer = await ask({ method: "POST", path: "/post", body: Buffer.alloc(17 * 1024 * 1024) });
    assert.equal(`${answer.status} ${answer.text}`, "413 REQUEST ENTITY TOO LARGE");
    assert.match(await raw("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n"), /^HTTP\/1\.1 413 /);
  });

  test("bodies made to wear a reader out are answered", async () => {
    const size = 8 * 1024 * 1024;
    const multipart = { "Content-Type": "multipart/form-data; boundary=x" };
    const bodies = ["1".repeat(size), `"${"\\".repeat(size)}"`, " ".repeat(size), `[${"1,".repeat(size / 16)}1]`, `"${"a".repeat(size)}"`];
    const forms = [
      "--x\r\n".repeat(size / 64),
      `--x\r\nContent-Disposition: form-data; name="${"a".repeat(size)}"\r\n\r\n\r\n--x--`,
      "\r".repeat(size),
    ];
    for (const body of bodies) assert.equal((await ask({ method: "PUT", path: "/put", body })).status, 200, body.slice(0, 9));
    for (const body of forms)
      assert.equal((await ask({ method: "PUT", path: "/put", body, headers: multipart })).status, 200, body.slice(0, 9));
  });

  test("JSON nested without end is told as no JSON", async () => {
    const answer = parse(await ask({ method: "POST", path: "/post", body: "[".repeat(1_000_000) }));
    assert.equal(answer["json"], null);
  });
});

describe("starting and closing", () => {
  test("each start has its own ports and addresses", async () => {
    const other = await startHttpbin({ port: 0, host: "127.0.0.1" });
    assert.deepEqual([other.url, other.tlsUrl], [`http://127.0.0.1:${other.port}`, `https://127.0.0.1:${other.tlsPort}`]);
    assert.equal(new Set([other.port, other.tlsPort, server.port, server.tlsPort]).size, 4);
    await other.close();
  });

  test("a port in use rejects and leaves nothing open", async () => {
    await assert.rejects(startHttpbin({ tlsPort: server.port }), { code: "EADDRINUSE" });
  });

  test("closing ends idle connections and answers that are under way", async () => {
    const other = await startHttpbin();
    const idle = connect(other.port, "127.0.0.1");
    await once(idle, "connect");
    const waiting = http.get({ port: other.port, host: "127.0.0.1", path: "/drip?numbytes=100000&duration=10", agent: false });
    await once(waiting, "response");
    await Promise.all([other.close(), once(idle.resume(), "close"), once(waiting, "close")]);
    await assert.rejects(exchange({ port: other.port }, { path: "/ip" }), { code: "ECONNREFUSED" });
  });
});
