import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { Client, type ClientOptions } from "../src/client-entry.ts";
import { ExchangeRig, ok, RawPeer, until } from "./helpers/exchange-rig.ts";

/** One connection of a server that answers when the test says so. */
class Line {
  /** Method and path of each request that has come, in order. */
  readonly asked: string[] = [];
  readonly #write: (bytes: string) => void;
  readonly end: (bytes: string) => void;
  #answered = 0;

  constructor({ write, end }: { write: (bytes: string) => void; end: (bytes: string) => void }) {
    this.#write = write;
    this.end = end;
  }

  /** Sends bytes as they are; they are answers to so many requests. */
  say(bytes: string, answers = 1): void {
    this.#answered += answers;
    this.#write(bytes);
  }

  /** Answers the next requests, so many at once, each with its own path. */
  answer(count = 1): void {
    const next = this.asked.slice(this.#answered, this.#answered + count);
    this.say(next.map((request) => ok(request.split(" ")[1] ?? "")).join(""), count);
  }

  /** Requests that wait for their answer. */
  get open(): number {
    return this.asked.length - this.#answered;
  }
}

const peers: RawPeer[] = [];
after(() => peers.forEach((peer) => peer.close()));

/** A server whose connections a test answers by hand. Each is warm at once: what is asked for `/warm` is answered. */
async function byHand(): Promise<{ url: string; lines: Line[] }> {
  const lines: Line[] = [];
  const peer = new RawPeer((socket, text) => {
    const index = peer.sockets.indexOf(socket);
    const line = (lines[index] ??= new Line({ write: (bytes) => void socket.write(bytes), end: (bytes) => void socket.end(bytes) }));
    for (const [, request = ""] of text.matchAll(/^([A-Z]+ \S+) HTTP\/1\.1\r$/gm)) {
      line.asked.push(request);
      if (request.endsWith("/warm")) line.answer();
    }
  });
  peers.push(peer);
  return { url: await peer.listen(), lines };
}

/** A client with one connection to each origin, which has been used before. */
async function warm(url: string, options: ClientOptions = {}): Promise<Client> {
  const client = new Client({ baseUrl: url, maxConnectionsPerOrigin: 1, pipelining: 3, ...options });
  await (await client.get("warm")).text();
  return client;
}

const text = async (client: Client, path: string, options?: Parameters<Client["get"]>[1]): Promise<string> =>
  (await client.get(path, options)).text();

const all = (client: Client, paths: readonly string[]): Promise<string[]> => Promise.all(paths.map((path) => text(client, path)));

describe("Pipelining", () => {
  it("sends requests before earlier ones are answered, so many at a time, and gives each its own answer", async () => {
    const { url, lines } = await byHand();
    await using client = await warm(url);
    const paths = ["a", "b", "c", "d", "e", "f", "g"];
    const texts = all(client, paths);
    const [line = assert.fail()] = lines;
    await until(() => line.open === 3);
    // The place of one that was answered goes to the next.
    line.answer();
    await until(() => line.asked.length === 5);
    assert.equal(line.open, 3);
    // Several answers in one piece.
    line.answer(3);
    await until(() => line.asked.length === 8);
    line.answer(3);
    assert.deepEqual(
      await texts,
      paths.map((path) => `/${path}`),
    );
    assert.deepEqual([lines.length, line.asked], [1, ["GET /warm", ...paths.map((path) => `GET /${path}`)]]);
  });

  it("reads answers that are cut anywhere, with and without bodies, as what they are", async () => {
    const { url, lines } = await byHand();
    await using client = await warm(url, { pipelining: 4 });
    const requests = [client.get("a"), client.head("b"), client.options("c"), client.get("d")];
    const [line = assert.fail()] = lines;
    await until(() => line.open === 4);
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHTTP/\r\n0\r\nX: y\r\n\r\n";
    const bytes = `${chunked}HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n${ok("the last")}`;
    for (const byte of bytes) {
      line.say(byte, 0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const answers = await Promise.all(requests.map(async (request) => [(await request).status, await (await request).text()]));
    assert.deepEqual(answers, [
      [200, "HTTP/"],
      [200, ""],
      [204, ""],
      [200, "the last"],
    ]);
    assert.deepEqual([lines.length, line.asked.slice(1)], [1, ["GET /a", "HEAD /b", "OPTIONS /c", "GET /d"]]);
  });

  it("gives no byte of a large body to the next answer, nor the other way round", async () => {
    const { url, lines } = await byHand();
    await using client = await warm(url);
    const size = 3_000_000;
    const bodies = ["a", "b", "c"].map(async (path) => (await client.get(path)).bytes());
    await until(() => lines[0]?.open === 3);
    lines[0]?.say(["a", "b", "c"].map((letter, index) => ok(letter.repeat(index === 1 ? 5 : size))).join(""), 3);
    for (const [index, body] of (await Promise.all(bodies)).entries())
      assert.ok(Buffer.from(body).equals(Buffer.alloc(index === 1 ? 5 : size, "abc"[index])), `body ${index} is another`);
  });

  it("is off unless it is asked for", async () => {
    const { url, lines } = await byHand();
    await using client = await warm(url, { pipelining: undefined });
    const texts = all(client, ["a", "b"]);
    const [line = assert.fail()] = lines;
    await until(() => line.open === 1);
    line.answer();
    await until(() => line.open === 1 && line.asked.length === 3);
    line.answer();
    assert.deepEqual(await texts, ["/a", "/b"]);
  });

  it("is done on no connection that has not been kept before: its server may be of any kind", async () => {
    const { url, lines } = await byHand();
    await using client = new Client({ baseUrl: url, maxConnectionsPerOrigin: 1, pipelining: 3 });
    const texts = [text(client, "a")];
    await until(() => lines[0]?.open === 1);
    lines[0]?.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/", 0);
    // The server speaks HTTP/1.1, but nobody knows yet whether this answer has an end.
    await new Promise((resolve) => setTimeout(resolve, 20));
    texts.push(text(client, "b"), text(client, "c"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(lines[0]?.asked, ["GET /a"]);
    lines[0]?.say("a");
    await until(() => lines[0]?.open === 2);
    lines[0]?.answer(2);
    assert.deepEqual(await Promise.all(texts), ["/a", "/b", "/c"]);
  });

  it("is not done with a server of HTTP/1.0, although it keeps its connection", async () => {
    const { url, lines } = await byHand();
    await using client = new Client({ baseUrl: url, maxConnectionsPerOrigin: 1, pipelining: 3 });
    const texts = all(client, ["a", "b", "c"]);
    for (let count = 1; count <= 3; count++) {
      await until(() => lines[0]?.asked.length === count);
      assert.equal(lines[0]?.open, 1);
      lines[0]?.say("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");
    }
    assert.deepEqual(await texts, ["ok", "ok", "ok"]);
    assert.equal(lines.length, 1);
  });

  it("opens another connection first, as long as there may be one", async () => {
    const { url, lines } = await byHand();
    await using client = await warm(url, { maxConnectionsPerOrigin: 2 });
    const texts = all(client, ["a", "b", "c", "d"]);
    await until(() => lines.length === 2 && lines[1]?.open === 1);
    assert.deepEqual([lines[0]?.open, lines[1]?.open], [3, 1]);
    lines[0]?.answer(3);
    lines[1]?.answer();
    await texts;
  });

  for (const method of ["POST", "PUT", "DELETE"])
    it(`sends no ${method} behind another request, and nothing behind it; who asked first is served first`, async () => {
      const { url, lines } = await byHand();
      await using client = await warm(url);
      const body = method === "DELETE" ? undefined : "x";
      const answers = [client.get("a"), client.request(method, "b", { body }), client.get("c"), client.get("d")];
      const [line = assert.fail()] = lines;
      for (const [asked, open] of [
        [2, 1],
        [3, 1],
        [5, 2],
      ] as const) {
        await until(() => line.asked.length === asked);
        assert.equal(line.open, open);
        line.answer(open);
      }
      await Promise.all(answers.map(async (answer) => (await answer).text()));
      assert.deepEqual(line.asked.slice(1), ["GET /a", `${method} /b`, "GET /c", "GET /d"]);
    });
});

describe("When a pipeline breaks", () => {
  for (const [how, say, first] of [
    ["in the middle of an answer", (line: Line): void => line.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart"), "closed-early"],
    ["with an answer that is none", (line: Line): void => line.say("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), "malformed-response"],
    ["behind an answer that says close", (line: Line): void => line.say(ok("one", "Connection: close\r\n")), "one"],
    ["at the end of an answer without a length", (line: Line): void => line.end("HTTP/1.1 200 OK\r\n\r\nlong"), "long"],
  ] as const)
    it(`${how}, those behind are sent again, once, each on a connection of its own`, async () => {
      const { url, lines } = await byHand();
      await using client = await warm(url);
      const head = text(client, "a").catch(({ code }: { code: string }) => code);
      const behind = [client.get("b"), client.get("c")];
      await until(() => lines[0]?.open === 3);
      say(lines[0] ?? assert.fail());
      assert.equal(await head, first);
      for (const number of [1, 2]) {
        await until(() => lines[number]?.open === 1);
        lines[number]?.say(ok("again", "Connection: close\r\n"));
      }
      for (const [index, request] of behind.entries()) {
        const response = await request;
        assert.equal(await response.text(), "again");
        assert.deepEqual(
          response.attempts.map(({ code, status, reused }) => [code ?? status, reused]),
          [
            ["closed-early", true],
            [200, false],
          ],
        );
        assert.equal(lines[index + 1]?.asked[0], ["GET /b", "GET /c"][index]);
      }
    });

  it("before any answer, all of it is sent again", async () => {
    const { url, lines } = await byHand();
    await using client = await warm(url);
    const texts = all(client, ["a", "b", "c"]);
    await until(() => lines[0]?.open === 3);
    lines[0]?.end("");
    for (const number of [1, 2, 3]) {
      await until(() => lines[number]?.open === 1);
      lines[number]?.say(ok(`/${number}`, "Connection: close\r\n"));
    }
    assert.deepEqual((await texts).toSorted(), ["/1", "/2", "/3"]);
  });

  it("a second time, those behind it fail: nothing is sent three times", async () => {
    const { url, lines } = await byHand();
    await using client = await warm(url);
    const head = assert.rejects(text(client, "a"), { code: "malformed-response" });
    const behind = assert.rejects(text(client, "b"), { code: "closed-early", attempt: 2, reused: false });
    await until(() => lines[0]?.open === 2);
    lines[0]?.say("nonsense\r\n\r\n");
    await until(() => lines[1]?.open === 1);
    lines[1]?.end("");
    await Promise.all([head, behind]);
    assert.equal(lines.length, 2);
  });
});

it("A request that is sent again goes on no connection that was used before, in no pipeline either", async () => {
  const { url, lines } = await byHand();
  await using client = new Client({ baseUrl: url, maxConnectionsPerOrigin: 2, pipelining: 3 });
  await all(client, ["warm", "warm"]);
  const texts = all(client, ["a", "b", "c", "d", "e"]);
  await until(() => lines[0]?.open === 3 && lines[1]?.open === 2);
  assert.deepEqual(lines[0]?.asked.slice(1), ["GET /b", "GET /c", "GET /e"]);
  lines[0]?.end(ok("/b", "Connection: close\r\n"));
  await until(() => lines[2]?.open === 1);
  lines[1]?.answer();
  // Its place in the pipeline is free, and who waits does not want it.
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(lines[1]?.open, 1);
  lines[2]?.answer();
  await until(() => lines[3]?.open === 1);
  lines[3]?.answer();
  lines[1]?.answer();
  assert.deepEqual(await texts, ["/a", "/b", "/c", "/d", "/e"]);
});

describe("A request that is given up", () => {
  it("in the middle of a pipeline takes nothing from those before it, and those behind are sent again", async () => {
    const { url, lines } = await byHand();
    await using client = await warm(url);
    const stop = new AbortController();
    const before = text(client, "a");
    const gone = assert.rejects(client.get("b", { signal: stop.signal }), { code: "aborted", phase: "headers", bytesReceived: 0 });
    const behind = text(client, "c");
    await until(() => lines[0]?.open === 3);
    lines[0]?.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 0);
    stop.abort();
    await gone;
    // One that comes now is not sent on a connection that is about to end.
    const late = text(client, "d");
    lines[0]?.say(`-body${ok("to nobody")}`);
    assert.equal(await before, "half-body");
    await until(() => lines[1]?.open === 1);
    lines[1]?.answer();
    assert.equal(await behind, "/c");
    await until(() => lines[1]?.open === 1);
    lines[1]?.answer();
    assert.equal(await late, "/d");
    assert.equal(lines[0]?.asked.length, 4);
    assert.equal(lines.length, 2);
  });

  it("at the end of a pipeline leaves its answer to nobody: the connection takes no more, and ends before it", async () => {
    const { url, lines } = await byHand();
    await using client = await warm(url);
    const stop = new AbortController();
    const before = text(client, "a");
    const gone = assert.rejects(client.get("b", { signal: stop.signal }), { code: "aborted" });
    await until(() => lines[0]?.open === 2);
    stop.abort();
    await gone;
    const late = text(client, "c");
    lines[0]?.answer(2);
    assert.equal(await before, "/a");
    await until(() => lines[1]?.open === 1);
    lines[1]?.answer();
    assert.equal(await late, "/c");
    assert.deepEqual(lines[0]?.asked, ["GET /warm", "GET /a", "GET /b"]);
  });

  it("at its beginning ends the connection, and those behind are sent again", async () => {
    const { url, lines } = await byHand();
    await using client = await warm(url);
    const stop = new AbortController();
    const gone = assert.rejects(client.get("a", { signal: stop.signal }), { code: "aborted" });
    const behind = text(client, "b");
    await until(() => lines[0]?.open === 2);
    stop.abort();
    await gone;
    await until(() => lines[1]?.open === 1);
    lines[1]?.answer();
    assert.equal(await behind, "/b");
  });
});

describe("The time-out for headers", () => {
  it("begins when it is the request's turn, and ends that request and its connection", async () => {
    const { url, lines } = await byHand();
    await using client = await warm(url, { pipelining: 2 });
    const first = text(client, "a", { timeout: { headers: 20_000 } });
    const second = client.get("b", { timeout: { headers: 60 } });
    await until(() => lines[0]?.open === 2);
    // Longer than the second's time-out, in which its turn has not come.
    await new Promise((resolve) => setTimeout(resolve, 150));
    lines[0]?.answer();
    assert.equal(await first, "/a");
    await assert.rejects(second, { code: "timeout", phase: "headers", message: /within 60 ms \(timeout\.headers\)/ });
  });
});

describe("The option pipelining", () => {
  it("is a client's, and a whole number from 1", async () => {
    for (const pipelining of [0, 1.5, -1, "2"])
      assert.throws(() => new Client(Object.fromEntries([["pipelining", pipelining]])), {
        name: "TypeError",
        message: /pipelining must be a whole number from 1/,
      });
    await using client = new Client();
    await assert.rejects(client.get("http://127.0.0.1:1/", Object.fromEntries([["pipelining", 2]])), { message: /is one of a Client/ });
  });
});

describe("Fairness", () => {
  it("goes across origins: an origin that waits for a connection gets it before more is sent in another's pipeline", async () => {
    const { url, lines } = await byHand();
    const other = url.replace("127.0.0.1", "other.test");
    const rig = new ExchangeRig({ maxConnections: 1, pipelining: 2 });
    await rig.text({ url: `${url}warm` });
    const first = [rig.text({ url: `${url}a` }), rig.text({ url: `${url}b` })];
    const stranger = rig.text({ url: `${other}c` });
    const late = rig.text({ url: `${url}d` });
    await until(() => lines[0]?.open === 2);
    lines[0]?.answer(2);
    assert.deepEqual(await Promise.all(first), ["/a", "/b"]);
    await until(() => lines[1]?.open === 1);
    assert.deepEqual(lines[1]?.asked, ["GET /c"]);
    lines[1]?.answer();
    await until(() => lines[2]?.open === 1);
    lines[2]?.answer();
    assert.deepEqual(await Promise.all([stranger, late]), ["/c", "/d"]);
    rig.pool.close();
    assert.equal(rig.pool.size, 0);
  });

  it("lets no connection grow older than maxLifetime by what is sent behind", async () => {
    const { url, lines } = await byHand();
    const rig = new ExchangeRig({ maxConnectionsPerOrigin: 1, pipelining: 2, maxLifetime: 1000 });
    await rig.text({ url: `${url}warm` });
    const first = rig.text({ url: `${url}a` });
    await until(() => lines[0]?.open === 1);
    rig.clock.advance(1000);
    const second = rig.text({ url: `${url}b` });
    lines[0]?.answer();
    await until(() => lines[1]?.open === 1);
    lines[1]?.answer();
    assert.deepEqual(await Promise.all([first, second]), ["/a", "/b"]);
    rig.pool.close();
  });
});

it("of 2000 requests over 4 connections that break now and then, each is answered with its own path", async () => {
  let count = 0;
  const peer = new RawPeer((socket, bytes) => {
    for (const [, path = ""] of bytes.matchAll(/^GET (\S+) HTTP\/1\.1\r$/gm)) {
      if (socket.writableEnded) continue;
      if (++count % 97 === 0) socket.end(ok(path, "Connection: close\r\n"));
      else socket.write(ok(path));
    }
  });
  peers.push(peer);
  await using client = new Client({ baseUrl: await peer.listen(), maxConnectionsPerOrigin: 4, pipelining: 8 });
  const paths = Array.from({ length: 2000 }, (_, index) => `/n${index}`);
  assert.deepEqual(await all(client, paths), paths);
  assert.ok(peer.sockets.length > 4);
});
