import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { after, before, describe, it } from "node:test";
import { Client, isHttpError, type ClientResponse, type Lookup, type RequestOptions } from "../src/client-entry.ts";
import { freePort, listen } from "../../../test/helpers/listen.ts";

const head = (status: string, ...fields: readonly string[]): string =>
  [`HTTP/1.1 ${status}`, ...fields].map((line) => `${line}\r\n`).join("") + "\r\n";

const GZIP = gzipSync(Buffer.alloc(1000, "x")).toString("latin1");

/** What the server says to each path; what ends with "|" is followed by the end of the connection. */
const ANSWERS: Readonly<Record<string, string>> = {
  "/ok": `${head("200 OK", "Content-Length: 2")}ok`,
  "/large": `${head("200 OK", "Content-Length: 1000000")}${"x".repeat(500_000)}`,
  "/status": `${head("404 Not Found", "Content-Length: 2")}no`,
  "/silent": "",
  "/half": `${head("200 OK", "Content-Length: 10")}half`,
  "/cut": `${head("200 OK", "Content-Length: 10")}half|`,
  "/closed": "|",
  "/noise": "no HTTP\r\n\r\n",
  "/loop": head("302 Found", "Location: /loop", "Content-Length: 0"),
  "/leave": head("302 Found", "Location: ftp://h/", "Content-Length: 5"),
  "/again": head("503 Busy", "Content-Length: 0"),
  "/login": `${head("401 Who", 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"', "Content-Length: 2")}no`,
  "/corrupt": `${head("200 OK", "Content-Encoding: gzip", `Content-Length: ${GZIP.length}`)}${"x".repeat(GZIP.length)}`,
  "/endless-interim": head("103 Early Hints").repeat(50),
  "/endless-head": `HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(20_000)}`,
  "/endless-extension": `${head("200 OK", "Transfer-Encoding: chunked")}1;${"x".repeat(100_000)}`,
  "/endless-trailers": `${head("200 OK", "Transfer-Encoding: chunked")}0\r\n${"X: y\r\n".repeat(20_000)}`,
};

let server: Server;
let base: string;
let refused: string;
const folder = mkdtempSync(join(tmpdir(), "client-settled-"));
before(async () => {
  server = createServer((socket) => {
    // Clients that give up in the middle are what is tested.
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const [, path = ""] = /^[A-Z]+ (\/\S*) HTTP/.exec(bytes.toString("latin1")) ?? [];
      const answer = ANSWERS[path] ?? "";
      if (answer.endsWith("|")) socket.end(answer.slice(0, -1), "latin1");
      else socket.write(answer, "latin1");
    });
  });
  base = `http://127.0.0.1:${await listen(server)}`;
  refused = `http://127.0.0.1:${await freePort()}`;
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const throws = (): never => {
  throw new Error("enough");
};
const never: Lookup = () => {};
const text = async (response: ClientResponse): Promise<unknown> => response.text();
const jar = { getCookieString: () => "a=b", setCookie: () => {} };

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(10);
  throws();
}

/** One way in which a call ends. */
interface End {
  readonly path: string;
  readonly options?: RequestOptions;
  readonly method?: string;
  readonly use?: (response: ClientResponse) => Promise<unknown>;
  /** The program gives the call up by its signal, so many milliseconds after it began. */
  readonly abort?: number;
  /** Undefined: it is none. */
  readonly code?: string;
}

const ENDS: Readonly<Record<string, () => End>> = {
  "an answer that is read": () => ({ path: "/ok" }),
  "an answer that is discarded": () => ({ path: "/large", use: async (response) => response.discard() }),
  "a loop that is left": () => ({
    path: "/large",
    use: async (response) => {
      for await (const piece of response) if (piece.length > 0) break;
    },
  }),
  "a stream that is cancelled": () => ({ path: "/large", use: (response) => response.body.cancel() }),
  "a status": () => ({ path: "/status", options: { throwHttpErrors: true }, code: "http-status" }),
  "a name that is not found": () => ({
    path: "http://none.example/",
    options: { lookup: (_host, done) => done(Object.assign(new Error("no"), { code: "ENOTFOUND" }), []) },
    code: "dns-not-found",
  }),
  "a name that nobody answers for": () => ({
    path: "http://none.example/",
    options: { lookup: never, timeout: { dns: 20 } },
    code: "dns-timeout",
  }),
  "a port without a server": () => ({ path: refused, code: "connect-refused" }),
  "a guard": () => ({ path: "/ok", options: { guard: "public" }, code: "address-refused" }),
  "a proxy that is none": () => ({ path: "/ok", options: { proxy: refused }, code: "connect-refused" }),
  "a server that is silent": () => ({ path: "/silent", options: { timeout: { headers: 20 } }, code: "timeout" }),
  "a body that stops": () => ({ path: "/half", options: { timeout: { idle: 20 } }, code: "timeout" }),
  "the end of all time": () => ({ path: "/silent", options: { timeout: 20 }, code: "timeout" }),
  "a signal that has fired": () => ({ path: "/ok", abort: 0, code: "aborted" }),
  "a signal while the name is looked up": () => ({ path: "http://none.example/", options: { lookup: never }, abort: 10, code: "aborted" }),
  "a signal while the server is silent": () => ({ path: "/silent", abort: 10, code: "aborted" }),
  "a signal in the body": () => ({ path: "/half", abort: 30, code: "aborted" }),
  "a signal while a repetition is waited for": () => ({
    path: "/again",
    options: { retry: { limit: 1, delay: 5000 } },
    abort: 30,
    code: "aborted",
  }),
  "a connection that is closed": () => ({ path: "/closed", code: "closed-early" }),
  "a body that is cut": () => ({ path: "/cut", code: "closed-early" }),
  "an answer that is none": () => ({ path: "/noise", code: "malformed-response" }),
  "interim responses without an end": () => ({ path: "/endless-interim", code: "head-too-large" }),
  "a head without an end": () => ({ path: "/endless-head", code: "head-too-large" }),
  "a chunk extension without an end": () => ({ path: "/endless-extension", code: "head-too-large" }),
  "trailers without an end": () => ({ path: "/endless-trailers", code: "head-too-large" }),
  "redirects without an end": () => ({ path: "/loop", options: { cookies: jar }, code: "too-many-redirects" }),
  "a redirect that is refused": () => ({ path: "/leave", code: "redirect-refused" }),
  repetitions: () => ({ path: "/again", options: { retry: { limit: 2, delay: 1 } } }),
  "a password that is wrong": () => ({ path: "/login", options: { auth: { username: "a", password: "b", scheme: "digest" } } }),
  "too many bytes": () => ({ path: "/large", options: { maxBodySize: 100 }, code: "response-too-large" }),
  "bytes that cannot be decoded": () => ({ path: "/corrupt", code: "content-encoding" }),
  "a body that breaks": () => ({ path: "/silent", method: "POST", options: { body: broken }, code: "body-failed" }),
  "a hook that throws": () => ({ path: "/ok", options: { hooks: { beforeRequest: throws } }, code: "callback-failed" }),
  "a hook behind the answer that throws": () => ({
    path: "/large",
    options: { hooks: { afterResponse: throws } },
    code: "callback-failed",
  }),
  "a hook that hangs": () => ({
    path: "/large",
    options: { hooks: { afterResponse: () => new Promise(() => {}) }, timeout: 50 },
    code: "timeout",
  }),
  "a jar that throws": () => ({ path: "/ok", options: { cookies: { ...jar, getCookieString: throws } }, code: "callback-failed" }),
  "a jar that hangs": () => ({
    path: "/ok",
    options: { cookies: { ...jar, getCookieString: () => new Promise(() => {}) }, timeout: 50 },
    code: "timeout",
  }),
  "progress that throws": () => ({ path: "/large", options: { onProgress: throws }, code: "callback-failed" }),
  "a file": () => ({ path: "/ok", use: (response) => response.saveTo(join(folder, "saved")) }),
  "a file that breaks off": () => ({ path: "/cut", use: (response) => response.saveTo(join(folder, "cut")), code: "closed-early" }),
  "a file without a folder": () => ({
    path: "/large",
    use: (response) => response.saveTo(join(folder, "none", "file")),
    code: "file-failed",
  }),
};

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    assert.ok(isHttpError(error), String(error));
    return error.code;
  }
}

/** What keeps this process alive, beside the server that listens. */
const alive = (): string[] => process.getActiveResourcesInfo().filter((name) => name === "Timeout" || /^TCP(?!Server)/.test(name));

describe("Nothing is left of a call that ends with", () => {
  for (const [words, make] of Object.entries(ENDS))
    it(`${words}: no listener, timer, socket or file`, async () => {
      const { path, options, method = "GET", use = text, abort, code } = make();
      const ender = new AbortController();
      const { signal } = ender;
      const client = new Client({ timeout: 20_000 });
      if (abort === 0) ender.abort();
      else if (abort !== undefined) setTimeout(() => ender.abort(), abort);
      const url = path.startsWith("http") ? path : `${base}${path}`;
      assert.equal(await codeOf(client.request(method, url, { ...options, signal }).then(use)), code);
      client.close();
      for (let turn = 0; turn < 200 && (alive().length > 0 || getEventListeners(signal, "abort").length > 0); turn++) await sleep(5);
      assert.equal(getEventListeners(signal, "abort").length, 0);
      assert.deepEqual(alive(), []);
      assert.deepEqual(
        readdirSync(folder).filter((name) => name !== "saved"),
        [],
      );
    });
});
