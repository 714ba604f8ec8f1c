import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { type DialOptions, type ProxyHop } from "../src/transport/index.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { freePort } from "../../../test/helpers/listen.ts";
import { dialed, dialFailure } from "./helpers/dialed.ts";
import { closeAll, connectProxy, serve, type Seen } from "./helpers/test-proxy.ts";

after(closeAll);

let identity: Identity;
let plain: Seen;
let secure: Seen;
before(async () => {
  identity = await makeIdentity({ names: ["localhost", "origin.example", "proxy.example"] });
  plain = await serve((socket) => socket.once("data", () => socket.end("hello")));
  secure = await serve((socket) => socket.once("data", () => socket.end("secret hello")), identity);
});

const CREDENTIALS = { username: "jörg", password: "pass:wörd" };
const PROOF = `Basic ${Buffer.from("jörg:pass:wörd", "utf8").toString("base64")}`;

const http = (port: number, more: Partial<ProxyHop> = {}): ProxyHop => ({ kind: "http", host: "127.0.0.1", port, ...more });
const tls = (): { ca: string } => ({ ca: identity.cert });
const ask = (options: DialOptions): ReturnType<typeof dialed> => dialed(options, (connection) => void connection.write("question"));

describe("A tunnel through an HTTP proxy", () => {
  test("is asked for with CONNECT and Host, and then carries bytes as they are", async () => {
    const proxy = await connectProxy();
    const { steps, text, end, connection } = await ask({ host: "origin.example", port: plain.port, proxy: http(proxy.port) });
    assert.deepEqual([steps, text, end], [["connect", "open"], "hello", "orderly"]);
    const target = `origin.example:${plain.port}`;
    assert.deepEqual(proxy.heads, [`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`]);
    assert.deepEqual(connection.peer, { host: "127.0.0.1", port: proxy.port });
  });

  test("looks up the proxy's name and not the target's, which is the proxy's to know", async () => {
    const proxy = await connectProxy();
    const names: string[] = [];
    const lookup: DialOptions["lookup"] = (host, callback) => {
      names.push(host);
      callback(null, [{ address: "127.0.0.1", family: 4 }]);
    };
    const hop = http(proxy.port, { host: "proxy.example" });
    const { text, steps } = await ask({ host: "origin.example", port: plain.port, lookup, proxy: hop });
    assert.deepEqual([text, steps, names], ["hello", ["dns", "connect", "open"], ["proxy.example"]]);
  });

  test("shows the credentials to the proxy in UTF-8, and to nobody else", async () => {
    const proxy = await connectProxy();
    const before = plain.received.length;
    const { text } = await ask({ host: "origin.example", port: plain.port, proxy: http(proxy.port, { credentials: CREDENTIALS }) });
    assert.equal(text, "hello");
    assert.match(proxy.heads[0] ?? "", /^CONNECT [^\r]+\r\nHost: [^\r]+\r\nProxy-Authorization: [^\r]+\r\n\r\n$/);
    assert.ok(proxy.heads[0]?.includes(`\r\nProxy-Authorization: ${PROOF}\r\n`));
    assert.deepEqual(plain.received.slice(before), ["question"]);
  });

  test("carries TLS with the target: the proxy reads none of it, and the certificate is checked for the target", async () => {
    const proxy = await connectProxy();
    const options = { host: "origin.example", port: secure.port, tls: tls(), proxy: http(proxy.port) };
    const { steps, text, end } = await ask(options);
    assert.deepEqual([steps, text, end], [["connect", "tls", "open"], "secret hello", "orderly"]);
    assert.ok(!proxy.received[0]?.includes("question"));
    const wrong = await dialFailure({ ...options, host: "other.example" });
    assert.deepEqual([wrong.code, wrong.phase], ["tls-wrong-host", "tls"]);
  });

  test("goes over TLS with the proxy, in which there is TLS with the target", async () => {
    const proxy = await connectProxy(await makeIdentity({ names: ["proxy.example"], commonName: "the proxy", issuer: identity }));
    const hop = http(proxy.port, { host: "proxy.example", tls: tls(), credentials: CREDENTIALS });
    const lookup: DialOptions["lookup"] = (_host, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]);
    const { steps, text, end } = await ask({ host: "origin.example", port: secure.port, lookup, tls: tls(), proxy: hop });
    assert.deepEqual([steps, text, end], [["dns", "connect", "tls", "open"], "secret hello", "orderly"]);
    assert.equal(proxy.heads.length, 1);
    const { text: inPlain, end: inOrder } = await ask({ host: "origin.example", port: plain.port, lookup, proxy: hop });
    assert.deepEqual([inPlain, inOrder], ["hello", "orderly"]);
  });

  test("carries 3 MB both ways through TLS in TLS, byte for byte, with pauses", async () => {
    const echo = await serve((socket) => socket.pipe(socket), identity, { allowHalfOpen: true });
    const proxy = await connectProxy(identity);
    const bytes = Buffer.alloc(
      3_000_000,
      Uint8Array.from({ length: 251 }, (_, index) => index),
    );
    const { text } = await dialed(
      { host: "localhost", port: echo.port, tls: tls(), proxy: http(proxy.port, { host: "localhost", tls: tls() }) },
      (connection) => {
        connection.write(bytes);
        connection.end();
        connection.pause();
        setTimeout(() => connection.resume(), 20);
      },
    );
    assert.ok(Buffer.from(text, "latin1").equals(bytes));
  });

  test("holds the target back through TLS in TLS while it is paused", async () => {
    const size = 500;
    let produced = 0;
    function* chunks(): Generator<Buffer> {
      for (; produced < size; produced++) yield Buffer.alloc(65_536);
    }
    const origin = await serve((socket) => Readable.from(chunks()).pipe(socket), identity);
    const proxy = await connectProxy(identity);
    const hop = http(proxy.port, { host: "localhost", tls: tls() });
    let stalledAt = 0;
    const { text } = await dialed({ host: "localhost", port: origin.port, tls: tls(), proxy: hop }, (connection) => {
      connection.pause();
      const watch = setInterval(() => {
        const stalled = produced > 0 && produced === stalledAt;
        stalledAt = produced;
        if (!stalled) return;
        clearInterval(watch);
        connection.resume();
      }, 100);
    });
    assert.ok(stalledAt < size, "everything was produced for a reader that was paused");
    assert.equal(text.length, size * 65_536);
  });

  test("tells a cut of the TLS with the proxy from an end", async () => {
    const cutting = await serve((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.once("data", () => socket.write("part", () => setTimeout(() => rawOf(socket).end(), 20)));
      });
    }, identity);
    const { text, end } = await ask({ host: "a.example", port: 80, proxy: http(cutting.port, { host: "localhost", tls: tls() }) });
    assert.deepEqual([text, end], ["part", "truncated"]);
  });

  test("asks for an IPv6 address in brackets, and for where connectTo leads", async () => {
    const refusing = await serve((socket) => socket.once("data", () => socket.end("HTTP/1.1 502 No\r\n\r\n")));
    const proxy = http(refusing.port);
    await dialFailure({ host: "2001:db8::1", port: 443, proxy });
    await dialFailure({ host: "a.example", port: 443, proxy, connectTo: { "a.example:443": "b.example:8443" } });
    assert.deepEqual(refusing.received, [
      "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n",
      "CONNECT b.example:8443 HTTP/1.1\r\nHost: b.example:8443\r\n\r\n",
    ]);
  });

  for (const [what, answer] of Object.entries({
    "HTTP/1.0, as old proxies write it": "HTTP/1.0 200 Connection established\r\n\r\n",
    "an interim response before it": "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "fields for a body, which a tunnel does not have": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "another status of success": "HTTP/1.1 204 Fine\r\nConnection: close\r\n\r\n",
  })) {
    test(`takes an answer with ${what}, whole or byte by byte`, async () => {
      for (const pieces of [[answer], answer.split("")]) {
        const proxy = await serve((socket) =>
          socket.once("data", () => {
            sendSlowly(socket, pieces);
            socket.once("data", () => socket.end("through"));
          }),
        );
        assert.equal((await ask({ host: "a.example", port: 80, proxy: http(proxy.port) })).text, "through");
      }
    });
  }
});

describe("An HTTP proxy in the mode forward", () => {
  for (const kind of ["plain", "secure"] as const) {
    test(`is only connected to (${kind}); what is sent is its caller's`, async () => {
      const proxy = await serve((socket) => socket.once("data", () => socket.end("answer")), kind === "secure" ? identity : undefined);
      const hop = http(proxy.port, {
        mode: "forward",
        host: "localhost",
        credentials: CREDENTIALS,
        ...(kind === "secure" && { tls: tls() }),
      });
      const { steps, text, end } = await ask({ host: "origin.example", port: 80, proxy: hop });
      assert.deepEqual([steps, text, end], [["dns", "connect", "open"], "answer", "orderly"]);
      assert.deepEqual(proxy.received, ["question"]);
    });
  }
});

describe("A proxy that is not reached", () => {
  test("is named when its name has no address", async () => {
    const lookup: DialOptions["lookup"] = (host, callback) => callback(Object.assign(new Error(host), { code: "ENOTFOUND" }), []);
    const failure = await dialFailure({ host: "a.example", port: 80, lookup, proxy: http(3128, { host: "proxy.example" }) });
    assert.deepEqual([failure.code, failure.phase], ["dns-not-found", "dns"]);
    assert.match(failure.reason, /^the proxy proxy\.example:3128 cannot be reached: the name "proxy\.example" has no address/);
  });

  test("is named when it refuses the connection, in the mode forward too", async () => {
    const port = await freePort();
    for (const mode of ["tunnel", "forward"] as const) {
      const failure = await dialFailure({ host: "a.example", port: 80, proxy: http(port, { mode }) });
      assert.deepEqual([failure.code, failure.phase], ["connect-refused", "connect"]);
      assert.match(failure.reason, new RegExp(`^the proxy 127\\.0\\.0\\.1:${port} cannot be reached: 127\\.0\\.0\\.1:${port} refused`));
    }
  });

  test("is named when its certificate is wrong, which is looked at before a word is said", async () => {
    const proxy = await connectProxy(await makeIdentity({ names: ["somebody.example"] }));
    const options = { host: "origin.example", port: secure.port, tls: tls() };
    const failure = await dialFailure({ ...options, proxy: http(proxy.port, { host: "localhost", tls: {}, credentials: CREDENTIALS }) });
    assert.deepEqual([failure.code, failure.phase], ["tls-self-signed", "connect"]);
    assert.match(failure.reason, /^TLS with the proxy localhost:\d+ failed: the server's certificate is signed by itself/);
    const unusable = await dialFailure({ ...options, proxy: http(proxy.port, { tls: { ca: "none" } }) });
    assert.deepEqual([unusable.code, unusable.phase], ["tls-options", "connect"]);
    const silent = await serve((socket) => socket.end());
    assert.deepEqual(proxy.heads, []);
    const wrongPort = await dialFailure({ ...options, proxy: http(silent.port, { tls: tls() }) });
    assert.deepEqual([wrongPort.code, wrongPort.phase], ["proxy-failed", "connect"]);
    assert.match(wrongPort.reason, /^the proxy 127\.0\.0\.1:\d+ closed the connection during the TLS handshake\./);
  });

  test("is asked for the certificate of its own host", async () => {
    const proxy = await connectProxy(identity);
    const failure = await dialFailure({ host: "origin.example", port: 443, tls: tls(), proxy: http(proxy.port, { tls: tls() }) });
    assert.deepEqual([failure.code, failure.phase, proxy.heads], ["tls-wrong-host", "connect", []]);
    assert.match(failure.reason, /^TLS with the proxy 127\.0\.0\.1:\d+ failed: the server's certificate is for .* not for 127\.0\.0\.1\./);
  });
});

/** Writes piece after piece, each on its own way. */
function sendSlowly(socket: { write(text: string): unknown }, pieces: readonly string[]): void {
  pieces.forEach((piece, index) => setTimeout(() => socket.write(piece), index));
}

/** The socket below TLS, whose end is no end of TLS. */
function rawOf(socket: object): { end(): void } {
  const raw: unknown = Reflect.get(socket, "_parent");
  assert.ok(typeof raw === "object" && raw !== null && "end" in raw);
  return raw as { end(): void };
}
