import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { Client, isHttpError, type ClientOptions, type Progress, type RequestOptions } from "../src/client-entry.ts";
import { startEchoServer, type EchoServer, type Seen } from "./helpers/echo-server.ts";
import { RawPeer, until } from "./helpers/exchange-rig.ts";

/** `/length/N` and `/chunked/N` send N bytes, `/to/PATH` redirects there, everything else answers. */
function answer(response: ServerResponse, { url }: Seen): void {
  const [, kind, size = "0"] = url.split("/");
  if (kind === "length") response.writeHead(200, { "Content-Length": size });
  if (kind === "to") response.writeHead(307, { Location: `/${size}`, "Content-Length": 5 });
  if (kind === "chunked") response.flushHeaders();
  response.end(kind === "to" ? "moved" : Buffer.alloc(Number(size) || 0));
}

let server: EchoServer;
let client: Client;
before(async () => {
  server = await startEchoServer(answer);
  client = new Client({ timeout: 10_000 });
});
after(async () => {
  client.close();
  await server.close();
});

interface Watched {
  readonly up: Progress[];
  readonly down: Progress[];
  readonly onProgress: (progress: Progress) => void;
}

function watch(): Watched {
  const up: Progress[] = [];
  const down: Progress[] = [];
  return { up, down, onProgress: (progress) => void (progress.direction === "upload" ? up : down).push(progress) };
}

/** It grows with every call up to the end, and the total is always the same. */
function assertGrows(progress: readonly Progress[], end: number, total: number | undefined): void {
  const transferred = progress.map((one) => one.transferred);
  assert.equal(transferred.at(-1), end);
  assert.deepEqual(
    transferred,
    [...new Set(transferred)].toSorted((a, b) => a - b),
  );
  assert.deepEqual([...new Set(progress.map((one) => one.total))], [total]);
}

describe("onProgress", () => {
  it("tells a download as it comes, with its total", async () => {
    const { up, down, onProgress } = watch();
    await (await client.get(`${server.url}/length/1000000`, { onProgress })).bytes();
    assertGrows(down, 1_000_000, 1_000_000);
    assert.ok(down.length > 1);
    assert.deepEqual(up, []);
  });

  it("tells a download of unknown length without a total, and counts the body alone", async () => {
    const { down, onProgress } = watch();
    await (await client.get(`${server.url}/chunked/300000`, { onProgress })).bytes();
    assertGrows(down, 300_000, undefined);
  });

  for (const size of [1, 65_535, 65_536, 1_000_000])
    it(`tells an upload of ${size} bytes in memory as it leaves`, async () => {
      const { up, onProgress } = watch();
      await client.post(server.url, { body: Buffer.alloc(size), onProgress });
      assertGrows(up, size, size);
      if (size > 65_536) assert.ok(up.length > 1);
    });

  it("tells an upload of unknown length without a total, and counts the body alone", async () => {
    const { up, onProgress } = watch();
    const pieces = [10, 20_000, 200_000].map((size) => Buffer.alloc(size));
    await client.post(server.url, { body: Readable.from(pieces), onProgress });
    assertGrows(up, 220_010, undefined);
    assert.equal(server.seen.at(-1)?.body.length, 220_010);
  });

  it("tells nothing of a request and an answer without a body", async () => {
    const { up, down, onProgress } = watch();
    await (await client.post(server.url, { onProgress })).text();
    await (await client.head(`${server.url}/length/1000`, { onProgress })).text();
    assert.deepEqual([up, down], [[], []]);
  });

  it("begins anew with each hop", async () => {
    const { up, down, onProgress } = watch();
    await client.post(`${server.url}/to/end`, { body: "body", onProgress });
    assert.deepEqual(
      up.map(({ transferred }) => transferred),
      [4, 4],
    );
    assert.ok(down.every(({ transferred }) => transferred <= 5));
  });

  it("tells nothing more of a body that nobody wants", async () => {
    const { down, onProgress } = watch();
    const peer = new RawPeer((socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"));
    const url = await peer.listen();
    await using one = new Client();
    const response = await one.get(url, { onProgress });
    response.discard();
    peer.sockets[0]?.write("x".repeat(20));
    // The connection is free again when all of it has come.
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.deepEqual(down, []);
    peer.close();
  });

  const cause = new Error("enough");
  const throws = (): never => {
    throw cause;
  };

  it("that throws while the request is sent ends the call", async () => {
    const peer = new RawPeer(() => {});
    const url = await peer.listen();
    for (const size of [10, 1_000_000])
      await assert.rejects(client.post(url, { body: Buffer.alloc(size), onProgress: throws }), (error) => {
        assert.ok(isHttpError(error));
        assert.deepEqual([error.code, error.phase, error.cause], ["callback-failed", "send", cause]);
        return true;
      });
    await until(() => peer.open === 0);
    peer.close();
  });

  it("that fails in a promise ends the call, and no rejection is left unhandled", async () => {
    const peer = new RawPeer((socket) => void socket.write("HTTP/1.1 100 Continue\r\n\r\n"));
    const url = await peer.listen();
    const fails = async (): Promise<never> => Promise.reject(cause);
    for (const options of [{ onProgress: fails, body: "a body" }, { onInformational: fails }])
      await assert.rejects(client.post(url, options), { code: "callback-failed", cause });
    await until(() => peer.open === 0);
    peer.close();
  });

  it("that throws while the body comes fails the reader, closes the connection and leaves nothing to wait for", async () => {
    const peer = new RawPeer((socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
    const url = await peer.listen();
    await using one = new Client({ timeout: 600_000 });
    const { signal } = new AbortController();
    const response = await one.get(url, { onProgress: throws, signal });
    const text = response.text();
    peer.sockets[0]?.write("x".repeat(500));
    await assert.rejects(text, { code: "callback-failed", phase: "body", cause });
    await until(() => peer.open === 0);
    assert.equal(getEventListeners(signal, "abort").length, 0);
    peer.close();
  });
});

/** A server that answers when a request's last chunk has come. */
async function withSink(work: (url: string, peer: RawPeer) => Promise<void>): Promise<void> {
  const peer = new RawPeer(
    (socket, text) => void (text.endsWith("0\r\n\r\n") && socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
  );
  try {
    await work(await peer.listen(), peer);
  } finally {
    peer.close();
  }
}

async function withClient(options: ClientOptions, work: (client: Client) => Promise<void>): Promise<void> {
  await using one = new Client({ timeout: 10_000, ...options });
  await work(one);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("The time-outs of an upload", () => {
  async function* slow(): AsyncGenerator<string> {
    for (const piece of ["one", "two", "three"]) {
      await sleep(80);
      yield piece;
    }
  }

  const timeout: RequestOptions["timeout"] = { send: 40, headers: 5000 };

  it("do not run while the source is slow: that is the program's own time", () =>
    withSink((url) => withClient({}, async (one) => assert.equal((await one.post(url, { body: slow, timeout })).status, 200))));

  it("run while the server takes nothing", async () => {
    const peer = new RawPeer((socket) => void socket.pause());
    const url = await peer.listen();
    const body = async function* (): AsyncGenerator<Uint8Array> {
      for (let piece = 0; piece < 1000; piece++) yield new Uint8Array(100_000);
    };
    await withClient({}, async (one) => {
      await assert.rejects(one.post(url, { body, timeout: { send: 150 } }), (error) => {
        assert.ok(isHttpError(error));
        assert.deepEqual([error.code, error.phase], ["timeout", "send"]);
        assert.match(error.message, /within 150 ms \(timeout\.send\)/);
        return true;
      });
    });
    peer.close();
  });

  it("make no error of an event loop that stood still while the source was ready", () =>
    withSink((url) =>
      withClient({}, async (one) => {
        const body = async function* (): AsyncGenerator<string> {
          yield "one";
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
          yield "two";
        };
        assert.equal((await one.post(url, { body, timeout: { send: 50, headers: 5000 } })).status, 200);
      }),
    ));

  it("end a source that never gives anything with the time of the call, and let it go", () =>
    withSink((url) =>
      withClient({}, async (one) => {
        const body = new Readable({ read() {} });
        await assert.rejects(one.post(url, { body, timeout: { total: 100, send: 10 } }), (error) => {
          assert.ok(isHttpError(error));
          assert.match(error.message, /within 100 ms \(timeout\.total\): the time ended while sending the request/);
          return error.code === "timeout";
        });
        assert.ok(body.destroyed);
      }),
    ));
});

describe("One signal for 10 000 requests of a client", () => {
  it("has one listener at most, no warning, and none afterwards", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    const peer = new RawPeer((socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    const url = await peer.listen();
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, "abort").length;
    let most = 0;
    const hooks = { beforeRequest: (): void => void (most = Math.max(most, listeners())) };
    await withClient({ maxConnectionsPerOrigin: 20, signal, hooks, timeout: 60_000 }, async (one) => {
      await Promise.all(Array.from({ length: 10_000 }, async () => (await one.get(url)).text()));
    });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    peer.close();
    assert.deepEqual([most, listeners(), warnings], [1, 0, []]);
  });
});
