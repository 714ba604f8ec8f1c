import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { onAbort } from "../src/client/exchange/abort.ts";
import { ExchangeRig, ok, RawPeer, until, type Wish } from "./helpers/exchange-rig.ts";

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

interface Row {
  readonly phase: string;
  readonly wish: (url: string) => Omit<Wish, "signal">;
  readonly reached: (peer: RawPeer) => boolean;
}

const rows: readonly Row[] = [
  { phase: "dns", wish: () => ({ url: "http://name.test/", dial: { lookup: () => {} } }), reached: () => true },
  { phase: "connect", wish: (url) => ({ url }), reached: () => true },
  { phase: "tls", wish: (url) => ({ url: url.replace("http:", "https:") }), reached: ({ sockets }) => (sockets[0]?.bytesRead ?? 0) > 0 },
  {
    phase: "send",
    wish: (url) => ({ url, method: "POST", body: Buffer.alloc(50_000_000) }),
    reached: ({ sockets }) => (sockets[0]?.bytesRead ?? 0) > 0,
  },
  { phase: "headers", wish: (url) => ({ url }), reached: ({ sockets }) => (sockets[0]?.bytesRead ?? 0) > 0 },
];

for (const { phase, wish, reached } of rows) {
  test(`a request that is given up in phase ${phase} ends at once, its connection with it, and no listener stays`, async () => {
    const peer = new RawPeer((socket, _text, count) => void (phase === "send" && count === 1 && socket.pause()));
    const url = await peer.listen();
    const rig = new ExchangeRig();
    const stop = new AbortController();
    const promise = rig.send({ ...wish(url), signal: stop.signal });
    assert.equal(listeners(stop.signal), 1);
    await until(() => reached(peer));
    const reason = new Error("enough");
    stop.abort(reason);
    assert.equal(rig.pool.size, 0);
    await assert.rejects(promise, { code: "aborted", phase, cause: reason });
    assert.equal(listeners(stop.signal), 0);
    assert.equal(rig.clock.pending, 0);
    await new Promise((resolve) => setTimeout(resolve, 10));
    // A socket that is not read hears of no end.
    for (const socket of peer.sockets) socket.resume();
    await until(() => peer.open === 0);
    peer.close();
  });
}

test("a request that is given up in its body fails the reader, and its connection is not used again", async () => {
  const peer = new RawPeer(
    (socket, text) => void socket.write(text.includes(" /next ") ? ok("next") : "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
  );
  const url = await peer.listen();
  const rig = new ExchangeRig();
  const stop = new AbortController();
  const { body } = await rig.send({ url, signal: stop.signal });
  const reading = body.bytes();
  stop.abort();
  await assert.rejects(reading, { code: "aborted", phase: "body" });
  assert.equal(listeners(stop.signal), 0);
  assert.equal(rig.pool.size, 0);
  assert.equal(await rig.text({ url: `${url}next` }), "next");
  assert.equal(peer.sockets.length, 2);
  await until(() => peer.open === 1);
  rig.pool.close();
  peer.close();
});

test("a signal that fires after the last byte changes nothing", async () => {
  const peer = new RawPeer((socket) => void socket.write(ok("whole")));
  const url = await peer.listen();
  const rig = new ExchangeRig();
  const stop = new AbortController();
  const { body } = await rig.send({ url, signal: stop.signal });
  assert.equal(listeners(stop.signal), 0);
  stop.abort();
  assert.equal(Buffer.from(await body.bytes()).toString(), "whole");
  assert.equal(await rig.text({ url }), "whole");
  assert.equal(peer.sockets.length, 1);
  rig.pool.close();
  peer.close();
});

test("a signal that had fired ends a request before it begins, and is not listened to", async () => {
  const rig = new ExchangeRig();
  const stop = new AbortController();
  stop.abort();
  await assert.rejects(rig.send({ url: "http://127.0.0.1:1/", signal: stop.signal }), { code: "aborted", phase: "request" });
  assert.equal(listeners(stop.signal), 0);
  assert.equal(rig.pool.size, 0);
});

test("a lookup function that gives its own request up leaves no connection", async () => {
  const rig = new ExchangeRig();
  const stop = new AbortController();
  const lookup: NonNullable<Wish["dial"]>["lookup"] = (_host, done) => {
    stop.abort();
    done(null, [{ address: "127.0.0.1", family: 4 }]);
  };
  await assert.rejects(rig.send({ url: "http://name.test/", dial: { lookup }, signal: stop.signal }), { code: "aborted" });
  assert.equal(rig.pool.size, 0);
  assert.equal(rig.clock.pending, 0);
});

test("10 000 requests share one signal with one listener, no warning, and none afterwards", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  const peer = new RawPeer((socket) => void socket.write(ok("x")));
  const url = await peer.listen();
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 20 });
  const { signal } = new AbortController();
  let most = 0;
  await Promise.all(
    Array.from({ length: 10_000 }, async () => {
      const text = rig.text({ url, signal });
      most = Math.max(most, listeners(signal));
      await text;
    }),
  );
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(most, 1);
  assert.equal(listeners(signal), 0);
  assert.deepEqual(warnings, []);
  process.off("warning", note);
  rig.pool.close();
  peer.close();
});

test("one signal ends all that wait, are connecting or are answered, each once", async () => {
  const peer = new RawPeer(() => {});
  const url = await peer.listen();
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 5 });
  const stop = new AbortController();
  const all = Array.from({ length: 500 }, () => rig.send({ url, signal: stop.signal }));
  await until(() => peer.sockets.length === 5);
  stop.abort();
  const ends = await Promise.allSettled(all);
  assert.ok(ends.every((end) => end.status === "rejected" && end.reason.code === "aborted"));
  assert.equal(rig.pool.size, 0);
  assert.equal(listeners(stop.signal), 0);
  await until(() => peer.open === 0);
  peer.close();
});

test("what was taken back is not called", () => {
  const stop = new AbortController();
  const calls: string[] = [];
  const first = onAbort(stop.signal, () => calls.push("first"));
  onAbort(stop.signal, () => calls.push("second"));
  first();
  first();
  stop.abort();
  assert.deepEqual(calls, ["second"]);
});
