import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { dial, type DialOptions } from "../src/transport/index.ts";
import { makeIdentity } from "../../../test/helpers/certificates.ts";
import { dialed, dialFailure } from "./helpers/dialed.ts";
import { closeAll, serve } from "./helpers/test-proxy.ts";

const folder = mkdtempSync(join(tmpdir(), "dial-"));
const servers: Server[] = [];
after(() => {
  closeAll();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

/** Has a server listen on a socket of that name; its path. */
function listenAt(name: string, server: Server): Promise<string> {
  const path = join(folder, name);
  servers.push(server);
  return new Promise((resolve) => void server.listen(path, () => resolve(path)));
}

const nowhere: DialOptions = { host: "origin.example", port: 1, lookup: () => assert.fail("looked up") };

describe("dial to a Unix socket", () => {
  test("asks no resolver, and carries bytes both ways to an orderly end", async () => {
    const socketPath = await listenAt(
      "echo",
      createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)),
    );
    const sent = "x".repeat(300_000);
    const told = await dialed({ ...nowhere, socketPath }, (connection) => {
      connection.write(sent);
      connection.end();
    });
    assert.deepEqual([told.steps, told.end, told.connection.peer], [["connect", "open"], "orderly", undefined]);
    assert.ok(told.text === sent);
  });

  test("speaks TLS over it, with the host for a name", async () => {
    const identity = await makeIdentity({ names: ["origin.example"] });
    const server = createTlsServer(identity, (socket) => socket.once("data", () => socket.end(String(socket.servername))));
    const socketPath = await listenAt("tls", server);
    const options = { ...nowhere, socketPath, tls: { ca: identity.cert } };
    const { steps, text, end } = await dialed(options, (connection) => void connection.write("who?"));
    assert.deepEqual([steps, text, end], [["connect", "tls", "open"], "origin.example", "orderly"]);
    assert.equal((await dialFailure({ ...options, host: "other.example" })).code, "tls-wrong-host");
  });

  test("says nothing any more once it is destroyed, and is closed", async () => {
    let closed = (): void => {};
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const socketPath = await listenAt(
      "gone",
      createServer((socket) => socket.resume().once("close", closed)),
    );
    const loud = (): never => assert.fail("called");
    const connection = dial({ ...nowhere, socketPath }, { onOpen: () => connection.destroy(), onData: loud, onEnd: loud, onError: loud });
    dial({ ...nowhere, socketPath }, { onOpen: loud, onData: loud, onEnd: loud, onError: loud }).destroy();
    await gone;
  });

  test("names the path when there is none, when nobody listens, and when it is something else", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const cases = [
      [join(folder, "none"), "connect-refused", "does not exist (ENOENT). Is its server running?"],
      [file, "connect-refused", "refused the connection (ECONNREFUSED): nothing listens on it any more."],
      [join(file, "below"), "connect-address", "is no path (ENOTDIR): something on the way to it is no folder."],
    ] as const;
    for (const [socketPath, code, words] of cases) {
      const failure = await dialFailure({ ...nowhere, socketPath });
      assert.deepEqual(
        [failure.code, failure.phase, failure.reason],
        [code, "connect", `the socket ${JSON.stringify(socketPath)} ${words}`],
      );
    }
  });

  test("names the path when it may not be used", async () => {
    const socketPath = await listenAt("locked", createServer());
    chmodSync(socketPath, 0);
    // Root may use all: then the kernel has to see somebody else.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    const failed = dialFailure({ ...nowhere, socketPath });
    if (root) process.seteuid?.(0);
    const failure = await failed;
    assert.deepEqual([failure.code, failure.phase], ["connect-address", "connect"]);
    assert.equal(
      failure.reason,
      `the socket ${JSON.stringify(socketPath)} may not be used by this process (EACCES). Check its permissions and its folders'.`,
    );
  });

  test("refuses a path that is none in the call, and one beside a proxy or a local address", () => {
    const handlers = { onOpen: () => {}, onData: () => {}, onEnd: () => {}, onError: () => {} };
    const proxy = { kind: "http", host: "proxy.example", port: 3128 } as const;
    for (const options of [
      { socketPath: "" },
      { socketPath: "/a\0b" },
      { socketPath: "/a", proxy },
      { socketPath: "/a", localAddress: "::1" },
    ])
      assert.throws(() => dial({ ...nowhere, ...options }, handlers), { name: "RangeError", message: /socketPath/ });
  });
});

describe("dial from a local address", () => {
  test("is seen to come from there", async () => {
    const seen: (string | undefined)[] = [];
    const { port } = await serve((socket) => {
      seen.push(socket.remoteAddress);
      socket.end();
    });
    const { connection, end } = await dialed({ host: "127.0.0.1", port, localAddress: "127.0.0.2" });
    assert.deepEqual([seen, end, connection.local?.host], [["127.0.0.2"], "orderly", "127.0.0.2"]);
  });

  test("tells that this machine does not have it", async () => {
    const { port } = await serve((socket) => socket.end());
    const failure = await dialFailure({ host: "127.0.0.1", port, localAddress: "192.0.2.1" });
    assert.deepEqual([failure.code, failure.phase], ["connect-address", "connect"]);
    assert.equal(failure.reason, "this machine has no address 192.0.2.1 to connect from (EADDRNOTAVAIL). Check localAddress.");
  });

  test("tries the addresses of its family alone, and tells when there is none", async () => {
    const { port } = await serve((socket) => socket.end("hello"));
    const six = { address: "::1", family: 6 } as const;
    const lookup: DialOptions["lookup"] = (_host, callback) => callback(null, [six, { address: "127.0.0.1", family: 4 }]);
    assert.equal((await dialed({ host: "a.example", port, lookup, localAddress: "127.0.0.1" })).text, "hello");
    const failure = await dialFailure({
      host: "a.example",
      port,
      lookup: (_host, callback) => callback(null, [six]),
      localAddress: "127.0.0.1",
    });
    assert.equal(failure.code, "connect-address");
    assert.match(failure.reason, /^"a\.example" has no address that can be connected to from 127\.0\.0\.1,/);
    const literal = await dialFailure({ host: "::1", port, localAddress: "127.0.0.1" });
    assert.equal(literal.code, "connect-address");
  });

  test("is used on the way to a proxy too", async () => {
    const seen: (string | undefined)[] = [];
    const { port } = await serve((socket) => {
      seen.push(socket.remoteAddress);
      socket.once("data", () => socket.end("HTTP/1.1 502 No\r\n\r\n"));
    });
    const proxy = { kind: "http", host: "127.0.0.1", port } as const;
    await dialFailure({ host: "a.example", port: 80, proxy, localAddress: "127.0.0.2" });
    assert.deepEqual(seen, ["127.0.0.2"]);
    const wrong = await dialFailure({ host: "a.example", port: 80, proxy, localAddress: "192.0.2.1" });
    assert.match(wrong.reason, /^the proxy 127\.0\.0\.1:\d+ cannot be reached: this machine has no address 192\.0\.2\.1/);
  });

  test("is refused in the call when it is no address", () => {
    const handlers = { onOpen: () => {}, onData: () => {}, onEnd: () => {}, onError: () => {} };
    for (const localAddress of ["eth0", "", "127.0.0.1:80"])
      assert.throws(() => dial({ host: "127.0.0.1", port: 80, localAddress }, handlers), { name: "RangeError", message: /localAddress/ });
  });
});

test("A polluted Object.prototype puts neither a proxy nor a socket nor an address in between", async () => {
  const pollution = {
    path: join(folder, "evil"),
    socketPath: join(folder, "evil"),
    localAddress: "192.0.2.1",
    localPort: "evil",
    proxy: { kind: "http", host: "127.0.0.1", port: 1 },
  };
  for (const [name, value] of Object.entries(pollution))
    Reflect.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: true, writable: true });
  const failure = await dialFailure({ host: "127.0.0.1", port: 1 }).finally(() => {
    for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name);
  });
  assert.equal(failure.reason, "127.0.0.1:1 refused the connection (ECONNREFUSED). Is a server listening on that port?");
});
