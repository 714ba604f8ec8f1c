import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { Client, recordTransport, replayTransport, type ReplayOptions } from "../src/client-entry.ts";
import { startEchoServer, type EchoServer } from "./helpers/echo-server.ts";
import { errorOf } from "./helpers/error-of.ts";

const BINARY = Buffer.from([0, 255, 128, 10]);

/** What the server says to each path. */
const ANSWERS: Readonly<Record<string, readonly [status: number, headers: Record<string, string | string[]>, body: string | Buffer]>> = {
  "/text": [200, { "Content-Type": "text/plain" }, "one\ntwo\n"],
  "/json": [200, { "Content-Type": "application/json" }, '{"name":"lamp","list":[1,2]}'],
  "/own": [200, { "Content-Type": "application/json" }, '{ "spaced": 1.0 }'],
  "/binary": [200, {}, BINARY],
  "/gzip": [200, { "Content-Encoding": "gzip", "Content-Type": "application/json" }, gzipSync('{"packed":true}')],
  "/nonsense": [200, { "Content-Encoding": "gzip" }, "no gzip"],
  "/redirect": [302, { Location: "/text", "Set-Cookie": "id=cookie-secret; Path=/" }, ""],
  "/login": [200, { "Content-Type": "application/json", "Content-Length": "43" }, '{"access_token":"body-secret","user":"ann"}'],
  "/empty": [204, {}, ""],
};

let server: EchoServer;
let folder: string;
let turn = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cassette-"));
  server = await startEchoServer((response, { url, method }) => {
    const [status, headers, body] = ANSWERS[url.split("?", 1)[0] ?? ""] ?? [200, {}, `answer ${++turn}`];
    const wait = Number(/wait=(\d+)/.exec(url)?.[1] ?? 0);
    setTimeout(() => response.writeHead(status, headers).end(method === "HEAD" ? undefined : body), wait);
  });
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

let cassettes = 0;
const newFile = (): string => join(folder, `${++cassettes}.json`);

async function record(work: (client: Client) => Promise<unknown>, secrets: readonly string[] = []): Promise<string> {
  const file = newFile();
  await using transport = recordTransport({ file, secrets });
  await work(new Client({ transport, baseUrl: server.url }));
  return file;
}

const player = (file: string, options: Partial<ReplayOptions> = {}) => {
  const transport = replayTransport({ file, ...options });
  return { transport, client: new Client({ transport, baseUrl: server.url }) };
};

describe("A cassette", () => {
  it("gives the same answers without a network: text, JSON, binary, compressed and empty ones, redirects", async () => {
    const ask = async (client: Client): Promise<unknown[]> => {
      const answers: unknown[] = [];
      for (const path of ["/text", "/json", "/own", "/binary", "/gzip", "/redirect", "/empty"]) {
        const response = await client.get(path);
        answers.push([path, response.status, response.url, await response.bytes()]);
      }
      const head = await client.head("/text");
      answers.push([head.status, head.headers.get("content-type"), await head.text()]);
      return answers;
    };
    let live: unknown[] = [];
    const file = await record(async (client) => (live = await ask(client)));
    const asked = server.seen.length;
    const { client, transport } = player(file);
    assert.deepEqual(await ask(client), live);
    assert.equal(server.seen.length, asked);
    assert.deepEqual(transport.unused, []);
  });

  it("is JSON that people can read: lines as lines, JSON as JSON, a header in one line, binary as Base64", async () => {
    const file = await record(async (client) => {
      for (const path of ["/text", "/json", "/own", "/binary", "/gzip"]) await (await client.get(path)).bytes();
      await client.post("/other", { json: { a: 1 } });
    });
    const text = await readFile(file, "utf8");
    const { cassette, exchanges } = JSON.parse(text) as { cassette: number; exchanges: { request: object; response: { body: unknown } }[] };
    assert.equal(cassette, 1);
    assert.deepEqual(
      exchanges.slice(0, 5).map(({ response }) => response.body),
      [
        { lines: ["one", "two", ""] },
        { json: { name: "lamp", list: [1, 2] } },
        { text: '{ "spaced": 1.0 }' },
        { base64: BINARY.toString("base64") },
        { json: { packed: true } },
      ],
    );
    assert.match(text, /^ +\["Accept", "\*\/\*"\],$/m);
    assert.deepEqual(exchanges[5]?.request && "body" in exchanges[5].request ? exchanges[5].request.body : undefined, { json: { a: 1 } });
    assert.ok(text.endsWith("}\n"));
  });

  it("gives the program what the server really sent while it records, even what cannot be decoded", async () => {
    const file = await record(async (client) => {
      assert.deepEqual(await (await client.get("/gzip")).json(), { packed: true });
      const raw = await client.get("/gzip", { decompress: false });
      assert.deepEqual([raw.headers.get("content-encoding"), await raw.bytes()], ["gzip", new Uint8Array(gzipSync('{"packed":true}'))]);
      assert.equal((await errorOf((await client.get("/nonsense")).text())).code, "content-encoding");
    });
    const { client } = player(file);
    for (let times = 0; times < 2; times++) assert.deepEqual(await (await client.get("/gzip")).json(), { packed: true });
    assert.equal((await errorOf((await client.get("/nonsense")).text())).code, "content-encoding");
  });

  it("keeps no secret, and answers requests with other ones", async () => {
    const ask = async (client: Client, secret: string): Promise<string> => {
      const login = await client.post(`/login?token=${secret}&room=1&pin=${secret}`, {
        json: { user: "ann", password: secret },
        headers: { Authorization: `Bearer ${secret}`, Cookie: `id=${secret}`, "X-Device-Pin": secret },
      });
      await (await client.post("/form", { form: { password: secret, room: 1 } })).text();
      await (await client.post("/parts", { multipart: { password: secret, room: "1" } })).text();
      await (await client.get("/redirect")).text();
      return login.text();
    };
    let live = "";
    const file = await record(async (client) => (live = await ask(client, "sent-secret")), ["pin", "x-device-pin"]);
    assert.match(live, /body-secret/);
    const text = await readFile(file, "utf8");
    assert.doesNotMatch(text, /(?:sent|body|cookie)-secret/);
    assert.match(text, /\["Set-Cookie", "id=\*\*\*; Path=\/"\]/);
    const { client, transport } = player(file);
    assert.equal(await ask(client, "another"), '{"access_token":"***","user":"ann"}');
    assert.deepEqual(transport.unused, []);
  });

  it("keeps no secret of JSON that cannot be read, and the rest of it", async () => {
    const deep = 20_000;
    const bodies = (secret: string): string[] => [
      `{"password":"${secret}"}\n{"password":"${secret}"}`,
      `{"password" : "${secret}","room":"1","url":"http://h/?token=${secret}",}`,
      `{"password":"${secret}`,
      `{'room':1, "password": ${secret}}`,
      `${'{"a":'.repeat(deep)}{"password":"${secret}"}${"}".repeat(deep)}`,
    ];
    const ask = async (client: Client, secret: string): Promise<void> => {
      for (const type of ["application/json", "text/plain"])
        for (const body of bodies(secret)) await (await client.post("/form", { body, headers: { "Content-Type": type } })).text();
    };
    const file = await record((client) => ask(client, "sent-secret"));
    const text = await readFile(file, "utf8");
    assert.doesNotMatch(text, /sent-secret/);
    assert.match(text, /\\"room\\":\\"1\\"/);
    const { client, transport } = player(file);
    await ask(client, "another");
    assert.deepEqual(transport.unused, []);
  });

  it("answers in the order in which it was recorded, each answer once, by method, URL and body", async () => {
    const text = async (client: Client, path: string, body?: string): Promise<string> =>
      (await client.request(body === undefined ? "GET" : "POST", path, { body })).text();
    const live: string[] = [];
    const file = await record(async (client) => {
      for (const body of [undefined, undefined, "a", "b"]) live.push(await text(client, "/turn", body));
    });
    const { client, transport } = player(file);
    const [first, second, a, b] = live;
    assert.equal(await text(client, "/turn", "b"), b);
    assert.equal(await text(client, "/turn"), first);
    assert.equal(await text(client, "/turn"), second);
    assert.deepEqual(
      transport.unused.map(({ method, body }) => [method, Buffer.from(body).toString()]),
      [["POST", "a"]],
    );
    assert.match((await errorOf(text(client, "/turn"))).message, /The nearest is GET http:[^ ]*\/turn: its answer was given already\./);
    assert.match((await errorOf(text(client, "/turn", "c"))).message, /The nearest is POST http:[^ ]*\/turn: its body is another one\./);
    assert.equal(await text(client, "/turn", "a"), a);
  });

  it("can be matched by rules of the program's own", async () => {
    const file = await record(async (client) => (await client.post("/turn?at=1", { body: "now" })).text());
    const path = (url: string): string => new URL(url).pathname;
    const { client } = player(file, { match: (asked, recorded) => path(asked.url) === path(recorded.url) });
    assert.match(await (await client.post("/turn?at=2", { body: "then" })).text(), /^answer/);
  });

  it("is complete after each answer, without any other file beside it, and begun anew by the next recording", async () => {
    const file = newFile();
    const transport = recordTransport({ file });
    const client = new Client({ transport, baseUrl: server.url });
    for (const count of [1, 2]) {
      await (await client.get("/json")).text();
      const { exchanges } = JSON.parse(await readFile(file, "utf8")) as { exchanges: unknown[] };
      assert.equal(exchanges.length, count);
    }
    await transport.close();
    await using again = recordTransport({ file });
    await (await new Client({ transport: again }).get(`${server.url}/json`)).text();
    assert.equal((JSON.parse(await readFile(file, "utf8")) as { exchanges: unknown[] }).exchanges.length, 1);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith(".part")),
      [],
    );
  });

  it("keeps the order of asking, whichever answer comes first, and nothing of what failed", async () => {
    const file = await record(async (client) => {
      const failing = errorOf(client.get("http://127.0.0.1:1/"));
      // The server answers the first one last.
      await Promise.all(
        Array.from({ length: 5 }, async (_none, index) => (await client.get(`/turn/${index}?wait=${100 - 20 * index}`)).text()),
      );
      assert.equal((await failing).code, "connect-refused");
    });
    const { exchanges } = JSON.parse(await readFile(file, "utf8")) as { exchanges: { request: { url: string } }[] };
    assert.deepEqual(
      exchanges.map(({ request }) => new URL(request.url).pathname.at(-1)),
      ["0", "1", "2", "3", "4"],
    );
  });

  it("is recorded by a client of the program's, where one is given", async () => {
    const file = newFile();
    const client = new Client({ connectTo: { "device.example:80": server.host } });
    await using transport = recordTransport({ file, client });
    assert.equal(await (await new Client({ transport }).get("http://device.example/text")).text(), "one\ntwo\n");
    assert.equal(server.seen.at(-1)?.headers["host"], "device.example");
  });

  it("that cannot be written fails the request with file-failed", async () => {
    const transport = recordTransport({ file: join(folder, "none", "x.json") });
    const error = await errorOf(new Client({ transport }).get(server.url));
    assert.deepEqual([error.code, error.blame], ["file-failed", "caller"]);
    await assert.rejects(transport.close(), { code: "file-failed" });
  });

  it("that is missing, broken, foreign or from a later version is an error that says so", async () => {
    const good = JSON.parse(await readFile(await record(async (client) => (await client.get("/json")).text()), "utf8")) as {
      exchanges: [{ response: object; request: object }];
    };
    const [exchange] = good.exchanges;
    const change = (changed: object): string => JSON.stringify({ ...good, exchanges: [{ ...exchange, ...changed }] });
    const wrong: readonly (readonly [string, RegExp])[] = [
      ["", /it is empty, which is no JSON/],
      ['{"cassette": 1,', /it is no JSON: it ends too early/],
      ["[1]", /, and there is an? (?:Array|object|list)|there should be an object/],
      ['{"log":{}}', /it says of itself that it is none/],
      [JSON.stringify({ ...good, cassette: 2 }), /its version is 2; this client reads version 1/],
      [JSON.stringify({ ...good, exchanges: {} }), /exchanges: there should be a list, and there is/],
      [
        change({ response: { ...exchange.response, status: 99 } }),
        /exchanges\[0\], response, status: there should be a number from 200 to 599/,
      ],
      [change({ response: undefined }), /exchanges\[0\], response: there should be an object/],
      [change({ request: { ...exchange.request, headers: [["a"]] } }), /headers\[0\]: there should be a pair of name and value/],
      [
        change({ response: { ...exchange.response, body: { text: "a", base64: "" } } }),
        /body: there should be one of json, lines, text and base64/,
      ],
    ];
    for (const [text, words] of wrong) {
      const file = newFile();
      await writeFile(file, text);
      const error = await errorOf(player(file).client.get("/json"));
      assert.equal(error.code, "transport-failed");
      assert.match(error.message, words);
      assert.ok(error.message.includes(JSON.stringify(file)), error.message);
    }
    assert.equal((await errorOf(player(join(folder, "missing.json")).client.get("/"))).code, "file-failed");
  });
});
