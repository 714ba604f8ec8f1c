import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { HttpError } from "../src/client/index.ts";
import type { PhaseTimeouts } from "../src/client/exchange/phase-timeouts.ts";
import { systemClock } from "../src/transport/index.ts";
import { fillBacklog } from "./helpers/full-backlog.ts";
import { ExchangeRig, ok, RawPeer, until, type Wish } from "./helpers/exchange-rig.ts";

const turns = async (count = 10): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
};

/** The error of a promise that must be rejected; at once marked as handled. */
const errorOf = (promise: Promise<unknown>): Promise<HttpError> =>
  promise.then(
    () => assert.fail("it was resolved"),
    (error: unknown) => (error instanceof HttpError ? error : assert.fail(String(error))),
  );

/** Turns the clock to the limit, and not before it. */
async function expires(rig: ExchangeRig, promise: Promise<unknown>, limit: number): Promise<HttpError> {
  let done = false;
  const error = errorOf(promise).finally(() => (done = true));
  rig.clock.advance(limit - 1);
  await turns();
  assert.equal(done, false, "it ended before its time");
  rig.clock.advance(1);
  return error;
}

const neverAnswered = (): void => {};

interface Row {
  readonly phase: string;
  readonly code: string;
  readonly limit: Partial<PhaseTimeouts>;
  readonly wish: (url: string) => Wish;
}

const rows: readonly Row[] = [
  { phase: "dns", code: "dns-timeout", limit: { dns: 700 }, wish: () => ({ url: "http://name.test/", dial: { lookup: neverAnswered } }) },
  { phase: "tls", code: "tls-timeout", limit: { tls: 700 }, wish: (url) => ({ url: url.replace("http:", "https:") }) },
  { phase: "headers", code: "timeout", limit: { headers: 700 }, wish: (url) => ({ url }) },
  { phase: "dns", code: "dns-timeout", limit: { total: 700 }, wish: () => ({ url: "http://name.test/", dial: { lookup: neverAnswered } }) },
  { phase: "headers", code: "timeout", limit: { total: 700, headers: 900 }, wish: (url) => ({ url }) },
];

for (const { phase, code, limit, wish } of rows) {
  const name = Object.keys(limit)[0] ?? "";
  test(`timeout.${name} ends a request in phase ${phase}, and the error names it and its value`, async () => {
    const silent = new RawPeer(() => {});
    const url = await silent.listen();
    const rig = new ExchangeRig();
    const promise = rig.send({ ...wish(url), timeouts: limit });
    if (phase !== "dns") await until(() => silent.sockets.length === 1);
    await turns();
    const error = await expires(rig, promise, 700);
    assert.equal(error.code, code);
    assert.equal(error.phase, phase);
    assert.match(error.message, new RegExp(`700 ms \\(timeout\\.${name}\\)`));
    assert.equal(rig.pool.size, 0);
    assert.equal(rig.clock.pending, 0);
    silent.close();
    await until(() => silent.open === 0);
  });
}

test("timeout.connect ends a connection attempt that nobody answers", async () => {
  const backlog = await fillBacklog();
  const rig = new ExchangeRig();
  const promise = rig.send({ url: `http://127.0.0.1:${backlog.port}/`, timeouts: { connect: 700 } });
  await turns();
  const error = await expires(rig, promise, 700);
  assert.equal(error.code, "connect-timeout");
  assert.equal(error.phase, "connect");
  assert.match(error.message, /700 ms \(timeout\.connect\)/);
  assert.equal(rig.pool.size, 0);
  assert.equal(rig.clock.pending, 0);
  backlog.close();
});

test("timeout.send ends a request whose body the server does not read", async () => {
  const peer = new RawPeer((socket) => void socket.pause());
  const rig = new ExchangeRig();
  const promise = rig.send({
    url: await peer.listen(),
    method: "POST",
    body: Buffer.alloc(50_000_000),
    timeouts: { send: 700, headers: 5 },
  });
  await until(() => peer.sockets.length === 1);
  await turns();
  const error = await expires(rig, promise, 700);
  assert.equal(error.phase, "send");
  assert.match(error.message, /timeout\.send/);
  assert.equal(rig.clock.pending, 0);
  peer.close();
});

test("the total covers the time in the queue", async () => {
  const peer = new RawPeer(() => {});
  const url = await peer.listen();
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 1 });
  const first = errorOf(rig.send({ url, timeouts: { total: 5000 } }));
  const queued = rig.send({ url, timeouts: { total: 700, headers: 10 } });
  await turns();
  const error = await expires(rig, queued, 700);
  assert.match(error.message, /700 ms \(timeout\.total\).*busy/);
  assert.equal(rig.pool.size, 1);
  rig.clock.advance(5000);
  assert.match((await first).message, /timeout\.total/);
  assert.equal(rig.pool.size, 0);
  assert.equal(rig.clock.pending, 0);
  peer.close();
});

test("the total covers the body, however busily it comes", async () => {
  const peer = new RawPeer((socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
  const rig = new ExchangeRig();
  const url = await peer.listen();
  const { body } = await rig.send({ url, timeouts: { total: 1000, idle: 300 } });
  const error = errorOf(body.bytes());
  for (let step = 1; step <= 4; step++) {
    rig.clock.advance(200);
    peer.sockets[0]?.write("x");
    await turns();
  }
  rig.clock.advance(200);
  const { message, phase } = await error;
  assert.match(message, /1000 ms \(timeout\.total\).*4 bytes of the body had come, 996 more were expected/);
  assert.equal(phase, "body");
  assert.equal(rig.pool.size, 0);
  assert.equal(rig.clock.pending, 0);
  peer.close();
});

test("timeout.idle begins anew with every piece of the body, and ends a body that stands still", async () => {
  const peer = new RawPeer((socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
  const rig = new ExchangeRig();
  const { body } = await rig.send({ url: await peer.listen(), timeouts: { idle: 300 } });
  const promise = body.bytes();
  for (let step = 0; step < 10; step++) {
    rig.clock.advance(299);
    peer.sockets[0]?.write("x");
    await turns();
  }
  const error = await expires(rig, promise, 300);
  assert.match(error.message, /300 ms \(timeout\.idle\)/);
  assert.equal(rig.clock.pending, 0);
  peer.close();
});

test("timeout.idle does not run while nobody waits for the body", async () => {
  const peer = new RawPeer((socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na"));
  const rig = new ExchangeRig();
  const { body } = await rig.send({ url: await peer.listen(), timeouts: { idle: 300 } });
  const pieces: string[] = [];
  await turns();
  rig.clock.advance(100_000);
  for await (const piece of body.chunks()) {
    pieces.push(Buffer.from(piece).toString());
    rig.clock.advance(100_000);
    await turns();
    if (pieces.length < 3) setTimeout(() => peer.sockets[0]?.write("abc"[pieces.length] ?? ""), 5);
  }
  assert.deepEqual(pieces, ["a", "b", "c"]);
  rig.pool.close();
  assert.equal(rig.clock.pending, 0);
  peer.close();
});

test("a stall of the event loop makes no false timeout when the server had answered in time", async () => {
  const child = fork(new URL("helpers/resetting-child.mjs", import.meta.url), { execArgv: [] });
  const [port] = await once(child, "message");
  const rig = new ExchangeRig({}, systemClock);
  const url = `http://127.0.0.1:${port}/`;
  await rig.text({ url });
  const promise = rig.text({ url, timeouts: { headers: 100, idle: 100 } });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  assert.equal(await promise, "1");
  rig.pool.close();
  child.kill();
  await once(child, "exit");
});

test("a server that is slow within every limit is waited for, and one timer serves all who wait", async () => {
  const waiting: (() => void)[] = [];
  const server = createServer((socket) => void socket.on("data", () => waiting.push(() => void socket.write(ok("slow")))));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const rig = new ExchangeRig({ idleTimeout: 1e9 });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const texts = Promise.all(
    Array.from({ length: 20 }, () => rig.text({ url, timeouts: { total: 60_000, headers: 30_000, idle: 30_000 } })),
  );
  await until(() => waiting.length === 20);
  assert.equal(rig.clock.armed, 1);
  rig.clock.advance(29_999);
  await turns();
  waiting.forEach((answer) => answer());
  assert.equal((await texts).length, 20);
  rig.pool.close();
  assert.equal(rig.clock.pending, 0);
  server.close();
});
