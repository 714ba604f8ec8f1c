import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpError } from "../src/client/index.ts";
import { systemClock } from "../src/transport/index.ts";
import { ExchangeRig, ok, RawPeer, until } from "./helpers/exchange-rig.ts";

test("of a seeded mix of answers, cuts, resets and stalls every promise settles once and nothing is left open", async () => {
  let seed = 20_26;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff;
    return (seed >>> 8) % below;
  };
  const fates: ((socket: RawPeer["sockets"][number], path: string) => void)[] = [
    (socket, path) => void socket.write(ok(path)),
    (socket, path) =>
      void socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${path.length.toString(16)}\r\n${path}\r\n0\r\n\r\n`),
    (socket, path) => void socket.write(ok(path) + ok("poison")),
    (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut"),
    (socket) => void socket.resetAndDestroy(),
    (socket) => void socket.end(),
    (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Le"),
    (socket) => void socket.write("ICY 200 OK\r\n\r\n"),
    (socket, path) => void setTimeout(() => socket.write(ok(path)), random(5)),
  ];
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const peer = new RawPeer((socket, text) => fates[random(4) > 0 ? random(3) : random(fates.length)]?.(socket, text.split(" ")[1] ?? ""));
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 10, maxConnections: 15 }, systemClock);
  const url = await peer.listen();
  const settled = { right: 0, wrong: 0, failed: 0 };
  await Promise.all(
    Array.from({ length: 2000 }, async (_, index) => {
      const stop = new AbortController();
      const host = index % 3 === 0 ? url.replace("127.0.0.1", "other.test") : url;
      if (index % 17 === 0) setImmediate(() => stop.abort());
      try {
        const text = await rig.text({ url: `${host}${index}`, signal: stop.signal, timeouts: { headers: 60, idle: 60 } });
        settled[text === `/${index}` ? "right" : "wrong"]++;
        assert.ok(rig.pool.size <= 15);
      } catch (error) {
        assert.ok(error instanceof HttpError, String(error));
        settled.failed++;
      }
    }),
  );
  assert.equal(settled.wrong, 0);
  assert.equal(settled.right + settled.failed, 2000);
  assert.ok(settled.right > 1000 && settled.failed > 50, JSON.stringify(settled));
  rig.pool.close();
  assert.equal(rig.pool.size, 0);
  peer.close();
  await until(() => peer.open === 0);
  await until(() => !process.getActiveResourcesInfo().some((name) => name.startsWith("TCP")));
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
});
