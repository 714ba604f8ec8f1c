import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer, type TlsOptions as ServerTlsOptions } from "node:tls";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import {
  Client,
  FAILURES,
  HttpError,
  HttpStatusError,
  isHttpError,
  type FailureCode,
  type Lookup,
  type RequestOptions,
} from "../src/client-entry.ts";
import { HttpFailure } from "../src/protocol/index.ts";
import { startRawServer } from "../../../test/helpers/raw-server.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { startEchoServer, type EchoServer } from "./helpers/echo-server.ts";
import { fillBacklog } from "./helpers/full-backlog.ts";

let server: EchoServer;
let client: Client;
const open: (() => unknown)[] = [];
before(async () => {
  server = await startEchoServer((response, { url }) => response.writeHead(Number(url.slice(1)) || 200, "As Asked").end("the reason"));
  client = new Client({ timeout: 10_000 });
});
after(async () => {
  client.close();
  await server.close();
  for (const close of open) await close();
});

const failed = (url: string, options?: RequestOptions, method = "GET"): Promise<HttpError> =>
  rejection(async () => await (await client.request(method, url, options)).text());

async function rejection(call: () => Promise<unknown>): Promise<HttpError> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof HttpError, String(error));
    return error;
  }
  return assert.fail("it did not fail");
}

async function failedRaw(answer: Parameters<typeof startRawServer>[0], options: RequestOptions = {}, scheme = "http"): Promise<HttpError> {
  const raw = await startRawServer(answer, { anyRequest: scheme === "https" });
  open.push(() => raw.close());
  return failed(`${scheme}://localhost:${raw.port}/`, options);
}

const answered = (text: string, options?: RequestOptions): Promise<HttpError> => failedRaw((socket) => void socket.end(text), options);

const redirected = (location: string): Promise<HttpError> =>
  answered(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);

async function failedTls(identity: Identity, rules: { tls?: RequestOptions["tls"]; server?: ServerTlsOptions } = {}): Promise<HttpError> {
  const tls = createTlsServer({ ...identity, ...rules.server }, (socket) => socket.on("error", () => {}).end("HTTP/1.1 200 OK\r\n\r\n"));
  tls.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", () => resolve()));
  open.push(() => tls.close());
  return failed(`https://localhost:${(tls.address() as AddressInfo).port}/`, { tls: rules.tls ?? { ca: identity.cert } });
}

/** What comes of a tunnel that is asked of a proxy with such an answer. */
async function proxied(answer: string): Promise<HttpError> {
  const proxy = await startRawServer((socket) => void socket.write(answer));
  open.push(() => proxy.close());
  return failed("https://device.example/", { proxy: proxy.url });
}

const lookedUp = (lookup: Lookup): Promise<HttpError> => failed("http://device.example/", { lookup, timeout: { dns: 100 } });
const failedLookup = (code: string): Promise<HttpError> =>
  lookedUp((_host, callback) => setImmediate(() => callback(Object.assign(new Error(code), { code }), [])));

/** A body whose source breaks after its first piece. */
async function* brokenSource(): AsyncGenerator<string> {
  yield "a first piece";
  throw new Error("the disk is gone");
}

/** Those that no test can bring about on loopback; failures.test.ts has them from the system's own errors. */
const OF_THE_SYSTEM: readonly FailureCode[] = ["connect-unreachable", "connect-address", "connect-descriptors"];

const PROVOKED: Readonly<Partial<Record<FailureCode, () => Promise<HttpError>>>> = {
  "invalid-url": () => failed("http://h/a b"),
  "invalid-method": () => failed(server.url, {}, "GET IT"),
  "invalid-headers": () => failed(server.url, { headers: { Host: "h" } }),
  "dns-not-found": () => failedLookup("ENOTFOUND"),
  "dns-try-again": () => failedLookup("EAI_AGAIN"),
  "dns-failed": () => failedLookup("EAI_FAIL"),
  "dns-timeout": () => lookedUp(() => {}),
  "connect-refused": () => failed("http://127.0.0.1:1/"),
  "connect-timeout": async () => {
    const backlog = await fillBacklog();
    return failed(`http://127.0.0.1:${backlog.port}/`, { timeout: { connect: 300 } }).finally(() => backlog.close());
  },
  "connect-failed": () => lookedUp((_host, callback) => callback(null, [])),
  "address-refused": () => failed(server.url, { guard: "public" }),
  "proxy-refused": () => proxied("HTTP/1.1 502 Bad Gateway\r\n\r\n"),
  "proxy-authentication": () => proxied("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
  "proxy-failed": () => proxied("220 mail.example ESMTP\r\n"),
  "tls-expired": async () => failedTls(await makeIdentity({ validFrom: -9, validTo: -2 })),
  "tls-not-yet-valid": async () => failedTls(await makeIdentity({ validFrom: 2, validTo: 9 })),
  "tls-wrong-host": async () => failedTls(await makeIdentity({ names: ["device.local"] })),
  "tls-self-signed": async () => failedTls(await makeIdentity(), { tls: {} }),
  "tls-untrusted": async () => failedTls(await makeIdentity({ issuer: await makeIdentity({ commonName: "An authority" }) }), { tls: {} }),
  "tls-weak-key": async () => failedTls(await makeIdentity({ rsaBits: 1024 }), { server: { ciphers: "DEFAULT@SECLEVEL=0" } }),
  "tls-not-tls": () => failedRaw((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), {}, "https"),
  "tls-version": async () =>
    failedTls(await makeIdentity(), { server: { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } }),
  "tls-client-certificate": async () => failedTls(await makeIdentity(), { server: { requestCert: true, rejectUnauthorized: true } }),
  "tls-pin": async () => {
    const identity = await makeIdentity();
    return failedTls(identity, { tls: { ca: identity.cert, pin: [`sha256//${"A".repeat(43)}=`] } });
  },
  "tls-options": async () => failedTls(await makeIdentity(), { tls: { ca: "no certificate" } }),
  "tls-timeout": () => failedRaw(() => {}, { timeout: { tls: 100 } }, "https"),
  // The alert handshake_failure (RFC 8446 §6).
  "tls-failed": () => failedRaw((socket) => void socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40])), {}, "https"),
  timeout: () => failedRaw(() => {}, { timeout: 100 }),
  "connection-reset": () => failedRaw((socket) => void socket.resetAndDestroy()),
  "closed-early": () => answered("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"),
  "malformed-response": () => answered("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
  "head-too-large": () => answered(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(2000)}\r\n\r\n`, { maxHeaderSize: 1000 }),
  "response-too-large": () => answered(`HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world`, { maxBodySize: 10 }),
  "redirect-invalid": () => redirected("http://user@h/"),
  "redirect-refused": () => redirected("ftp://h/"),
  "too-many-redirects": () => redirected("/again"),
  aborted: () => failedRaw(() => {}, { signal: AbortSignal.timeout(50) }),
  "body-failed": async () => {
    const raw = await startRawServer(() => {}, { anyRequest: true });
    open.push(() => raw.close());
    return failed(raw.url, { body: brokenSource() }, "POST");
  },
  "callback-failed": () => {
    const cookies = { getCookieString: (): string => assert.fail("no"), setCookie: (): void => {} };
    return failed(server.url, { cookies });
  },
  "transport-failed": () => failed(server.url, { transport: { send: () => Promise.reject(new Error("no")) } }),
  "content-encoding": () => answered("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
  "resume-mismatch": async () => {
    const raw = await startRawServer((socket, request) => {
      const part = request.includes("Range:");
      const head = part ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/10\r\n" : "HTTP/1.1 200 OK\r\n";
      socket.end(`${head}Connection: close\r\nETag: "1"\r\nContent-Length: 10\r\n\r\nhello${part ? "hello" : ""}`);
    });
    const folder = await mkdtemp(join(tmpdir(), "errors-"));
    open.push(() => Promise.all([raw.close(), rm(folder, { recursive: true })]));
    return rejection(async () => await (await client.get(raw.url)).saveTo(join(folder, "file"), { resume: true }));
  },
  "file-failed": async () => rejection(async () => await (await client.get(server.url)).saveTo("/no/such/folder/file")),
  "http-status": () => failed(`${server.url}/404`, { throwHttpErrors: true }),
  "invalid-json": () => rejection(async () => await (await client.get(server.url)).json()),
};

describe("An error of a request", () => {
  it("can have every code there is", () => {
    const missing = Object.keys(FAILURES).filter((code) => !Object.hasOwn(PROVOKED, code));
    assert.deepEqual(missing, OF_THE_SYSTEM);
  });

  for (const [code, provoke] of Object.entries(PROVOKED))
    it(`with the code ${code} tells the whole story`, async () => {
      const error = await provoke();
      assert.equal(error.code, code, error.message);
      assert.ok(isHttpError(error) && error instanceof HttpFailure && error instanceof Error);
      assert.equal(error.blame, FAILURES[error.code]);
      assert.ok(error.message.startsWith(`${error.method} ${error.url}: `), error.message);
      assert.equal(error.message, `${error.method} ${error.url}: ${error.reason}`);
      const { phase, peer, reused, attempt, maxAttempts, bytesSent, bytesReceived, elapsed } = error;
      // No retries: beside the first sending there is one more at most, when a kept connection was closed.
      assert.equal(maxAttempts, attempt);
      const of = attempt > 1 ? ` of ${maxAttempts}` : "";
      const connection = peer === undefined ? "no connection" : `${peer}, connection ${reused ? "reused" : "new"}`;
      const facts = `[phase ${phase}, ${connection}, attempt ${attempt}${of}, ${bytesSent} bytes sent, ${bytesReceived} received, ${Math.round(elapsed)} ms]`;
      assert.ok(error.message.endsWith(` ${facts}`), error.message);
      assert.match(error.stack ?? "", /client-errors\.test\.ts/);
      assert.ok(error.stack?.startsWith(`${error.name}: ${error.message}\n    at `));
      const connected = code !== "transport-failed" && (phase === "headers" || phase === "body" || phase === "redirect");
      if (connected) {
        assert.match(peer ?? "", /^127\.0\.0\.1:\d+$/);
        assert.ok(bytesSent > 0);
      }
      if (phase === "request") assert.deepEqual([peer, bytesSent, bytesReceived], [undefined, 0, 0]);
      const { name, message, method, url, blame } = error;
      const json: unknown = JSON.parse(JSON.stringify(error));
      const facts2 = { name, code, phase, blame, message, method, url, reused, attempt, maxAttempts, bytesSent, bytesReceived, elapsed };
      assert.deepEqual(json, peer === undefined ? facts2 : { ...facts2, peer });
    });

  it("is an HttpError, and nothing else is", () => {
    for (const value of [undefined, null, {}, new Error("x"), new TypeError("x"), { name: "HttpError", code: "timeout" }])
      assert.equal(isHttpError(value), false);
    assert.equal(isHttpError(new HttpFailure("timeout", { phase: "headers", reason: "x" })), false);
  });

  it("is the same for the body of a response, with the stack of its request", async () => {
    const error = await answered("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    assert.deepEqual([error.name, error.phase], ["HttpError", "body"]);
    assert.match(error.message, /after 5 of 50 bytes of the body/);
  });

  it("has the signal's reason as its cause", async () => {
    const reason = new Error("enough");
    const error = await failed(server.url, { signal: AbortSignal.abort(reason) });
    assert.deepEqual([error.code, error.phase, error.cause, error.url], ["aborted", "request", reason, server.url]);
  });

  it("shows control characters of the caller's URL and method as escapes, and cuts what is long", async () => {
    assert.match((await failed("http://h/\r\nX")).message, /^GET http:\/\/h\/\\x0d\\x0aX: /);
    assert.match((await failed("http://h/", {}, "A\nB")).message, /^A\\x0aB http:\/\/h\/: /);
    assert.ok((await failed(`http://h/ ${"x".repeat(5000)}`)).message.length < 600);
  });
});

const SECRET = "hunter2";
const BASIC = new RegExp(Buffer.from(`me:${SECRET}`).toString("base64").slice(0, 12));

const SECRETS: Readonly<Record<string, RequestOptions>> = {
  headers: { headers: { Authorization: `Bearer ${SECRET}`, Cookie: `a=${SECRET}`, "X-Api-Key": SECRET, "Proxy-Authorization": SECRET } },
  "Basic auth": { auth: { username: "me", password: SECRET } },
  "a bearer token": { auth: { bearer: SECRET } },
  "a body": { body: SECRET },
};

/** Everything that a log could hold of an error. */
const shown = (error: Error): string =>
  [
    error.message,
    error.stack,
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: 20, showHidden: true }),
    inspect(error.cause, { depth: 20, showHidden: true }),
  ].join("\n");

describe("No error shows a secret", () => {
  const faults: Readonly<Record<string, (options: RequestOptions) => Promise<HttpError>>> = {
    "when nobody answers": (options) => failedRaw(() => {}, { ...options, timeout: 100 }),
    "when the connection is reset": (options) => failedRaw((socket) => void socket.resetAndDestroy(), options),
    "when it is refused": (options) => failed("http://127.0.0.1:1/", options),
    "when the answer is malformed": (options) => answered("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", options),
    "when the URL is refused": (options) => failed("http://h/a b", options),
    "when a header is refused": ({ headers = {}, ...options }) =>
      failed(server.url, { ...options, headers: [...Object.entries(headers), ["Host", "h"]] }),
    "when the status is an error": (options) => failed(`${server.url}/401`, { ...options, throwHttpErrors: true }),
    "when a redirect is refused": (options) => answered("HTTP/1.1 302 Found\r\nLocation: ftp://h/\r\nContent-Length: 0\r\n\r\n", options),
  };
  for (const [when, fault] of Object.entries(faults))
    for (const [what, options] of Object.entries(SECRETS))
      it(`${when}, of ${what}`, async () => {
        const text = shown(await fault(options));
        assert.doesNotMatch(text, /hunter2/);
        assert.doesNotMatch(text, BASIC);
      });

  it("of the server's cookies", async () => {
    const answer = `HTTP/1.1 500 Bad\r\nSet-Cookie: a=${SECRET}\r\nContent-Length: 0\r\n\r\n`;
    assert.doesNotMatch(shown(await answered(answer, { throwHttpErrors: true })), /hunter2/);
  });
});

describe("throwHttpErrors", () => {
  it("makes 400 and above an error whose response can be read", async () => {
    for (const status of [400, 404, 499, 500, 503, 599]) {
      const error = await failed(`${server.url}/${status}`, { throwHttpErrors: true });
      assert.ok(error instanceof HttpStatusError);
      assert.deepEqual([error.name, error.code, error.phase, error.blame], ["HttpStatusError", "http-status", "headers", "server"]);
      assert.match(error.message, new RegExp(`: the server answered ${status} As Asked\\. \\[`));
      assert.deepEqual([error.response.status, error.response.headers.has("date")], [status, true]);
      assert.equal(await error.response.text(), "the reason");
    }
  });

  it("lets everything below 400 pass, and is off unless it is asked for", async () => {
    for (const status of [200, 204, 304, 399])
      assert.equal((await client.get(`${server.url}/${status}`, { throwHttpErrors: true })).status, status);
    assert.equal((await client.get(`${server.url}/500`)).status, 500);
  });

  it("keeps no connection when nobody reads the response", async () => {
    await using one = new Client({ maxConnectionsPerOrigin: 1, throwHttpErrors: true, timeout: 5000 });
    for (let index = 0; index < 20; index++)
      await assert.rejects(one.get(`${server.url}/404`), (error) => isHttpError(error) && error.code === "http-status");
  });
});
