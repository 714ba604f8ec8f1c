import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client, delete as del, get, head, isHttpError, options, patch, post, put, type RequestOptions } from "../src/client-entry.ts";
import { prepareRequest } from "../src/client/request/prepare.ts";
import { ACCEPT_ENCODING } from "../src/client/response/content-codings.ts";
import { startEchoServer, type EchoServer, type Seen } from "./helpers/echo-server.ts";

let server: EchoServer;
let client: Client;
before(async () => {
  server = await startEchoServer();
  client = new Client();
});
after(async () => {
  client.close();
  await server.close();
});

async function seen(method: string, options?: RequestOptions, path = "/"): Promise<Seen> {
  await client.request(method, server.url + path, options);
  return server.seen.at(-1) ?? assert.fail("the server saw nothing");
}

const SHORTHANDS = ["get", "head", "post", "put", "patch", "delete", "options"] as const;

const FREE = { get, head, post, put, patch, delete: del, options };

describe("A request's method", () => {
  for (const name of SHORTHANDS)
    it(`is ${name.toUpperCase()} for ${name}, of a client and free`, async () => {
      assert.equal((await client[name](server.url)).status, 200);
      assert.equal(server.seen.at(-1)?.method, name.toUpperCase());
      assert.equal((await FREE[name](server.url, { headers: { "X-Free": "1" } })).status, 200);
      const { method, headers } = server.seen.at(-1) ?? assert.fail();
      assert.deepEqual([method, headers["x-free"]], [name.toUpperCase(), "1"]);
    });

  it("is upper-cased when it is one of these in another case, and kept as it is written otherwise", async () => {
    for (const name of SHORTHANDS) assert.equal((await seen(name)).method, name.toUpperCase());
    assert.equal((await seen("pAtCh")).method, "PATCH");
    const written = ["PROPFIND", "propfind", "Trace", "x-y!"].map(
      (method) => prepareRequest({ method, url: server.url, options: {} }).method,
    );
    assert.deepEqual(written, ["PROPFIND", "propfind", "Trace", "x-y!"]);
    assert.equal((await seen("PROPFIND")).method, "PROPFIND");
  });

  it("has a Content-Length of 0 without a body when it is POST, PUT or PATCH, and none otherwise", async () => {
    for (const name of SHORTHANDS)
      assert.equal((await seen(name)).headers["content-length"], ["post", "put", "patch"].includes(name) ? "0" : undefined);
  });

  for (const method of ["", "GET IT", "GET\r\nX: y", "G\0T", "CONNECT", "GÉT"])
    it(`is refused when it cannot be sent: ${JSON.stringify(method)}`, async () => {
      const before = server.seen.length;
      await assert.rejects(client.request(method, server.url), (error) => isHttpError(error) && error.code === "invalid-method");
      assert.equal(server.seen.length, before);
    });

  it("of TRACE has no body", () =>
    assert.rejects(client.request("TRACE", server.url, { body: "x" }), { name: "TypeError", message: /TRACE request has no body/ }));
});

describe("A request's URL", () => {
  const targets: readonly (readonly [what: string, url: string, options: RequestOptions, target: string])[] = [
    ["stands on baseUrl when it is relative", "c", { baseUrl: "http://h/a/b/" }, "http://h/a/b/c"],
    ["replaces the last segment of a baseUrl without a slash at its end", "c", { baseUrl: "http://h/a/b" }, "http://h/a/c"],
    ["replaces the path of baseUrl when it begins with a slash", "/c", { baseUrl: "http://h/a/b/" }, "http://h/c"],
    ["is baseUrl when it is empty", "", { baseUrl: new URL("http://h/a/?b") }, "http://h/a/?b"],
    ["leaves baseUrl aside when it is absolute", "http://g/c", { baseUrl: "http://h/a/" }, "http://g/c"],
    [
      "gets searchParams of an object",
      "http://h/",
      { searchParams: { a: 1, b: true, c: "d e&", f: undefined } },
      "http://h/?a=1&b=true&c=d+e%26",
    ],
    [
      "gets searchParams of pairs",
      "http://h/",
      {
        searchParams: [
          ["a", 1],
          ["a", "2"],
        ],
      },
      "http://h/?a=1&a=2",
    ],
    ["gets searchParams of a Map", "http://h/", { searchParams: new Map([["a", "ä"]]) }, "http://h/?a=%C3%A4"],
    ["gets searchParams of URLSearchParams", "http://h/", { searchParams: new URLSearchParams("a=1&a=2") }, "http://h/?a=1&a=2"],
    ["gets searchParams of text as it is", "http://h/", { searchParams: "a=%20" }, "http://h/?a=%20"],
    ["gets searchParams of text without its question mark", "http://h/", { searchParams: "?a" }, "http://h/?a"],
    ["gets searchParams behind its own query", "http://h/?x=y", { searchParams: { a: 1 } }, "http://h/?x=y&a=1"],
    ["gets searchParams behind a query that is open", "http://h/?x&", { searchParams: { a: 1 } }, "http://h/?x&a=1"],
    ["gets searchParams before its fragment, which is not sent", "http://h/#f?g", { searchParams: { a: 1 } }, "http://h/?a=1"],
    ["stays as it is with empty searchParams", "http://h/?x", { searchParams: {} }, "http://h/?x"],
    ["is not normalised without baseUrl", "http://h/a/../b", {}, "http://h/a/../b"],
  ];
  for (const [what, url, options, target] of targets)
    it(what, () => assert.equal(prepareRequest({ method: "GET", url, options }).url.href, target));

  it("may be a URL object", async () => {
    await client.get(new URL("/a?b#c", server.url));
    assert.equal(server.seen.at(-1)?.url, "/a?b");
  });

  it("is read again when it differs only at its end, however often another one was asked for", () => {
    const read = (url: string): string => prepareRequest({ method: "GET", url, options: {} }).url.href;
    for (let round = 0; round < 3; round++)
      for (const url of ["http://h/a", "http://h/a?", "http://h/A", "http://h:8080/a", "https://h/a", "http://h/__proto__"])
        assert.equal(read(url), url);
    for (let index = 0; index < 600; index++) assert.equal(read(`http://h/${index}`), `http://h/${index}`);
  });

  for (const url of ["http://user:hunter2@h/", "http://:hunter2@h/", "http:\\\\u:hunter2@h/", "u:hunter2@h/"])
    it(`is refused with a user name or password, which no message shows: ${url}`, async () => {
      for (const options of [{}, { baseUrl: "http://user:hunter2@h/" }, { searchParams: "a" }])
        await assert.rejects(client.get(url, options), (error) => {
          assert.ok(isHttpError(error) && error.code === "invalid-url");
          assert.doesNotMatch(`${error.message} ${error.stack} ${JSON.stringify(error)}`, /hunter2/);
          return true;
        });
    });

  for (const url of ["", "/a", "ftp://h/", "http://", "http://h:0/", "http://h/a b", "http://h/\r\nX: y", "http://[::1/"])
    it(`is refused when nobody can be asked for it: ${JSON.stringify(url)}`, async () => {
      await assert.rejects(client.get(url), (error) => isHttpError(error) && error.code === "invalid-url" && !/[\r\n]/.test(error.message));
    });

  it("is refused when it is none on its baseUrl, and the message shows no password", () =>
    assert.rejects(client.get("http://[", { baseUrl: "http://u:hunter2@h/" }), (error) => {
      assert.ok(isHttpError(error) && error.code === "invalid-url");
      assert.match(error.message, /"http:\/\/\[" is none on the baseUrl "http:\/\/h\/"/);
      return true;
    }));

  it("is a TypeError when it is neither a string nor a URL", async () => {
    for (const url of [undefined, null, 5, { href: "http://h/" }])
      await assert.rejects(client.get(url as unknown as string), { name: "TypeError", message: "the URL must be a string or a URL" });
  });
});

const FORM = "application/x-www-form-urlencoded;charset=UTF-8";

describe("A request's body", () => {
  const bodies: readonly (readonly [what: string, options: RequestOptions, type: string | undefined, body: string])[] = [
    ["text in UTF-8", { body: "ä" }, "text/plain;charset=UTF-8", "ä"],
    ["empty text", { body: "" }, "text/plain;charset=UTF-8", ""],
    ["bytes, without a Content-Type", { body: Buffer.from("bytes") }, undefined, "bytes"],
    ["a part of a larger buffer", { body: Buffer.from("xbytesx").subarray(1, 6) }, undefined, "bytes"],
    ["URLSearchParams as a form", { body: new URLSearchParams({ a: "b c" }) }, FORM, "a=b+c"],
    ["JSON", { json: { a: ["ä"] } }, "application/json", '{"a":["ä"]}'],
    ["JSON's null", { json: null }, "application/json", "null"],
    ["JSON's false", { json: false }, "application/json", "false"],
    ["a form of an object", { form: { a: 1, b: "ä&", c: undefined } }, FORM, "a=1&b=%C3%A4%26"],
    [
      "a form of pairs",
      {
        form: [
          ["a", "1"],
          ["a", "2"],
        ],
      },
      FORM,
      "a=1&a=2",
    ],
    ["text with the Content-Type that is asked for", { body: "{}", headers: { "content-type": "x/y" } }, "x/y", "{}"],
    ["JSON with the Content-Type that is asked for", { json: 1, headers: { "CONTENT-TYPE": "x/y+json" } }, "x/y+json", "1"],
  ];
  for (const [what, options, type, body] of bodies)
    it(`is ${what}`, async () => {
      const { headers, body: came } = await seen("POST", options);
      assert.deepEqual(
        [headers["content-type"], came.toString(), headers["content-length"]],
        [type, body, String(Buffer.byteLength(body))],
      );
    });

  it("goes with any method that does not forbid it", async () => {
    for (const method of ["GET", "DELETE", "OPTIONS"]) assert.equal((await seen(method, { body: "x" })).body.toString(), "x");
  });

  it("of 300 000 bytes arrives whole", async () => {
    const bytes = Buffer.alloc(300_000, "0123456789");
    assert.ok((await seen("POST", { body: bytes })).body.equals(bytes));
  });

  it("is given once: two kinds are a TypeError", async () => {
    const two: readonly RequestOptions[] = [
      { body: "a", json: 1 },
      { json: null, form: {} },
      { body: "", form: "" },
    ];
    for (const options of two)
      await assert.rejects(client.post(server.url, options), {
        name: "TypeError",
        message: "only one of body, json, form and multipart can be given",
      });
  });
});

describe("A request's headers", () => {
  const forms: Readonly<Record<string, RequestOptions["headers"]>> = {
    "an object": { "X-A": "1", "x-b": " 2\t", "X-C": undefined },
    pairs: [
      ["X-A", "1"],
      ["x-b", "2"],
      ["X-C", undefined],
    ],
    "a Map": new Map([
      ["X-A", "1"],
      ["x-b", "2"],
    ]),
  };
  for (const [form, headers] of Object.entries(forms))
    it(`may be ${form}; their case is kept, undefined ones are left out`, async () => {
      const { lines } = await seen("GET", { headers });
      assert.deepEqual(
        lines.filter(([name]) => /^x-/i.test(name)),
        [
          ["X-A", "1"],
          ["x-b", "2"],
        ],
      );
    });

  it("have no white space around their values", () => {
    const { fields } = prepareRequest({ method: "GET", url: "http://h/", options: { headers: { "X-A": " \tb c\t " } } });
    assert.deepEqual(fields.at(-1), ["X-A", "b c"]);
  });

  it("may be Headers", async () => {
    const { headers } = await seen("GET", { headers: new Headers({ "X-A": "1", "X-B": "2" }) });
    assert.deepEqual([headers["x-a"], headers["x-b"]], ["1", "2"]);
  });

  it("have a line for each pair of one name", async () => {
    const { lines } = await seen("GET", {
      headers: [
        ["X-A", "1"],
        ["x-a", "2"],
      ],
    });
    assert.deepEqual(
      lines.filter(([name]) => /^x-a$/i.test(name)),
      [
        ["X-A", "1"],
        ["x-a", "2"],
      ],
    );
  });

  it("begin with Host, have User-Agent, Accept and Accept-Encoding unless others are given, and name no header twice", async () => {
    assert.deepEqual((await seen("GET")).lines, [
      ["Host", server.host],
      ["User-Agent", "nodemcu-http"],
      ["Accept", "*/*"],
      ["Accept-Encoding", ACCEPT_ENCODING],
    ]);
    const { lines } = await seen("GET", { headers: { "user-agent": "me", accept: "text/html", "accept-encoding": "br" } });
    assert.deepEqual(lines, [
      ["Host", server.host],
      ["user-agent", "me"],
      ["accept", "text/html"],
      ["accept-encoding", "br"],
    ]);
  });

  it("ask for no coding when a part is asked for, or nothing is to be decoded", async () => {
    assert.equal((await seen("GET", { headers: { range: "bytes=1-" } })).headers["accept-encoding"], undefined);
    assert.equal((await seen("GET", { decompress: false })).headers["accept-encoding"], undefined);
    assert.equal((await seen("GET", { decompress: { maxRatio: 2 } })).headers["accept-encoding"], ACCEPT_ENCODING);
  });

  it("may have the names of Object.prototype's properties", async () => {
    const { lines } = await seen("GET", {
      headers: [
        ["__proto__", "a"],
        ["constructor", "b"],
      ],
    });
    assert.deepEqual(lines.slice(4), [
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
  });

  const INJECTED: readonly (readonly [name: string, value: string])[] = [
    ["X-A", "b\r\nX-Injected: c"],
    ["X-A", "b\nX-Injected: c"],
    ["X-A", "b\rc"],
    ["X-A", "b\0"],
    ["X-A", "ā"],
    ["X-A\r\nX-Injected", "c"],
    ["X-A: b\r\nX", "c"],
    ["X A", "b"],
    ["", "b"],
    ["X-Ä", "b"],
  ];
  for (const [name, value] of INJECTED)
    it(`are refused before anything is sent when they would break their line: ${JSON.stringify(`${name}: ${value}`)}`, async () => {
      const connections = server.connections();
      await using fresh = new Client();
      for (const headers of [{ [name]: value }, [[name, value]] as const, new Map([[name, value]])])
        await assert.rejects(fresh.get(server.url, { headers }), (error) => isHttpError(error) && error.code === "invalid-headers");
      assert.equal(server.connections(), connections);
    });

  for (const name of [
    "Host",
    "connection",
    "Content-Length",
    "Transfer-Encoding",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "UPGRADE",
  ])
    it(`cannot have ${name}, which is the client's own`, () =>
      assert.rejects(client.get(server.url, { headers: { [name]: "0" } }), (error) => {
        assert.ok(isHttpError(error) && error.code === "invalid-headers");
        assert.match(error.message, new RegExp(`${name} is written by the client itself and cannot be set`));
        return true;
      }));

  it("are a TypeError when they are no pairs of strings", async () => {
    for (const headers of [{ "X-A": 5 }, { "X-A": null }, { "X-A": ["1"] }, ["X-A: b"], [["X-A"]], [["X-A", "b", "c"]], [[5, "b"]], [5]])
      await assert.rejects(client.get(server.url, { headers: headers as unknown as Record<string, string> }), {
        name: "TypeError",
        message: "headers: every name and every value must be a string",
      });
  });
});

describe("A request's auth", () => {
  it("is Basic, in UTF-8, with user and password", async () => {
    const { headers } = await seen("GET", { auth: { username: "Aladdin", password: "öpen: sesame" } });
    assert.equal(headers["authorization"], `Basic ${Buffer.from("Aladdin:öpen: sesame").toString("base64")}`);
  });

  it("is Bearer with a token", async () => {
    assert.equal((await seen("GET", { auth: { bearer: "a.b-c" } })).headers["authorization"], "Bearer a.b-c");
  });

  it("is refused when it would break its line, and the message does not show it", () =>
    assert.rejects(client.get(server.url, { auth: { bearer: "hunter2\r\nX-A: b" } }), (error) => {
      assert.ok(isHttpError(error) && error.code === "invalid-headers");
      assert.deepEqual([error.phase, error.peer, error.bytesSent], ["request", undefined, 0]);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    }));

  it("is a TypeError with a colon in the user name, and beside a header Authorization", async () => {
    await assert.rejects(client.get(server.url, { auth: { username: "a:b", password: "c" } }), { name: "TypeError", message: /colon/ });
    const both = { auth: { bearer: "a" }, headers: { authorization: "b" } };
    await assert.rejects(client.get(server.url, both), { name: "TypeError", message: /either auth or a header Authorization/ });
  });
});
