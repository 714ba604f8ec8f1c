import assert from "node:assert/strict";
import { test } from "node:test";
import { ResponseBody, type BodySource } from "../src/client/response/response-body.ts";
import type { HttpFailure } from "../src/protocol/index.ts";
import { ExchangeRig, ok, RawPeer, until } from "./helpers/exchange-rig.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** A server that gives every connection the same answer, however often it asks. */
async function withAnswer(answer: string | Buffer, work: (rig: ExchangeRig, url: string, peer: RawPeer) => Promise<void>): Promise<void> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const peer = new RawPeer((socket) => void socket.write(answer));
  const rig = new ExchangeRig();
  try {
    await work(rig, await peer.listen(), peer);
    rig.pool.close();
    assert.equal(rig.pool.size, 0);
    assert.equal(rig.clock.pending, 0);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(unhandled, []);
  } finally {
    process.off("unhandledRejection", note);
    peer.close();
  }
}

const chunked = (...pieces: string[]): string =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join("")}0\r\n`;

test("a body that fits is held for a late reader, and its connection serves the next request before that", () =>
  withAnswer(ok("a".repeat(65_536)), async (rig, url, peer) => {
    const first = await rig.send({ url });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal((await rig.text({ url })).length, 65_536);
    assert.equal((await first.body.bytes()).length, 65_536);
    assert.equal(peer.sockets.length, 1);
  }));

test("a connection that was paused by the last bytes of an unread body is read again for the next request", () =>
  withAnswer(ok("a".repeat(66_000)).slice(0, 60_000), async (rig, url, peer) => {
    const first = await rig.send({ url });
    await until(() => first.exchange.status.bytesReceived === 60_000);
    peer.sockets[0]?.write(ok("a".repeat(66_000)).slice(60_000));
    await until(() => first.exchange.status.bytesReceived > 60_000);
    const second = await rig.send({ url });
    assert.equal(peer.sockets.length, 1);
    second.body.abandon();
    assert.equal((await first.body.bytes()).length, 66_000);
    peer.sockets[0]?.destroy();
    await until(() => rig.pool.size === 0);
  }));

for (const [kind, answer] of [
  ["with a length", ok("b".repeat(60_000))],
  ["in chunks", `${chunked("c".repeat(30_000), "d".repeat(30_000))}\r\n`],
] as const) {
  test(`a small body ${kind} that is not wanted is read to its end, and the connection kept`, () =>
    withAnswer(answer.slice(0, 200), async (rig, url, peer) => {
      const { body, exchange } = await rig.send({ url });
      body.abandon();
      peer.sockets[0]?.write(answer.slice(200));
      await until(() => exchange.status.bytesReceived === answer.length);
      assert.equal(rig.pool.size, 1);
      const next = rig.send({ url });
      assert.equal((await next).head.status, 200);
      assert.equal(peer.sockets.length, 1);
      (await next).body.abandon();
      peer.sockets[0]?.destroy();
      await until(() => rig.pool.size === 0);
    }));
}

for (const [kind, answer] of [
  ["with a length", ok("b".repeat(200_000))],
  ["in chunks", `${chunked("c".repeat(200_000))}\r\n`],
  ["to the end of the connection", `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(100)}`],
] as const) {
  test(`a large body ${kind} that is not wanted closes the connection`, () =>
    withAnswer(answer, async (rig, url, peer) => {
      const { body } = await rig.send({ url });
      body.abandon();
      await until(() => rig.pool.size === 0 && peer.open === 0);
      await assert.rejects(body.bytes(), TypeError);
    }));
}

test("an unwanted body that stands still is waited for a second, then its connection is closed", () =>
  withAnswer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", async (rig, url) => {
    const { body } = await rig.send({ url });
    body.abandon();
    rig.clock.advance(999);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(rig.pool.size, 1);
    rig.clock.advance(1);
    await until(() => rig.pool.size === 0);
  }));

test("an iterator that is ended while it waits leaves no more than that second", () =>
  withAnswer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", async (rig, url) => {
    const pieces = (await rig.send({ url })).body.chunks();
    const waiting = pieces.next();
    await pieces.return();
    await waiting;
    assert.equal(rig.pool.size, 1);
    rig.clock.advance(1000);
    await until(() => rig.pool.size === 0);
  }));

test("a loop over the body that is left early gives the rest up", () =>
  withAnswer(ok("e".repeat(500_000)), async (rig, url, peer) => {
    const { body } = await rig.send({ url });
    for await (const piece of body.chunks()) {
      assert.ok(piece.length > 0);
      break;
    }
    assert.equal(rig.pool.size, 0);
    await until(() => peer.open === 0);
  }));

test("an iterator that is ended before its first piece, or while it waits for one, gives the body up", () =>
  withAnswer("HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n", async (rig, url) => {
    const unasked = (await rig.send({ url })).body.chunks();
    await unasked.return();
    assert.equal(rig.pool.size, 0);
    const asked = (await rig.send({ url })).body.chunks();
    const waiting = asked.next();
    await asked.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.equal(rig.pool.size, 0);
  }));

test("a second reader gets a TypeError, and does not disturb the first", () =>
  withAnswer(ok("once"), async (rig, url) => {
    const { body } = await rig.send({ url });
    const second = body.chunks();
    const first = body.bytes();
    await assert.rejects(second.next(), TypeError);
    await body.chunks().return();
    assert.equal(text(await first), "once");
    await assert.rejects(body.bytes(), TypeError);
    assert.equal(body.used, true);
  }));

test("a reader whose body is discarded hears of it", () =>
  withAnswer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", async (rig, url, peer) => {
    const { body } = await rig.send({ url });
    const reading = body.bytes();
    body.abandon();
    await assert.rejects(reading, { code: "aborted", phase: "body" });
    peer.sockets[0]?.destroy();
    await until(() => rig.pool.size === 0);
  }));

test("an error in the middle of the body reaches its reader once, behind the pieces that came", () =>
  withAnswer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", async (rig, url, peer) => {
    const { body } = await rig.send({ url });
    const pieces = body.chunks();
    assert.equal(text((await pieces.next()).value ?? new Uint8Array()), "half");
    peer.sockets[0]?.end();
    await assert.rejects(pieces.next(), { code: "closed-early", phase: "body" });
    assert.deepEqual(await pieces.next(), { done: true, value: undefined });
  }));

test("an error in a body that nobody reads disturbs nobody, and is there for a late reader", () =>
  withAnswer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", async (rig, url, peer) => {
    const { body } = await rig.send({ url });
    peer.sockets[0]?.resetAndDestroy();
    await until(() => rig.pool.size === 0);
    await assert.rejects(body.bytes(), { code: "connection-reset", phase: "body", message: /4 bytes of the body had come, 6 more/ });
  }));

for (const [kind, head] of [
  ["of a known length", "Content-Length: 2000"],
  ["without a length", "X-None: 1"],
] as const) {
  test(`maxBodySize ends a body ${kind} that is collected, and the error names the limit and the request`, () =>
    withAnswer(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${"f".repeat(1500)}`, async (rig, url) => {
      const { body } = await rig.send({ url, maxBodySize: 1000 });
      const problem = { code: "response-too-large", name: "HttpError", message: /^GET http:.*1000 bytes of maxBodySize/ };
      await assert.rejects(body.bytes(), problem);
      const late = await rig.send({ url, maxBodySize: 1499 });
      await new Promise((resolve) => setTimeout(resolve, 10));
      await assert.rejects(late.body.bytes(), { code: "response-too-large" });
      rig.clock.advance(1000);
      await until(() => rig.pool.size === 0);
    }));
}

test("maxBodySize lets a body of exactly that size pass, and ends one whose end had come before it was read", () =>
  withAnswer(ok("g".repeat(1000)), async (rig, url) => {
    assert.equal((await rig.text({ url, maxBodySize: 1000 })).length, 1000);
    const { body } = await rig.send({ url, maxBodySize: 999 });
    await new Promise((resolve) => setTimeout(resolve, 10));
    await assert.rejects(body.bytes(), { code: "response-too-large" });
  }));

test("maxBodySize does not limit a body that is read piece by piece", () =>
  withAnswer(ok("h".repeat(300_000)), async (rig, url) => {
    let size = 0;
    for await (const piece of (await rig.send({ url, maxBodySize: 10 })).body.chunks()) size += piece.length;
    assert.equal(size, 300_000);
  }));

test("the trailers of a chunked body are known when it has been read, and its connection is kept", () =>
  withAnswer(`${chunked("one", "two")}X-Sum: 6\r\nContent-Length: 3\r\n\r\n`, async (rig, url, peer) => {
    for (let round = 0; round < 2; round++) {
      const { body, exchange, head } = await rig.send({ url });
      assert.equal(text(await body.bytes()), "onetwo");
      assert.equal(exchange.trailers.get("x-sum"), "6");
      assert.equal(exchange.trailers.get("content-length"), undefined);
      assert.equal(head.fields.get("x-sum"), undefined);
    }
    assert.equal(peer.sockets.length, 1);
  }));

/** A source that counts. */
class CountingSource implements BodySource {
  paused = 0;
  resumed = 0;
  pause(): void {
    this.paused++;
  }
  resume(): void {
    this.resumed++;
  }
  abandon(): void {}
  waiting(): void {}
  explain(failure: HttpFailure): HttpFailure {
    return failure;
  }
}

test("a body pauses its connection above 64 KiB or 1024 pieces, once, and lets it go on when all of them were taken", async () => {
  for (const [size, count] of [
    [30_000, 3],
    [1, 1025],
  ] as const) {
    const source = new CountingSource();
    const body = new ResponseBody(source, { length: undefined, maximum: 1e9 });
    for (let index = 1; index < count; index++) body.push(new Uint8Array(size));
    assert.equal(source.paused, 0);
    body.push(new Uint8Array(size));
    body.push(new Uint8Array(size));
    assert.equal(source.paused, 1);
    const pieces = body.chunks();
    for (let index = 0; index < count + 1; index++) assert.equal((await pieces.next()).value?.length, size);
    assert.equal(source.resumed, 0);
    const last = pieces.next();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(source.resumed, 1);
    body.end();
    assert.equal((await last).done, true);
  }
});

test("a slow reader of 50 MB holds the server back", async () => {
  const size = 50_000_000;
  const peer = new RawPeer((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    socket.write(Buffer.alloc(size, "i"));
  });
  const rig = new ExchangeRig();
  const { body, exchange } = await rig.send({ url: await peer.listen() });
  await new Promise((resolve) => setTimeout(resolve, 50));
  let taken = 0;
  let most = 0;
  for await (const piece of body.chunks()) {
    taken += piece.length;
    if (taken < 5_000_000) await new Promise((resolve) => setTimeout(resolve, 1));
    most = Math.max(most, exchange.status.bytesReceived - taken);
  }
  assert.equal(taken, size);
  assert.ok(most < 262_144, `${most} bytes were held`);
  rig.pool.close();
  peer.close();
});
