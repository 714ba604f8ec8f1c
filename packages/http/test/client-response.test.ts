import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { after, afterEach, before, describe, it } from "node:test";
import { Client, isHttpError, type ClientResponse } from "../src/client-entry.ts";
import { startEchoServer, type EchoServer } from "./helpers/echo-server.ts";

let server: EchoServer;
let client: Client;
let answer: (response: ServerResponse) => void = (response) => response.end();
before(async () => {
  server = await startEchoServer((response) => answer(response));
  client = new Client({ maxConnectionsPerOrigin: 1 });
});
after(async () => {
  client.close();
  await server.close();
});
/** One connection for all: a response that did not let go of it would stop the next request. */
afterEach(async () => {
  answer = (response) => response.end("next");
  assert.equal(await (await client.get(server.url, { timeout: 5000 })).text(), "next");
});

function get(told: typeof answer, path = "/"): Promise<ClientResponse> {
  answer = told;
  return client.get(server.url + path, { timeout: 5000 });
}

const body = (text: string | Uint8Array, type?: string): Promise<ClientResponse> =>
  get((response) => {
    if (type) response.setHeader("Content-Type", type);
    response.end(text);
  });

describe("A response", () => {
  it("has status, words, ok, URL and what connection it came on", async () => {
    const response = await get((out) => out.writeHead(299, "All Is Well").end(), "/a?b#c");
    assert.deepEqual(
      [response.status, response.statusText, response.ok, response.url, response.redirected],
      [299, "All Is Well", true, `${server.url}/a?b`, false],
    );
    assert.equal(response.connection.peer && `${response.connection.peer.host}:${response.connection.peer.port}`, server.host);
    const again = await body("");
    assert.equal(again.connection.reused, true);
  });

  it("is ok from 200 to 299", async () => {
    for (const [status, ok] of [
      [200, true],
      [204, true],
      [299, true],
      [300, false],
      [304, false],
      [404, false],
      [503, false],
    ] as const)
      assert.equal((await get((out) => out.writeHead(status).end())).ok, ok);
  });

  it("still knows its peer when the connection is closed", async () => {
    const response = await get((out) => out.writeHead(200, { Connection: "close" }).end("bytes"));
    assert.equal(await response.text(), "bytes");
    await new Promise(setImmediate);
    assert.equal(`${response.connection.peer?.host}:${response.connection.peer?.port}`, server.host);
  });

  it("tells its timings by phase, connecting only on a new connection", async () => {
    await using fresh = new Client();
    answer = (out) => out.end("text");
    const first = await fresh.get(server.url);
    await first.text();
    const { connect, send, wait, receive, total } = first.timings;
    for (const ms of [connect, send, wait, receive]) assert.ok(ms !== undefined && ms >= 0 && ms <= total);
    const second = await fresh.get(server.url);
    await second.text();
    assert.equal(second.timings.connect, undefined);
    assert.ok(second.timings.wait !== undefined);
  });
});

describe("A response's headers", () => {
  const fields = (out: ServerResponse): void => {
    out.sendDate = false;
    out.writeHead(200, ["X-A", "1", "Set-Cookie", "a=1, b", "x-a", "2", "SET-COOKIE", "c=2", "__proto__", "p"]).end();
  };

  it("are found by name in any case, their lines joined or each", async () => {
    const { headers } = await get(fields);
    assert.deepEqual([headers.get("X-a"), headers.getAll("x-A"), headers.has("X-A")], ["1, 2", ["1", "2"], true]);
    assert.deepEqual([headers.get("X-B"), headers.getAll("X-B"), headers.has("X-B")], [undefined, [], false]);
    assert.deepEqual([headers.get("constructor"), headers.get("__proto__")], [undefined, "p"]);
    assert.deepEqual(headers.getSetCookie(), ["a=1, b", "c=2"]);
  });

  it("are listed in their order and case", async () => {
    const { headers } = await get(fields);
    const lines = [
      ["X-A", "1"],
      ["Set-Cookie", "a=1, b"],
      ["x-a", "2"],
      ["SET-COOKIE", "c=2"],
      ["__proto__", "p"],
    ];
    assert.deepEqual([...headers].slice(0, 5), lines);
    assert.deepEqual([...headers.entries()].slice(0, 5), lines);
    assert.equal(headers.size, [...headers].length);
  });

  it("can be made Headers", async () => {
    const headers = new Headers([...(await get(fields)).headers].map(([name, value]): [string, string] => [name, value]));
    assert.deepEqual([headers.get("x-a"), headers.getSetCookie()], ["1, 2", ["a=1, b", "c=2"]]);
  });

  it("never hold trailers, which are known once the body has been read", async () => {
    const response = await get((out) => {
      out.writeHead(200, { Trailer: "X-Sum" });
      out.write("text");
      out.addTrailers({ "X-Sum": "5" });
      out.end();
    });
    await response.text();
    assert.deepEqual([response.trailers.get("x-sum"), response.headers.get("x-sum")], ["5", undefined]);
  });
});

describe("A response's body", () => {
  it("is text, bytes, an ArrayBuffer, a Blob or JSON", async () => {
    assert.equal(await (await body("ä")).text(), "ä");
    assert.deepEqual(await (await body("ab")).bytes(), Uint8Array.of(97, 98));
    assert.deepEqual(await (await body("ab")).arrayBuffer(), Uint8Array.of(97, 98).buffer);
    const blob = await (await body("ab", "text/x")).blob();
    assert.deepEqual([blob.type, await blob.text()], ["text/x", "ab"]);
    assert.deepEqual(await (await body('{"a":[1]}')).json(), { a: [1] });
  });

  it("is text by its charset, without the byte order mark", async () => {
    assert.equal(await (await body(Uint8Array.of(0xe4), "text/plain; charset=iso-8859-1")).text(), "ä");
    assert.equal(await (await body(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).text(), "a");
  });

  it("is JSON in UTF-8 whatever its charset, with or without a byte order mark", async () => {
    assert.equal(await (await body(Buffer.from('"ä"'), "application/json; charset=iso-8859-1")).json(), "ä");
    assert.equal(await (await body(Buffer.from('\ufeff"ä"'))).json(), "ä");
  });

  it("gives an ArrayBuffer and bytes that show nothing but the body", async () => {
    for (const length of [0, 1, 5, 70_000]) {
      assert.equal((await (await body(Buffer.alloc(length))).arrayBuffer()).byteLength, length);
      assert.equal((await (await body(Buffer.alloc(length))).bytes()).buffer.byteLength, length);
    }
  });

  it("is the same web stream whenever it is asked for", async () => {
    const response = await body("a".repeat(200_000));
    const { body: stream } = response;
    assert.ok(stream instanceof ReadableStream);
    assert.equal(response.body, stream);
    assert.equal(response.bodyUsed, false);
    let length = 0;
    for await (const piece of stream) length += piece.length;
    assert.equal(length, 200_000);
    assert.deepEqual([response.body === stream, response.bodyUsed], [true, true]);
  });

  it("comes piece by piece", async () => {
    let text = "";
    for await (const piece of await body("b".repeat(200_000))) text += Buffer.from(piece).toString();
    assert.equal(text, "b".repeat(200_000));
  });

  it("is empty for HEAD, 204 and 304", async () => {
    answer = (out) => out.writeHead(200, { "Content-Length": "5" }).end();
    assert.equal(await (await client.head(server.url)).text(), "");
    for (const status of [204, 304]) assert.equal((await (await get((out) => out.writeHead(status).end())).bytes()).length, 0);
  });

  it("is read once: the second time is a TypeError", async () => {
    const response = await body("text");
    assert.equal(response.bodyUsed, false);
    await response.text();
    assert.equal(response.bodyUsed, true);
    for (const again of [() => response.text(), () => response.json(), () => response.blob(), () => response.body.getReader().read()])
      await assert.rejects(again, { name: "TypeError", message: /has been read already/ });
  });

  const LEFT: Readonly<Record<string, (response: ClientResponse) => unknown>> = {
    "is discarded": (response) => response.discard(),
    "goes out of scope with await using": async (response) => {
      await using held = response;
      assert.equal(held.bodyUsed, false);
    },
    "is left in the middle of a loop": async (response) => {
      for await (const piece of response) if (piece.length > 0) break;
    },
    "is cancelled before anything was read": (response) => response.body.cancel(),
    "is cancelled in the middle": async (response) => {
      const reader = response.body.getReader();
      await reader.read();
      await reader.cancel();
    },
  };
  for (const [what, leave] of Object.entries(LEFT))
    for (const length of [5, 5_000_000])
      it(`of ${length} bytes lets go of its connection when it ${what}`, async () => {
        const response = await body(Buffer.alloc(length, 1));
        await leave(response);
        assert.equal(response.bodyUsed, true);
      });

  it("of a few bytes lets go of its connection although nobody reads it", async () => {
    await body("unread");
  });
});

const NO_JSON: readonly (readonly [text: string, told: string])[] = [
  ["", "the body is empty, which is no JSON."],
  ["<!DOCTYPE html>", 'the body is no JSON: "<" cannot stand at line 1, column 1, position 0: "<!DOCTYPE html>".'],
  ['{"a": x}', 'the body is no JSON: "x" cannot stand at line 1, column 7, position 6: "{\\"a\\": x}".'],
  ['{\n  "a": 1,\n}', 'the body is no JSON: "}" cannot stand at line 3, column 1, position 12: "{\\n  \\"a\\": 1,\\n}".'],
  ['{"a": [1, 2', 'the body is no JSON: it ends too early, after 11 characters: "{\\"a\\": [1, 2".'],
  ['{"a": "b', 'the body is no JSON: it ends too early, after 8 characters: "{\\"a\\": \\"b".'],
  ["[1,]", 'the body is no JSON: "]" cannot stand at line 1, column 4, position 3: "[1,]".'],
  ["[1 2]", 'the body is no JSON: "2" cannot stand at line 1, column 4, position 3: "[1 2]".'],
  ["01", 'the body is no JSON: "1" cannot stand at line 1, column 2, position 1: "01".'],
  ["{a: 1}", 'the body is no JSON: "a" cannot stand at line 1, column 2, position 1: "{a: 1}".'],
  ['{"a" 1}', 'the body is no JSON: "1" cannot stand at line 1, column 6, position 5: "{\\"a\\" 1}".'],
  ["[{}, [true, {}], null}", 'the body is no JSON: "}" cannot stand at line 1, column 22, position 21: "…{}, [true, {}], null}".'],
  ["NaN", 'the body is no JSON: "N" cannot stand at line 1, column 1, position 0: "NaN".'],
  ["{} {}", 'the body is no JSON: "{" cannot stand at line 1, column 4, position 3: "{} {}".'],
  [
    `[${"1,".repeat(500)}?${"1,".repeat(500)}]`,
    'the body is no JSON: "?" cannot stand at line 1, column 1002, position 1001: "…1,1,1,1,1,1,1,1,1,1,?1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1…".',
  ],
];

describe("A body that is no JSON", () => {
  for (const [text, told] of NO_JSON)
    it(`is told with the place and what stands there: ${JSON.stringify(text.slice(0, 40))}`, async () => {
      const response = await body(text);
      await assert.rejects(response.json(), (error) => {
        assert.ok(isHttpError(error));
        assert.deepEqual([error.code, error.phase, error.blame], ["invalid-json", "body", "server"]);
        assert.ok(error.cause instanceof SyntaxError);
        assert.equal(error.message.slice(0, error.message.indexOf(" [phase")), `GET ${server.url}/: ${told}`);
        assert.equal(error.peer, server.host);
        return true;
      });
    });
});
