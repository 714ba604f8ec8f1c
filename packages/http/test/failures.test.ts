import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer as createTlsServer, type TlsOptions as ServerTlsOptions } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { get, post, send, Timeline, type RequestOptions, type SaveOptions } from "../src/client/index.ts";
import { createHttp, FAILURES, HttpFailure, type FailureCode, type HttpSettings, type TlsOptions } from "../src/index.ts";
import { parseHttpUrl } from "../src/protocol/index.ts";
import { connectFailure } from "../src/transport/socket-failure.ts";
import { dial, systemClock, type Address, type Lookup } from "../src/transport/index.ts";
import { startRawServer } from "../../../test/helpers/raw-server.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { listen } from "../../../test/helpers/listen.ts";
import { fillBacklog } from "./helpers/full-backlog.ts";

/** Each code of the union with what provokes it: a real server, the system, or an error as the system gives it. */
const PROVOKED: Readonly<Record<FailureCode, () => Promise<HttpFailure>>> = {
  "invalid-url": () => failed("http://example.com/a b"),
  "invalid-method": () => failed("http://example.com/", { method: "GET IT" }),
  "invalid-headers": () => failed("http://example.com/", { headers: "Accept: */*" }),
  "dns-not-found": () => failedLookup("ENOTFOUND"),
  "dns-try-again": () => failedLookup("EAI_AGAIN"),
  "dns-failed": () => failedLookup("EAI_FAIL"),
  "dns-timeout": () => looked(() => {}),
  "connect-refused": () => failed("http://127.0.0.1:1/"),
  "connect-unreachable": () => connected("EHOSTUNREACH"),
  "connect-timeout": async () => {
    const backlog = await fillBacklog();
    return failed(`http://127.0.0.1:${backlog.port}/`, { timeout: 300 }).finally(() => backlog.close());
  },
  "connect-address": () => connected("EADDRNOTAVAIL"),
  "connect-descriptors": () => connected("EMFILE"),
  "connect-failed": () => looked((_host, callback) => callback(null, [])),
  "address-refused": () => guarded([{ address: "127.0.0.1", family: 4 }]),
  "proxy-refused": () => proxied("HTTP/1.1 502 Bad Gateway\r\n\r\n"),
  "proxy-authentication": () => proxied("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
  "proxy-failed": () => proxied("220 mail.example ESMTP\r\n"),
  "tls-expired": async () => failedTls(await makeIdentity({ validFrom: -9, validTo: -2 })),
  "tls-not-yet-valid": async () => failedTls(await makeIdentity({ validFrom: 2, validTo: 9 })),
  "tls-wrong-host": async () => failedTls(await makeIdentity({ names: ["device.local"] })),
  "tls-self-signed": async () => failedTls(await makeIdentity(), { tls: {} }),
  "tls-untrusted": async () => failedTls(await makeIdentity({ issuer: await makeIdentity({ commonName: "An authority" }) }), { tls: {} }),
  "tls-weak-key": async () => failedTls(await makeIdentity({ rsaBits: 1024 }), { server: { ciphers: "DEFAULT@SECLEVEL=0" } }),
  "tls-not-tls": () => failedRaw("https", (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
  "tls-version": async () =>
    failedTls(await makeIdentity(), { server: { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } }),
  "tls-client-certificate": async () => failedTls(await makeIdentity(), { server: { requestCert: true, rejectUnauthorized: true } }),
  "tls-pin": async () => {
    const identity = await makeIdentity();
    return failedTls(identity, { tls: { ca: identity.cert, pin: [`sha256//${"A".repeat(43)}=`] } });
  },
  "tls-options": async () => failedTls(await makeIdentity(), { tls: { ca: "no certificate" } }),
  "tls-timeout": () => failedRaw("https", () => {}, { timeout: 200 }),
  // The alert handshake_failure (RFC 8446 §6).
  "tls-failed": () => failedRaw("https", (socket) => void socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 80]))),
  timeout: () => failedRaw("http", () => {}, { timeout: 200 }),
  "connection-reset": () => failedRaw("http", (socket) => void socket.resetAndDestroy()),
  "closed-early": () => failedRaw("http", (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")),
  "malformed-response": () => failedRaw("http", (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")),
  "head-too-large": () => failedRaw("http", (socket) => void socket.end(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(70_000)}\r\n\r\n`)),
  "response-too-large": () => failedRaw("http", (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n")),
  "redirect-invalid": () => redirected("http://user@example.com/"),
  "redirect-refused": () => redirected("ftp://example.com/"),
  "too-many-redirects": () => redirected("/again"),
  aborted: () => failedRaw("http", () => {}, { signal: AbortSignal.timeout(100) }),
  "body-failed": () => failedPost({ body: brokenSource() }),
  "callback-failed": () => failedPost({ body: "x", hooks: { beforeRequest: () => Promise.reject(new Error("no token is left")) } }),
  "transport-failed": () => failedTransport(new Error("no answer was prepared.")),
  "http-status": () => failedClient("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
  "content-encoding": () => failedClient("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 15\r\n\r\n<!DOCTYPE html>"),
  "invalid-json": () => failedClient("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<!DOCTYPE html>"),
  "resume-mismatch": async () => {
    const folder = await mkdtemp(join(tmpdir(), "failures-"));
    open.push(() => rmSync(folder, { recursive: true }));
    return failedSave(join(folder, "file"), { resume: true });
  },
  "file-failed": () => failedSave("/no/such/folder/file"),
};

const open: (() => unknown)[] = [];
after(() => open.forEach((close) => close()));

interface Attempt extends HttpSettings {
  readonly method?: string;
  readonly headers?: string;
}

function failed(url: string, { method = "GET", headers, ...settings }: Attempt = {}): Promise<HttpFailure> {
  return new Promise((resolve, reject) => {
    createHttp({ timeout: 5000, ...settings }).request(url, method, headers, null, (code, data, fields, failure) => {
      assert.deepEqual([code, data, fields], failure ? [-1, undefined, undefined] : [code, data, fields]);
      if (failure) resolve(failure);
      else reject(new Error(`it did not fail: ${code}`));
    });
  });
}

async function failedRaw(scheme: string, answer: Parameters<typeof startRawServer>[0], settings: HttpSettings = {}): Promise<HttpFailure> {
  // TLS clients send no HTTP request: what they send first must be enough.
  const server = await startRawServer(answer, { anyRequest: scheme === "https" });
  open.push(() => server.close());
  return failed(`${scheme}://localhost:${server.port}/`, settings);
}

const redirected = (location: string): Promise<HttpFailure> =>
  failedRaw("http", (socket) => void socket.end(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`), {
    redirects: 3,
  });

/** What only the client makes a failure: an answer that is complete, but not what was asked for. */
async function failedClient(answer: string): Promise<HttpFailure> {
  const server = await startRawServer((socket) => void socket.end(answer));
  open.push(() => server.close());
  try {
    return assert.fail(String(await (await get(`http://localhost:${server.port}/`, { throwHttpErrors: true })).json()));
  } catch (error) {
    assert.ok(error instanceof HttpFailure);
    return error;
  }
}

/** A server whose parts do not fit together, and which breaks off before. */
async function failedSave(path: string, options?: SaveOptions): Promise<HttpFailure> {
  const server = await startRawServer((socket, request) => {
    const part = request.includes("Range:");
    const head = part ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/10\r\n" : "HTTP/1.1 200 OK\r\n";
    socket.end(`${head}ETag: "1"\r\nContent-Length: 10\r\n\r\nhello${part ? "hello" : ""}`);
  });
  open.push(() => server.close());
  try {
    return assert.fail(JSON.stringify(await (await get(`http://localhost:${server.port}/`)).saveTo(path, options)));
  } catch (error) {
    assert.ok(error instanceof HttpFailure);
    return error;
  }
}

/** A body whose source breaks. */
async function* brokenSource(): AsyncGenerator<string> {
  yield "a first piece";
  throw new Error("EIO: i/o error, read");
}

/** What comes of a request that its own program lets down: nobody answers it. */
async function failedPost(options: RequestOptions): Promise<HttpFailure> {
  const server = await startRawServer(() => {}, { anyRequest: true });
  open.push(() => server.close());
  try {
    return assert.fail(await (await post(`http://localhost:${server.port}/`, options)).text());
  } catch (error) {
    assert.ok(error instanceof HttpFailure);
    return error;
  }
}

function throws(error: Error): never {
  throw error;
}

/** What comes of a request that a transport of the program's answers with an error. */
async function failedTransport(error: Error): Promise<HttpFailure> {
  try {
    return assert.fail(await (await get("http://localhost/", { transport: { send: async () => throws(error) } })).text());
  } catch (failure) {
    assert.ok(failure instanceof HttpFailure);
    return failure;
  }
}

async function failedTls(identity: Identity, rules: { tls?: TlsOptions; server?: ServerTlsOptions } = {}): Promise<HttpFailure> {
  const server = createTlsServer({ ...identity, ...rules.server }, (socket) => socket.on("error", () => {}).end("HTTP/1.1 200 OK\r\n\r\n"));
  server.on("tlsClientError", () => {});
  const port = await listen(server);
  open.push(() => server.close());
  return failed(`https://localhost:${port}/`, { tls: rules.tls ?? { ca: identity.cert } });
}

/** A request whose name is looked up by a function of the test. */
function looked(lookup: Lookup): Promise<HttpFailure> {
  const url = parseHttpUrl("http://device.example/");
  return new Promise((resolve, reject) => {
    send(
      { method: "GET", url, fields: [["Host", url.authority]], body: undefined },
      {
        clock: systemClock,
        timeline: new Timeline(systemClock),
        tls: {},
        connectTo: undefined,
        lookup,
        memory: () => 1000,
        count: { sent: 0, received: 0 },
        onCertificateProblem: () => {},
        timeout: 200,
        redirects: 0,
        signal: undefined,
      },
      { failed: resolve, response: () => reject(new Error("it did not fail")) },
    );
  });
}

const systemError = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

const failedLookup = (code: string): Promise<HttpFailure> =>
  looked((_host, callback) => setImmediate(() => callback(systemError(code), [])));

/** An error of connect(2) that loopback never gives, translated as the real ones are. */
async function connected(code: string): Promise<HttpFailure> {
  const { phase, reason, ...rest } = connectFailure([Object.assign(systemError(code), { address: "192.0.2.1", port: 80 })]);
  return new HttpFailure(rest.code, { phase, reason }, { method: "GET", url: "http://device.example/" });
}

/** A host with these addresses, behind the guard of connections. */
async function guarded(addresses: readonly Address[]): Promise<HttpFailure> {
  const { code, phase, reason } = await new Promise<HttpFailure>((onError) => {
    const fail = (): void => assert.fail("connected");
    dial(
      { host: "device.example", port: 80, guard: "public", lookup: (_host, callback) => callback(null, addresses) },
      { onOpen: fail, onData: fail, onEnd: fail, onError },
    );
  });
  return new HttpFailure(code, { phase, reason }, { method: "GET", url: "http://device.example/" });
}

/** What comes of a tunnel that is asked of a proxy with such an answer. */
async function proxied(answer: string): Promise<HttpFailure> {
  const server = await startRawServer((socket) => void socket.write(answer));
  const { port } = server;
  open.push(() => server.close());
  const proxy = { kind: "http", host: "127.0.0.1", port } as const;
  const handlers = { onOpen: () => {}, onData: () => {}, onEnd: () => {} };
  const { code, phase, reason } = await new Promise<HttpFailure>((onError) => {
    dial({ host: "device.example", port: 443, tls: {}, proxy }, { ...handlers, onError });
  });
  return new HttpFailure(code, { phase, reason }, { method: "GET", url: "https://device.example/" });
}

interface Entry {
  readonly code: string;
  readonly blame: string;
  readonly phases: readonly string[];
  readonly example: string;
}

const ENTRY = /^## `([a-z-]+)`\n\nFault: (\w+)\. Phase: ([a-z, ]+)\.\n\n(?:[^#\n`].*\n)+\n```\n(.+)\n```$/gm;

const documented: Entry[] = [...readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8").matchAll(ENTRY)].map(
  ([, code = "", blame = "", phases = "", example = ""]) => ({ code, blame, phases: phases.split(", "), example }),
);

/** Ports and times differ from run to run, and so do the words of OpenSSL for a broken file. */
const masked = (message: string): string =>
  message
    .replace(/:\d{4,5}\b/g, ":PORT")
    .replace(/\b\d+ ms\]$/, "12 ms]")
    // What is sent tells which codings this Node knows.
    .replace(/\b[1-9]\d* bytes sent/, "116 bytes sent")
    .replace(/sha256\/\/[\w+/]{43}=/, "sha256//KEY")
    .replace(/error:[0-9A-F]+:/g, "");

test("docs/errors.md has one entry for each code, in the order of the source, with whose fault it is", () => {
  assert.deepEqual(
    documented.map(({ code, blame }) => [code, blame]),
    Object.entries(FAILURES),
  );
});

for (const [code, provoke] of Object.entries(PROVOKED)) {
  test(`${code} is what its entry says, and its example is the real message`, async () => {
    const failure = await provoke();
    const entry = documented.find((one) => one.code === code);
    assert.equal(failure.code, code, failure.message);
    assert.ok(failure instanceof HttpFailure && failure instanceof Error);
    assert.equal(failure.blame, FAILURES[failure.code]);
    assert.ok(entry?.phases.includes(failure.phase), `${failure.phase} is not among the phases of ${code}`);
    // Other versions of Node bring other versions of OpenSSL, and those other words.
    if (failure.phase !== "tls" || process.versions.node.startsWith("20.")) assert.equal(masked(failure.message), entry?.example);
    assert.ok(failure.message.endsWith(failure.reason));
  });
}
