import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, isHttpError, type ClientResponse, type RequestOptions } from "../src/client-entry.ts";
import { CODINGS } from "../src/system/index.ts";
import { startEchoServer, type EchoServer } from "./helpers/echo-server.ts";
import { encoded } from "./helpers/encoded.ts";

const TEXT = JSON.stringify(Array.from({ length: 1000 }, (_, index) => `kettle ${index}`));

let answer: { readonly status?: number; readonly headers: Record<string, string>; readonly body?: Uint8Array } = { headers: {} };
let server: EchoServer;
let client: Client;
before(async () => {
  server = await startEchoServer((response) => response.writeHead(answer.status ?? 200, answer.headers).end(answer.body));
  client = new Client();
});
after(async () => {
  client.close();
  await server.close();
});

function get(given: typeof answer, options: RequestOptions = {}): Promise<ClientResponse> {
  answer = given;
  return client.get(server.url, options);
}

const gzip = { headers: { "Content-Encoding": "gzip" }, body: encoded("gzip", Buffer.from(TEXT)) };

test("what comes in a coding is read as if it had none, whatever way it is read, and the headers tell how it came", async () => {
  for (const coding of CODINGS) {
    const body = encoded(coding, Buffer.from(TEXT));
    const given = { headers: { "Content-Encoding": coding.toUpperCase(), "Content-Length": String(body.length) }, body };
    assert.equal(await (await get(given)).text(), TEXT);
    assert.deepEqual(await (await get(given)).json(), JSON.parse(TEXT));
    assert.equal((await (await get(given)).arrayBuffer()).byteLength, TEXT.length);
    assert.equal(await new Response((await get(given)).body).text(), TEXT);
    const response = await get(given);
    let length = 0;
    for await (const piece of response) length += piece.length;
    assert.equal(length, TEXT.length);
    assert.equal(response.headers.get("content-encoding"), coding.toUpperCase());
    assert.equal(response.headers.get("content-length"), String(body.length));
  }
});

test("a body stays as it came when its coding is unknown, when it is a part, and when nothing is to be decoded", async () => {
  const unknown = { headers: { "Content-Encoding": "exi" }, body: gzip.body };
  assert.deepEqual(Buffer.from(await (await get(unknown)).bytes()), gzip.body);
  assert.deepEqual(Buffer.from(await (await get({ ...gzip, status: 206 })).bytes()), gzip.body);
  assert.deepEqual(Buffer.from(await (await get(gzip, { decompress: false })).bytes()), gzip.body);
});

test("a response without a body may name a coding", async () => {
  for (const status of [200, 204, 304]) assert.equal(await (await get({ status, headers: gzip.headers })).text(), "");
  answer = { ...gzip };
  assert.equal(await (await client.head(server.url)).text(), "");
});

test("what cannot be decoded is an HttpError with the stack of the call, and the next request has a connection", async () => {
  const cut = { headers: gzip.headers, body: gzip.body.subarray(0, -3) };
  const before = server.connections();
  for (const read of [(response: ClientResponse) => response.text(), (response: ClientResponse) => new Response(response.body).text()]) {
    await assert.rejects(get(cut).then(read), (error) => {
      assert.ok(isHttpError(error));
      assert.deepEqual([error.code, error.phase, error.blame], ["content-encoding", "body", "server"]);
      assert.match(
        error.message,
        /^GET http:[^ ]+: the bytes of the body cannot be decoded \(Content-Encoding: gzip\): they end too early\. \[/,
      );
      return true;
    });
  }
  assert.equal(await (await get(gzip)).text(), TEXT);
  assert.ok(server.connections() - before <= 1);
});

test("the limits of decoding are options", async () => {
  const bomb = { headers: gzip.headers, body: encoded("gzip", new Uint8Array(30_000_000)) };
  const tooLarge = (error: unknown): boolean => isHttpError(error) && error.code === "response-too-large" && error.blame === "limit";
  await assert.rejects(
    get(bomb).then((response) => response.bytes()),
    tooLarge,
  );
  await assert.rejects(
    get(gzip, { maxBodySize: TEXT.length - 1 }).then((response) => response.bytes()),
    tooLarge,
  );
  assert.equal((await (await get(bomb, { decompress: { maxRatio: 2000 } })).bytes()).length, 30_000_000);
  const twice = { headers: { "Content-Encoding": "gzip, gzip" }, body: encoded("gzip", gzip.body) };
  assert.equal(await (await get(twice)).text(), TEXT);
  await assert.rejects(
    get(twice, { decompress: { maxCodings: 1 } }).then((response) => response.text()),
    /has 2 content codings/,
  );
  for (const wrong of ["gzip", { maxRatio: 0 }, { maxRatio: "9" }, { ratio: 9 }, 5])
    await assert.rejects(
      client.get(server.url, { decompress: wrong } as unknown as RequestOptions),
      /the option decompress must be true, false or \{/,
    );
});
