import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { HttpError } from "../src/client/index.ts";
import { ExchangeRig, ok, RawPeer, until } from "./helpers/exchange-rig.ts";

/** A server that does something of its own, and a rig that asks it. */
async function withPeer(
  answer: ConstructorParameters<typeof RawPeer>[0],
  work: (rig: ExchangeRig, url: string, peer: RawPeer) => Promise<void>,
): Promise<void> {
  const peer = new RawPeer(answer);
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 4 });
  try {
    await work(rig, await peer.listen(), peer);
    rig.pool.close();
    assert.equal(rig.pool.size, 0);
    assert.equal(rig.clock.pending, 0);
  } finally {
    peer.close();
  }
}

test("a second response right behind the first is never delivered", () =>
  withPeer(
    (socket, text) => void socket.write(ok(text.split(" ")[1] ?? "") + ok("poison")),
    async (rig, url, peer) => {
      for (const path of ["1", "2", "3"]) assert.equal(await rig.text({ url: url + path }), `/${path}`);
      assert.equal(peer.sockets.length, 3);
    },
  ));

test("a second response that comes while the connection is free is never delivered", () =>
  withPeer(
    (socket, text) => void socket.write(ok(text.split(" ")[1] ?? "")),
    async (rig, url, peer) => {
      assert.equal(await rig.text({ url: `${url}1` }), "/1");
      peer.sockets[0]?.write(ok("poison"));
      await until(() => rig.pool.size === 0);
      assert.equal(await rig.text({ url: `${url}2` }), "/2");
    },
  ));

test("a FIN and a reset on a free connection remove it from the pool", () =>
  withPeer(
    (socket) => void socket.write(ok("x")),
    async (rig, url, peer) => {
      await rig.text({ url });
      peer.sockets[0]?.end();
      await until(() => rig.pool.size === 0);
      await rig.text({ url });
      peer.sockets[1]?.resetAndDestroy();
      await until(() => rig.pool.size === 0);
    },
  ));

for (const [what, bytes] of [
  ["with Connection: close", ok("x", "Connection: close\r\n")],
  ["of HTTP/1.0", ok("x").replace("1.1", "1.0")],
  ["to a HEAD with a body behind it", ok("body")],
] as const) {
  test(`a connection is not used again after a response ${what}`, () =>
    withPeer(
      (socket) => void socket.write(bytes),
      async (rig, url) => {
        await rig.send({ url, method: what.includes("HEAD") ? "HEAD" : "GET" });
        await until(() => rig.pool.size === 0);
      },
    ));
}

for (const status of ["204 No Content", "304 Not Modified"]) {
  test(`a ${status} ends with its head, and its connection is kept`, () =>
    withPeer(
      (socket) => void socket.write(`HTTP/1.1 ${status}\r\n${status.startsWith("3") ? "Content-Length: 5\r\n" : ""}\r\n`),
      async (rig, url, peer) => {
        for (let round = 0; round < 3; round++) assert.equal(await rig.text({ url }), "");
        assert.equal(peer.sockets.length, 1);
      },
    ));
}

test("a response to HEAD ends with its head, and its connection is kept", () =>
  withPeer(
    (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    async (rig, url, peer) => {
      for (let round = 0; round < 3; round++) assert.equal(await rig.text({ url, method: "HEAD" }), "");
      assert.equal(peer.sockets.length, 1);
    },
  ));

/** The first request of a connection is answered, the second one gets `fate`. */
const staleAfterOne =
  (fate: (socket: RawPeer["sockets"][number]) => void) =>
  (socket: RawPeer["sockets"][number], _text: string, count: number): void => {
    if (count === 1) socket.write(ok("fine"));
    else fate(socket);
  };

for (const [how, fate] of [
  ["closes", (socket: RawPeer["sockets"][number]): void => void socket.end()],
  ["resets", (socket: RawPeer["sockets"][number]): void => void socket.resetAndDestroy()],
] as const) {
  for (const method of ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"]) {
    test(`${method} is sent once more on a fresh connection when the server ${how} the kept one without a byte`, () =>
      withPeer(staleAfterOne(fate), async (rig, url, peer) => {
        await rig.text({ url });
        const answer = await rig.send({ url, method });
        assert.equal(answer.head.status, 200);
        assert.equal(answer.exchange.status.attempt, 2);
        assert.equal(peer.sockets.length, 2);
      }));
  }

  test(`POST is not sent again when the server ${how} the kept connection; the error says that it had been kept`, () =>
    withPeer(staleAfterOne(fate), async (rig, url, peer) => {
      await rig.text({ url });
      await assert.rejects(rig.send({ url, method: "POST", body: Buffer.from("x") }), (error: unknown) => {
        assert.ok(error instanceof HttpError);
        assert.match(error.message, /had been kept from an earlier request/);
        assert.equal(error.reused, true);
        assert.equal(error.attempt, 1);
        assert.match(error.peer ?? "", /^127\.0\.0\.1:\d+$/);
        return true;
      });
      assert.equal(peer.sockets.length, 1);
    }));
}

test("a request is never sent a third time, and never again when its connection was new", async () => {
  let requests = 0;
  await withPeer(
    (socket, text, count) => {
      assert.ok(count <= 2);
      if (text.startsWith("GET /first")) socket.write(ok("fine"));
      else {
        requests++;
        socket.resetAndDestroy();
      }
    },
    async (rig, url) => {
      await assert.rejects(rig.send({ url }), { code: "connection-reset", attempt: 1 });
      assert.equal(requests, 1);
      await rig.text({ url: `${url}first` });
      await assert.rejects(rig.send({ url }), { code: "connection-reset", attempt: 2, reused: false });
      assert.equal(requests, 3);
    },
  );
});

test("the second attempt does not take another kept connection, even when the origin has no more room", async () => {
  let stale = false;
  const peer = new RawPeer((socket, _text, count) => {
    if (count > 1 && stale) socket.resetAndDestroy();
    else setTimeout(() => socket.write(ok("fine")), 5);
  });
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 3, maxConnections: 3 });
  const url = await peer.listen();
  await Promise.all([1, 2, 3].map(() => rig.text({ url })));
  stale = true;
  assert.deepEqual(await Promise.all([1, 2, 3, 4, 5].map(() => rig.text({ url }))), ["fine", "fine", "fine", "fine", "fine"]);
  rig.pool.close();
  peer.close();
});

test("nothing is sent again after a byte of the answer", () =>
  withPeer(
    staleAfterOne((socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")),
    async (rig, url, peer) => {
      await rig.text({ url });
      const { body } = await rig.send({ url });
      await assert.rejects(body.bytes(), { code: "closed-early", phase: "body", attempt: 1 });
      peer.sockets[0]?.destroy();
      assert.equal(peer.sockets.length, 1);
    },
  ));

const CHILD = new URL("helpers/resetting-child.mjs", import.meta.url);

async function resettingChild(): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(CHILD, { execArgv: [] });
  const [port] = await once(child, "message");
  return { child, url: `http://127.0.0.1:${port}/` };
}

test("POST is sent again when the kernel refused to write any of it", async () => {
  const { child, url } = await resettingChild();
  const rig = new ExchangeRig();
  assert.equal(await rig.text({ url }), "1");
  child.send("reset");
  // This thread hears nothing of the reset until it has written.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  const answer = await rig.send({ url, method: "POST", body: Buffer.from("x") });
  assert.equal(answer.exchange.status.attempt, 2);
  assert.equal(Buffer.from(await answer.body.bytes()).toString(), "2");
  rig.pool.close();
  child.kill();
  await once(child, "exit");
});

test("an early final answer to a large upload is delivered, and its connection closed", () =>
  withPeer(
    (socket, _text, count) => {
      if (count > 1) return;
      socket.pause();
      socket.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nlarge");
    },
    async (rig, url, peer) => {
      const { head, body } = await rig.send({ url, method: "POST", body: Buffer.alloc(50_000_000) });
      assert.equal(head.status, 413);
      assert.equal(Buffer.from(await body.bytes()).toString(), "large");
      await until(() => rig.pool.size === 0);
      assert.equal(peer.sockets.length, 1);
    },
  ));

test("an early final answer is delivered although the server resets the connection behind it", () =>
  withPeer(
    (socket, _text, count) => {
      if (count > 1) return;
      socket.pause();
      // Closed with the upload unread: the kernel resets the connection.
      socket.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nlarge", () => socket.destroy());
    },
    async (rig, url) => {
      const { head, body } = await rig.send({ url, method: "POST", body: Buffer.alloc(50_000_000) });
      assert.equal(head.status, 413);
      assert.equal(Buffer.from(await body.bytes()).toString(), "large");
    },
  ));

test("a large upload that was read whole leaves its connection for the next request", async () => {
  let came = 0;
  const size = 5_000_000;
  await withPeer(
    (socket, text) => {
      came += text.length;
      if (text.startsWith("GET")) socket.write(ok("next"));
      else if (text.endsWith("Z")) socket.write(ok("thanks"));
    },
    async (rig, url, peer) => {
      const body = Buffer.alloc(size, "a");
      body.write("Z", size - 1);
      assert.equal(await rig.text({ url, method: "POST", body }), "thanks");
      assert.ok(came > size);
      assert.equal(await rig.text({ url }), "next");
      assert.equal(peer.sockets.length, 1);
    },
  );
});
