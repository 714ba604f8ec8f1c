import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { Client, isHttpError, mockTransport, recordHar, type Har, type HarEntry, type HarRecording } from "../src/client-entry.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { listen } from "../../../test/helpers/listen.ts";
import { startRawServer } from "../../../test/helpers/raw-server.ts";
import { startEchoServer, type EchoServer } from "./helpers/echo-server.ts";

const require = createRequire(import.meta.url);

/** The schemas of HAR 1.2; it rejects with what is wrong. */
const { har: validate } = require("har-validator") as { har: (archive: Har) => Promise<unknown> };

let server: EchoServer;
let secure: EchoServer;
let identity: Identity;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "har-"));
  identity = await makeIdentity();
  secure = await startEchoServer((response) => response.end("over TLS"), identity);
  server = await startEchoServer((response, { url, body }) => {
    if (url.startsWith("/gzip"))
      response
        .setHeader("Content-Encoding", "gzip")
        .setHeader("Content-Type", "text/plain")
        .end(gzipSync("x".repeat(1000)));
    else if (url.startsWith("/redirect")) response.writeHead(302, { Location: "/landed?token=redirect-secret" }).end("moved");
    else if (url.startsWith("/busy")) response.writeHead(503).end();
    else if (url.startsWith("/binary")) response.end(Buffer.from([0, 255, 1]));
    else if (url.startsWith("/latin")) response.setHeader("Content-Type", "text/plain; charset=iso-8859-1").end(Buffer.from("é", "latin1"));
    else if (url.startsWith("/cookies")) {
      const cookies = ["id=1; Path=/a; Domain=h.example; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; Secure", "flag"];
      response.setHeader("Set-Cookie", cookies).end();
    } else if (url.startsWith("/large")) response.end(Buffer.alloc(200_000, "l"));
    else response.setHeader("Content-Type", "text/plain").end(`${body.length} bytes`);
  });
});
after(async () => {
  await Promise.all([server.close(), secure.close(), rm(folder, { recursive: true })]);
});

/** What is recorded of the work; it is valid. */
async function recorded(
  work: (client: Client) => Promise<unknown>,
  options: Parameters<typeof recordHar>[1] = {},
): Promise<readonly HarEntry[]> {
  await using client = new Client({ baseUrl: server.url, tls: { ca: identity.cert } });
  await using recording = recordHar(client, options);
  await work(client);
  return entriesOf(recording);
}

async function entriesOf(recording: HarRecording): Promise<readonly HarEntry[]> {
  const har = JSON.parse(JSON.stringify(recording)) as Har;
  await validate(har);
  return har.log.entries;
}

const text = async (client: Client, path: string): Promise<string> => (await client.get(path)).text();

const headerOf = (list: readonly { name: string; value: string }[], name: string): string | undefined =>
  list.find((pair) => pair.name.toLowerCase() === name)?.value;

describe("A HAR", () => {
  it("has an entry with request, answer and times", async () => {
    const before = Date.now();
    const [entry, ...others] = await recorded(
      async (client) =>
        (await client.post("/echo?room=kitchen&list=a&list=b", { body: "some text", headers: { Cookie: "theme=dark; id=7" } })).text(),
      { redact: false },
    );
    assert.ok(entry && others.length === 0);
    const { request, response, timings } = entry;
    assert.deepEqual(
      [request.method, request.url, request.httpVersion],
      ["POST", `${server.url}/echo?room=kitchen&list=a&list=b`, "HTTP/1.1"],
    );
    assert.deepEqual(request.queryString, [
      { name: "room", value: "kitchen" },
      { name: "list", value: "a" },
      { name: "list", value: "b" },
    ]);
    assert.deepEqual(request.cookies, [
      { name: "theme", value: "dark" },
      { name: "id", value: "7" },
    ]);
    assert.deepEqual(request.postData, { mimeType: "text/plain;charset=UTF-8", text: "some text" });
    assert.equal(request.bodySize, 9);
    const lines = server.seen.at(-1)?.lines ?? [];
    assert.deepEqual(
      request.headers.map(({ name, value }) => [name, value]),
      lines,
    );
    const head = `POST /echo?room=kitchen&list=a&list=b HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
    assert.equal(request.headersSize, head.length);
    assert.deepEqual([response.status, response.statusText, response.httpVersion], [200, "OK", "HTTP/1.1"]);
    assert.deepEqual(response.content, { size: 7, mimeType: "text/plain", text: "9 bytes" });
    assert.equal(response.bodySize, 7);
    assert.equal(headerOf(response.headers, "content-length"), "7");
    assert.deepEqual([entry.serverIPAddress, entry.cache], ["127.0.0.1", {}]);
    assert.match(entry.connection ?? "", /^\d+$/);
    assert.ok(Math.abs(Date.parse(entry.startedDateTime) - before) < 60_000);
    const { blocked, dns, connect, ssl, send, wait, receive } = timings;
    assert.equal(ssl, -1);
    for (const ms of [blocked, connect, send, wait, receive]) assert.ok(ms >= 0);
    const whole = [blocked, dns, connect, send, wait, receive].filter((ms) => ms > 0).reduce((all, ms) => all + ms, 0);
    assert.ok(Math.abs(entry.time - whole) < 0.001);
  });

  it("says what there was not: no connecting on a kept connection; with TLS its time is in that of connecting", async () => {
    const [first, second, tls] = await recorded(async (client) => {
      for (const url of ["/a", "/b", secure.url]) await text(client, url);
    });
    assert.ok((first?.timings.connect ?? -1) >= 0);
    assert.deepEqual([second?.timings.dns, second?.timings.connect, second?.timings.ssl], [-1, -1, -1]);
    assert.equal(second?.connection, first?.connection);
    assert.ok((tls?.timings.ssl ?? -1) >= 0 && (tls?.timings.connect ?? -1) >= (tls?.timings.ssl ?? 0));
    assert.equal(tls?.response.content.text, "over TLS");
  });

  it("has an entry for each hop and each repetition", async () => {
    const entries = await recorded(async (client) => {
      await text(client, "/redirect");
      await (await client.get("/busy", { retry: { limit: 1, delay: 1 } })).text();
    });
    assert.deepEqual(
      entries.map(({ request, response }) => [new URL(request.url).pathname, response.status]),
      [
        ["/redirect", 302],
        ["/landed", 200],
        ["/busy", 503],
        ["/busy", 503],
      ],
    );
    assert.equal(entries[0]?.response.redirectURL, "/landed?token=***");
  });

  it("has a request's body with each hop, streams too", async () => {
    const stream = (): ReadableStream<Uint8Array> => new Blob(["streamed"]).stream();
    const entries = await recorded(async (client) => {
      await (await client.put("/redirect", { body: stream, redirect: "manual" })).text();
      await (await client.post("/echo", { body: stream() })).text();
      await (await client.post("/echo", { body: Uint8Array.of(0, 1) })).text();
    });
    assert.deepEqual(
      entries.map(({ request }) => [request.bodySize, request.postData?.text]),
      [
        [8, "streamed"],
        [8, "streamed"],
        [2, ""],
      ],
    );
    assert.match(entries[2]?.request.postData?.comment ?? "", /no text/);
  });

  it("shows bodies decoded, with what the coding saved; binary ones in Base64; others by their charset", async () => {
    const [gzip, binary, latin] = await recorded(async (client) => {
      for (const path of ["/gzip", "/binary", "/latin"]) await (await client.get(path)).bytes();
    });
    const encoded = gzipSync("x".repeat(1000)).length;
    assert.deepEqual(gzip?.response.content, { size: 1000, compression: 1000 - encoded, mimeType: "text/plain", text: "x".repeat(1000) });
    assert.equal(gzip.response.bodySize, encoded);
    assert.deepEqual(binary?.response.content, { size: 3, mimeType: "x-unknown", text: "AP8B", encoding: "base64" });
    assert.deepEqual(latin?.response.content, { size: 1, mimeType: "text/plain; charset=iso-8859-1", text: "é" });
  });

  it("has the cookies of an answer with their attributes", async () => {
    const [entry] = await recorded((client) => text(client, "/cookies"), { redact: false });
    assert.deepEqual(entry?.response.cookies, [
      { name: "id", value: "1", path: "/a", domain: "h.example", expires: "2026-10-21T07:28:00.000Z", httpOnly: true, secure: true },
      { name: "", value: "flag", httpOnly: false, secure: false },
    ]);
  });

  it("has a body as far as the program reads it: not at all, in pieces, to the middle", async () => {
    const entries = await recorded(async (client) => {
      await client.head("/echo");
      const left = await client.get("/large");
      for await (const piece of left) if (piece.length > 0) break;
      (await client.get("/large")).discard();
      let length = 0;
      for await (const piece of await client.get("/large")) length += piece.length;
      assert.equal(length, 200_000);
    });
    const [head, left, dropped, whole] = entries.map(({ response }) => response);
    assert.deepEqual([head?.bodySize, head?.content.size], [0, 0]);
    assert.ok(left && left.bodySize > 0 && left.bodySize < 200_000 && left.content.text?.length === left.bodySize);
    assert.equal(dropped?.bodySize, 0);
    assert.deepEqual([whole?.bodySize, whole?.content.text], [200_000, "l".repeat(200_000)]);
  });

  it("leaves bodies out that are too large, or all of them, and says so", async () => {
    const work = async (client: Client): Promise<void> => {
      await (await client.post("/large", { body: "12345" })).text();
      await (await client.post("/echo", { body: "1" })).text();
    };
    const [large, small] = await recorded(work, { bodies: 10 });
    assert.deepEqual(
      [large?.response.content.text, large?.response.content.size, large?.request.postData?.text],
      [undefined, 200_000, "12345"],
    );
    assert.match(large?.response.content.comment ?? "", /too large/);
    assert.equal(small?.response.content.text, "1 bytes");
    for (const { request, response } of await recorded(work, { bodies: false })) {
      assert.deepEqual([request.postData?.text, response.content.text], ["", undefined]);
      assert.ok(request.bodySize > 0 && response.content.size > 0);
    }
  });

  it("has failures: before an answer with status 0, in a body with what had come", async () => {
    const short = await startRawServer((socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"));
    const entries = await recorded(async (client) => {
      await assert.rejects(client.get("http://127.0.0.1:1/?token=url-secret"), { code: "connect-refused" });
      await assert.rejects(text(client, `http://127.0.0.1:${short.port}/`), { code: "closed-early" });
    });
    short.close();
    const [refused, truncated] = entries;
    assert.deepEqual([refused?.response.status, refused?._errorCode, refused?.response.bodySize], [0, "connect-refused", -1]);
    assert.match(refused?._error ?? "", /^GET http:\/\/127\.0\.0\.1:1\/\?token=\*\*\*: /);
    assert.deepEqual([truncated?.response.status, truncated?._errorCode], [200, "closed-early"]);
  });

  it("has what a transport of the program's answers, too", async () => {
    const client = new Client({
      transport: mockTransport([
        { url: "/a", reply: { json: { on: true } } },
        { url: "/b", fault: "timeout" },
      ]),
    });
    const recording = recordHar(client);
    assert.deepEqual(await (await client.get("http://h/a")).json(), { on: true });
    await assert.rejects(client.get("http://h/b"), { code: "timeout" });
    const [answered, failed] = await entriesOf(recording);
    assert.deepEqual([answered?.response.content.text, answered?.serverIPAddress], ['{"on":true}', undefined]);
    assert.equal(failed?._errorCode, "timeout");
  });

  it("ends with stop and await using, is saved in one piece, and two of them do not disturb each other", async () => {
    const path = join(folder, "saved.har");
    await using client = new Client({ baseUrl: server.url });
    const first = recordHar(client);
    await text(client, "/one");
    {
      await using second = recordHar(client, { bodies: false });
      await text(client, "/two");
      await second.saveTo(path);
    }
    first.stop();
    await text(client, "/three");
    const har = JSON.parse(await readFile(path, "utf8")) as Har;
    await validate(har);
    assert.deepEqual(
      har.log.entries.map(({ request }) => new URL(request.url).pathname),
      ["/two"],
    );
    assert.deepEqual(
      first.toJSON().log.entries.map(({ request }) => new URL(request.url).pathname),
      ["/one", "/two"],
    );
    await assert.rejects(first.saveTo(join(folder, "none", "x.har")), { code: "file-failed" });
  });

  it("names the package as its creator, in the version that it is", async () => {
    const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
    assert.deepEqual(recordHar(new Client()).toJSON().log, { version: "1.2", creator: { name: "nodemcu-http", version }, entries: [] });
  });

  it("has a body once that had to be sent again because the kept connection was closed", async () => {
    const asked = new Map<object, number>();
    const closing = createServer((request, response) => {
      const { socket } = request;
      asked.set(socket, (asked.get(socket) ?? 0) + 1);
      request.resume().on("end", () => (asked.get(socket) === 1 ? response.end("kept") : socket.destroy()));
    });
    const url = `http://127.0.0.1:${await listen(closing)}/`;
    const entries = await recorded(async (client) => {
      for (let times = 0; times < 2; times++) await (await client.put(url, { body: () => new Blob(["streamed"]).stream() })).text();
    });
    closing.close();
    assert.equal(asked.size, 2);
    assert.deepEqual(
      entries.map(({ request }) => [request.bodySize, request.postData?.text]),
      [
        [8, "streamed"],
        [8, "streamed"],
      ],
    );
  });

  it("changes nothing for the program: a body is read once, its errors are the same, a retry reads it again", async () => {
    const entries = await recorded(async (client) => {
      const response = await client.get("/echo");
      assert.equal(response.bodyUsed, false);
      await response.text();
      assert.equal(response.bodyUsed, true);
      await assert.rejects(response.text(), { name: "TypeError" });
      const again = await client.put("/busy", { body: () => new Blob(["again"]).stream(), retry: { limit: 1, delay: 1 } });
      assert.equal(again.status, 503);
      const late = await client.get("/large", { maxBodySize: 1000 });
      await assert.rejects(late.text(), (error) => isHttpError(error) && error.code === "response-too-large");
    });
    assert.deepEqual(
      entries.map(({ _error, _errorCode }) => (_error === undefined ? "none" : _errorCode)),
      ["none", "none", "none", "response-too-large"],
    );
    assert.equal(server.seen.filter(({ method, body }) => method === "PUT" && body.toString() === "again").length, 2);
  });
});

describe("A HAR hides secrets", () => {
  const SECRET = "kept-secret";
  const ask = async (client: Client): Promise<void> => {
    const secrets = ["pin"];
    const query = `token=${SECRET}&pin=${SECRET}&room=1`;
    const headers = {
      Authorization: `Bearer ${SECRET}`,
      "X-Api-Key": SECRET,
      Cookie: `id=${SECRET}`,
      Pin: SECRET,
      Referer: `http://u:${SECRET}@h/?token=${SECRET}`,
    };
    const bodies = [
      { json: { user: { password: SECRET, pin: SECRET, url: `http://h/?access_token=${SECRET}` }, list: [{ apiKey: SECRET }] } },
      { form: { password: SECRET, room: "1" } },
      { multipart: { password: SECRET, room: "1" } },
      { body: JSON.stringify({ token: SECRET }) },
      { json: { echoed: JSON.stringify({ token: SECRET, room: 1 }) } },
      { body: `{"token":"${SECRET}"}\n{"token":"${SECRET}"}\n`, headers: { ...headers, "Content-Type": "application/x-ndjson" } },
      { body: `{"token":"${SECRET}"`, headers: { ...headers, "Content-Type": "application/json" } },
    ];
    for (const body of bodies) await (await client.post(`http://h/?${query}`, { secrets, headers, ...body })).text();
  };
  const reply = {
    json: { session_token: SECRET, on: true },
    headers: { "Set-Cookie": `id=${SECRET}; Path=/`, Location: `/?token=${SECRET}`, "WWW-Authenticate": 'Basic realm="r"' },
  };
  const entries = async (redact: boolean): Promise<readonly HarEntry[]> => {
    const client = new Client({ transport: mockTransport([{ url: "/", reply }]) });
    const recording = recordHar(client, { redact });
    await ask(client);
    return entriesOf(recording);
  };

  it("in headers, cookies, query, URLs, and in bodies that are JSON, forms or multipart", async () => {
    const hidden = await entries(true);
    assert.equal(hidden.length, 7);
    assert.doesNotMatch(JSON.stringify(hidden), /kept-secret/);
    const [json, form, multipart] = hidden.map(({ request }) => request.postData?.text);
    assert.deepEqual(JSON.parse(json ?? ""), {
      user: { password: "***", pin: "***", url: "http://h/?access_token=***" },
      list: [{ apiKey: "***" }],
    });
    assert.equal(form, "password=***&room=1");
    assert.match(multipart ?? "", /name="room"\r\n\r\n1\r\n/);
    const [{ request, response }] = hidden as [HarEntry];
    assert.equal(request.url, "http://h/?token=***&pin=***&room=1");
    assert.equal(headerOf(request.headers, "cookie"), "id=***");
    assert.equal(headerOf(response.headers, "set-cookie"), "id=***; Path=/");
    assert.equal(headerOf(response.headers, "www-authenticate"), 'Basic realm="r"');
    assert.equal(response.content.text, '{"session_token":"***","on":true}');
  });

  it("in parameters within a parameter, wherever the query is shown", async () => {
    const client = new Client({ transport: mockTransport([{ url: "/", reply: {} }]) });
    const recording = recordHar(client);
    await (
      await client.get(`http://h/?next=token%3D${SECRET}&back=a%3Bpassword%3D${SECRET}&on=http%3A%2F%2Fh%2F%3Fsig%3D${SECRET}`)
    ).text();
    assert.doesNotMatch(JSON.stringify(recording), /kept-secret/);
    assert.deepEqual(
      (await entriesOf(recording))[0]?.request.queryString.map(({ name, value }) => [name, value]),
      [
        ["next", "***"],
        ["back", "***"],
        ["on", "***"],
      ],
    );
  });

  it("unless it is told not to", async () => {
    const shown = JSON.stringify(await entries(false));
    assert.ok(shown.split(SECRET).length > 60);
  });
});
