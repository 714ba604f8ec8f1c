import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { Answer } from "../src/client/exchange/answer.ts";
import { Client } from "../src/client/index.ts";
import { ExchangeRig, ok, RawPeer, until } from "./helpers/exchange-rig.ts";

const held: (() => void)[] = [];
const peer = new RawPeer((socket, text) => {
  const path = text.split(" ")[1] ?? "";
  const reply = (): void => void socket.write(ok(path));
  if (path.startsWith("/hold")) held.push(reply);
  else reply();
});
let url = "";
let other = "";

before(async () => {
  url = await peer.listen();
  other = url.replace("127.0.0.1", "other.test");
});
after(() => peer.close());

/** A connection's number at the server. */
const connectionsSeen = (): number => peer.sockets.length;

const opened = async (work: () => Promise<unknown>): Promise<number> => {
  const earlier = connectionsSeen();
  await work();
  return connectionsSeen() - earlier;
};

test("one request after another goes over one connection", async () => {
  const rig = new ExchangeRig();
  const count = await opened(async () => {
    for (let index = 0; index < 5; index++) assert.equal(await rig.text({ url: `${url}${index}` }), `/${index}`);
  });
  assert.equal(count, 1);
  rig.pool.close();
  assert.equal(rig.pool.size, 0);
});

test("a connection is never shared across lookup functions, address maps or ports, and is shared within each", async () => {
  const { port } = new URL(url);
  const second = new RawPeer((socket) => void socket.write(ok("second")));
  const otherPort = await second.listen();
  await using client = new Client();
  const lookup = (_host: string, done: (error: null, addresses: { address: string; family: 4 }[]) => void): void =>
    done(null, [{ address: "127.0.0.1", family: 4 }]);
  const twin: typeof lookup = (host, done) => lookup(host, done);
  const variants = [{ lookup }, { lookup: twin }, { lookup, connectTo: { [`name.test:${port}`]: `127.0.0.1:${port}` } }];
  const count = await opened(async () => {
    for (let round = 0; round < 2; round++) {
      for (const options of variants) await (await client.get(`http://name.test:${port}/x`, options)).text();
    }
  });
  assert.equal(count, variants.length);
  assert.equal(await (await client.get(otherPort)).text(), "second");
  second.close();
});

test("no more than maxConnectionsPerOrigin are open, and who waits is served in the order of asking", async () => {
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 2 });
  const order: number[] = [];
  const requests = Array.from({ length: 12 }, async (_, index) => {
    assert.equal(await rig.text({ url: `${url}${index}` }), `/${index}`);
    order.push(index);
  });
  assert.equal(rig.pool.size, 2);
  assert.equal(await opened(() => Promise.all(requests)), 2);
  for (const [place, index] of order.entries()) assert.ok(Math.abs(place - index) <= 1, `request ${index} came as number ${place}`);
  rig.pool.close();
});

test("1000 requests at once on 10 connections give 1000 right answers", async () => {
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 10 });
  const paths = Array.from({ length: 1000 }, (_, index) => `/n${index}`);
  const count = await opened(async () => {
    const texts = await Promise.all(paths.map((path) => rig.text({ url: new URL(path, url).href })));
    assert.deepEqual(texts, paths);
  });
  assert.equal(count, 10);
  assert.equal(rig.pool.size, 10);
  rig.pool.close();
  assert.equal(rig.clock.pending, 0);
});

test("at maxConnections a free connection to another origin makes room", async () => {
  const rig = new ExchangeRig({ maxConnections: 1 });
  for (const address of [url, other, url]) {
    await rig.text({ url: address });
    assert.equal(rig.pool.size, 1);
  }
  rig.pool.close();
});

test("an origin that waits for room gets it when another origin's exchange is over, although that origin has more to do", async () => {
  const rig = new ExchangeRig({ maxConnections: 1 });
  held.length = 0;
  const order: string[] = [];
  const note = (name: string, wish: string): Promise<unknown> => rig.text({ url: wish }).then(() => order.push(name));
  const all = [note("first", `${url}hold`), note("stranger", `${other}x`), note("second", `${url}y`), note("third", `${url}z`)];
  await until(() => held.length === 1);
  held[0]?.();
  // The stranger never gets the other origin's connection, nor the other way round.
  assert.equal(await opened(() => Promise.all(all)), 2);
  assert.deepEqual(order, ["first", "stranger", "second", "third"]);
  assert.equal(rig.pool.size, 1);
  rig.pool.close();
});

for (const [how, free] of [
  ["fails", (): void => void peer.sockets.at(-1)?.resetAndDestroy()],
  ["is given up", (_: Answer | undefined, stop: AbortController): void => stop.abort()],
] as const) {
  test(`who waits is served when the exchange before ${how}`, async () => {
    const rig = new ExchangeRig({ maxConnections: 1, maxConnectionsPerOrigin: 1 });
    held.length = 0;
    const stop = new AbortController();
    const first = rig.send({ url: `${url}hold`, signal: stop.signal, method: "POST" });
    const waiting = Promise.all([rig.text({ url: `${url}a` }), rig.text({ url: `${other}b` })]);
    await until(() => held.length === 1);
    free(undefined, stop);
    await assert.rejects(first);
    assert.deepEqual(await waiting, ["/a", "/b"]);
    rig.pool.close();
  });
}

test("who was given up while waiting is not served, and takes nobody's turn", async () => {
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 1 });
  held.length = 0;
  const stop = new AbortController();
  const first = rig.text({ url: `${url}hold` });
  const gone = rig.send({ url: `${url}gone`, signal: stop.signal });
  const last = rig.text({ url: `${url}last` });
  stop.abort();
  await assert.rejects(gone, { code: "aborted", phase: "request" });
  await until(() => held.length === 1);
  held[0]?.();
  assert.deepEqual(await Promise.all([first, last]), ["/hold", "/last"]);
  rig.pool.close();
});

test("a connection that is free for idleTimeout is closed, and the timer with it", async () => {
  const rig = new ExchangeRig({ idleTimeout: 1000 });
  await rig.text({ url });
  rig.clock.advance(999);
  assert.equal(rig.pool.size, 1);
  rig.clock.advance(1);
  assert.equal(rig.pool.size, 0);
  assert.equal(rig.clock.pending, 0);
});

test("each connection has its own idleTimeout, however they follow each other", async () => {
  const rig = new ExchangeRig({ idleTimeout: 1000 });
  await rig.text({ url });
  rig.clock.advance(600);
  await rig.text({ url: other });
  rig.clock.advance(400);
  assert.equal(rig.pool.size, 1);
  rig.clock.advance(600);
  assert.equal(rig.pool.size, 0);
});

test("a connection is not used again after maxLifetime", async () => {
  const rig = new ExchangeRig({ idleTimeout: 1000, maxLifetime: 1500 });
  const count = await opened(async () => {
    for (let index = 0; index < 4; index++) {
      await rig.text({ url });
      rig.clock.advance(500);
    }
  });
  assert.equal(count, 2);
  rig.pool.close();
});

test("an origin keeps its limit after its only connection became too old", async () => {
  const rig = new ExchangeRig({ idleTimeout: 1000, maxConnectionsPerOrigin: 1 });
  await rig.text({ url });
  // The clock is beyond the time, the timer has not come yet.
  rig.clock.advanceSilently(1000);
  await rig.text({ url });
  assert.equal(await opened(() => Promise.all([rig.text({ url }), rig.text({ url })])), 0);
  assert.equal(rig.pool.size, 1);
  rig.pool.close();
  assert.equal(rig.pool.size, 0);
});

test("close() closes free connections now and busy ones after their exchange; later exchanges work on connections that are not kept", async () => {
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 2 });
  held.length = 0;
  const busy = rig.text({ url: `${url}hold` });
  await rig.text({ url });
  await until(() => held.length === 1);
  assert.equal(rig.pool.size, 2);
  rig.pool.close();
  assert.equal(rig.pool.size, 1);
  held[0]?.();
  assert.equal(await busy, "/hold");
  assert.equal(rig.pool.size, 0);
  assert.equal(await rig.text({ url: `${url}later` }), "/later");
  assert.equal(rig.pool.size, 0);
  assert.equal(rig.clock.pending, 0);
});

test("who waits when close() is called is served all the same", async () => {
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 1 });
  const texts = Promise.all(["a", "b", "c"].map((path) => rig.text({ url: url + path })));
  rig.pool.close();
  assert.deepEqual(await texts, ["/a", "/b", "/c"]);
  assert.equal(rig.pool.size, 0);
});

test("a lookup function that throws fails its request, and leaves no place taken", async () => {
  const rig = new ExchangeRig({ maxConnectionsPerOrigin: 1 });
  const lookup = (): never => {
    throw new RangeError("no such table");
  };
  for (let round = 0; round < 3; round++) {
    await assert.rejects(rig.send({ url: "http://name.test/", dial: { lookup } }), { code: "dns-failed", message: /no such table/ });
  }
  assert.equal(rig.pool.size, 0);
});

const child = async (script: string): Promise<string> => {
  const args = ["--import", "tsx", "--input-type=module", "-e", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: new URL("../../..", import.meta.url), timeout: 20_000 });
  return stdout.trim();
};

test("a free connection does not keep the process alive, a busy one does", async () => {
  const late = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => setTimeout(() => socket.write(ok("late")), 300));
  });
  await new Promise<void>((resolve) => void late.listen(0, "127.0.0.1", resolve));
  const entry = new URL("../src/client-entry.ts", import.meta.url).href;
  const script = `import { Client } from ${JSON.stringify(entry)};
    const client = new Client({ idleTimeout: 60_000 });
    const ended = performance.now();
    for (let index = 0; index < 2; index++) console.log(await (await client.get("http://127.0.0.1:${(late.address() as AddressInfo).port}/")).text());
    process.on("exit", () => console.log(performance.now() - ended < 15_000 ? "ended by itself" : "was kept"));`;
  assert.equal(await child(script), "late\nlate\nended by itself");
  late.close();
});
