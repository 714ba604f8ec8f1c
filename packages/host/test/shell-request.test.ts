import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { startRawServer } from "../../../test/helpers/raw-server.ts";
import { startHttpbin } from "../src/httpbin/index.ts";
import type { Httpbin } from "../src/httpbin/index.ts";
import { nodemcu, nodemcuWith, workspace } from "./helpers/workspace.ts";

let server: Httpbin;
before(async () => {
  server = await startHttpbin();
});
after(() => server.close());

const folder = workspace({
  "data.txt": "line 1\r\nline 2\n",
  "body.json": '{"from":"file"}',
  "headers.txt": "X-One: 1\r\n\r\nX-Two: 2\n",
  "empty.bin": "",
});

/** What httpbin's /anything tells of a request. */
interface Seen {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  readonly data: string;
  readonly json: unknown;
  readonly url: string;
}

/** Makes a request of /anything; what came there. */
async function seen(args: readonly string[], stdin: readonly Uint8Array[] = []): Promise<Seen> {
  const { exit, out, err } = await nodemcuWith({ cwd: folder, stdin }, args);
  assert.deepEqual([exit, err], [0, ""]);
  const parsed: Seen = JSON.parse(out);
  return parsed;
}

const anything = (): string => `${server.url}/anything`;

describe("the verbs", () => {
  for (const verb of ["get", "post", "put", "delete"]) {
    test(`${verb} makes a request with its method`, async () => {
      assert.equal((await seen([verb, anything()])).method, verb.toUpperCase());
    });
  }

  test("head writes the head of the response", async () => {
    const { exit, out } = await nodemcu(folder, ["head", `${server.url}/ip`]);
    assert.equal(exit, 0);
    assert.match(out, /^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: 28\r\n[^]*\r\n\r\n$/);
  });

  test("request takes its method as a word or with -X", async () => {
    assert.equal((await seen(["request", "PATCH", anything()])).method, "PATCH");
    assert.equal((await seen(["request", "-X", "PATCH", anything()])).method, "PATCH");
    assert.equal((await seen(["request", "-XPATCH", anything()])).method, "PATCH");
  });

  test("request without a method is GET, and POST when there is something to send", async () => {
    assert.equal((await seen(["request", anything()])).method, "GET");
    assert.equal((await seen(["request", "-d", "a=1", anything()])).method, "POST");
    assert.equal((await seen(["request", "--json", "{}", anything()])).method, "POST");
  });

  test("options stand before or behind the URL", async () => {
    assert.equal((await seen(["post", anything(), "-d", "a=1"])).form["a"], "1");
    assert.equal((await seen(["post", "-d", "a=1", anything()])).form["a"], "1");
  });
});

describe("headers", () => {
  test("are those of the client, and those that are given", async () => {
    const { headers } = await seen(["get", anything(), "-H", "X-Device: 7", "-HX-Other:8", "--header", "accept: text/html"]);
    assert.equal(headers["X-Device"], "7");
    assert.equal(headers["X-Other"], "8");
    assert.equal(headers["Accept"], "text/html");
    assert.equal(headers["User-Agent"], "nodemcu-http");
  });

  test("can be read from a file, where no list of processes shows them", async () => {
    const { headers } = await seen(["get", anything(), "-H", "@headers.txt"]);
    assert.deepEqual([headers["X-One"], headers["X-Two"]], ["1", "2"]);
  });

  test("ask for compression, which is decoded, unless --raw is given", async () => {
    assert.match((await seen(["get", anything()])).headers["Accept-Encoding"] ?? "", /gzip/);
    assert.match((await seen(["get", anything(), "--compressed"])).headers["Accept-Encoding"] ?? "", /gzip/);
    assert.equal((await seen(["get", anything(), "--raw"])).headers["Accept-Encoding"], undefined);
    assert.equal((await nodemcu(folder, ["get", "-C", "-o", "asked.json", anything()])).exit, 0);
    assert.doesNotMatch(readFileSync(`${folder}/asked.json`, "utf8"), /Accept-Encoding/, "parts of a compressed body could not be joined");
    const { out } = await nodemcu(folder, ["get", `${server.url}/gzip`]);
    assert.match(out, /"gzipped": true/);
    const raw = await nodemcuWith({ cwd: folder }, ["get", "--raw", `${server.url}/gzip`]);
    assert.deepEqual([...raw.bytes.subarray(0, 2)], [0x1f, 0x8b]);
  });

  test("tell who asks", async () => {
    const basic = await seen(["get", anything(), "-u", "ada:pass:word"]);
    assert.equal(basic.headers["Authorization"], `Basic ${Buffer.from("ada:pass:word").toString("base64")}`);
    assert.equal((await seen(["get", anything(), "--bearer", "token-1"])).headers["Authorization"], "Bearer token-1");
  });
});

test("--digest answers the server's challenge, and tells no password before", async (t) => {
  const challenge =
    'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256\r\nContent-Length: 0\r\n\r\n';
  const raw = await startRawServer((socket, request) =>
    socket.end(/^Authorization: Digest username="ada"/im.test(request) ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" : challenge),
  );
  t.after(() => raw.close());
  assert.equal((await nodemcu(folder, ["get", "--digest", "-u", "ada:secret", raw.url])).out, "hi");
  assert.doesNotMatch(raw.requests.join(""), /secret|Basic/);
});

describe("data", () => {
  test("is a form unless a header says otherwise; repeated texts are joined by &", async () => {
    const form = await seen(["post", anything(), "-d", "a=1", "--data", "b=2"]);
    assert.deepEqual(form.form, { a: "1", b: "2" });
    assert.equal(form.headers["Content-Type"], "application/x-www-form-urlencoded");
    const plain = await seen(["put", anything(), "-d", "grüße", "-H", "content-type: text/plain"]);
    assert.deepEqual([plain.data, plain.headers["Content-Type"]], ["grüße", "text/plain"]);
  });

  test("of --json is JSON, and asks for JSON", async () => {
    const { json, headers } = await seen(["post", anything(), "--json", '{"a":[1,2]}']);
    assert.deepEqual(json, { a: [1, 2] });
    assert.deepEqual([headers["Content-Type"], headers["Accept"]], ["application/json", "application/json"]);
    assert.deepEqual((await seen(["post", anything(), "--json", "@body.json"])).json, { from: "file" });
    assert.deepEqual((await seen(["post", anything(), "--json", "-"], [Buffer.from('"stdin"')])).json, "stdin");
  });

  test("of a file goes byte for byte, with its length", async () => {
    const { data, headers } = await seen(["put", anything(), "-d", "@data.txt", "-H", "Content-Type: text/plain"]);
    assert.equal(data, "line 1\r\nline 2\n");
    assert.equal(headers["Content-Length"], "15");
    assert.equal((await seen(["put", anything(), "-d", "@empty.bin"])).headers["Content-Length"], "0");
  });

  test("of stdin goes with its length when it is small, in chunks when it is not", async () => {
    const small = await seen(["post", anything(), "-d", "-", "-H", "Content-Type: text/plain"], [Buffer.from("on"), Buffer.from("e")]);
    assert.deepEqual([small.data, small.headers["Content-Length"]], ["one", "3"]);
    const pieces = Array.from({ length: 5 }, (_, index) => Buffer.alloc(30_000, `${index}`));
    const large = await seen(["post", anything(), "-d", "@-", "-H", "Content-Type: text/plain"], pieces);
    assert.equal(large.data, Buffer.concat(pieces).toString());
    assert.deepEqual([large.headers["Transfer-Encoding"], large.headers["Content-Length"]], ["chunked", undefined]);
  });

  test("can go with delete, and with a get that is asked for by name", async () => {
    assert.deepEqual((await seen(["delete", anything(), "-d", "a=1"])).form, { a: "1" });
    assert.deepEqual((await seen(["request", "GET", anything(), "-d", "a=1"])).method, "GET");
  });
});

describe("redirects", () => {
  const path = "/redirect-to?url=/ip";

  test("are responses like any other without -L", async () => {
    const { exit, out } = await nodemcu(folder, ["get", "-i", server.url + path]);
    assert.equal(exit, 0);
    assert.match(out, /^HTTP\/1\.1 302 /);
  });

  test("are followed with -L, as far as --max-redirs allows", async () => {
    assert.equal((await nodemcu(folder, ["get", "-L", server.url + path])).out, '{\n  "origin": "127.0.0.1"\n}\n');
    const twice = ["get", "--location", "--max-redirs", "1", `${server.url}/relative-redirect/2`];
    const { exit, err } = await nodemcu(folder, twice);
    assert.equal(exit, 47);
    assert.match(err, /^nodemcu get: GET [^ ]+: the server redirected more than 1 times, the limit/);
  });
});

describe("trying again", () => {
  test("--retry makes a request again after a failure that may pass", async (t) => {
    const raw = await startRawServer((socket) => {
      const status = raw.requests.length < 2 ? "503 Busy\r\nRetry-After: 0" : "200 OK";
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi`);
    });
    t.after(() => raw.close());
    const { exit, out } = await nodemcu(folder, ["get", "--retry", "1", raw.url]);
    assert.deepEqual([exit, out, raw.requests.length], [0, "hi", 2]);
  });

  test("nothing is tried again by itself", async (t) => {
    const raw = await startRawServer((socket) => socket.end("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nhi"));
    t.after(() => raw.close());
    const { exit, out } = await nodemcu(folder, ["get", raw.url]);
    assert.deepEqual([exit, out, raw.requests.length], [0, "hi", 1]);
  });
});

test("the bytes of a request are no others than the options ask for", async (t) => {
  const raw = await startRawServer((socket) => socket.end("HTTP/1.1 204 None\r\n\r\n"));
  t.after(() => raw.close());
  await nodemcu(folder, ["put", `${raw.url}/a?b`, "-d", "@data.txt", "--raw", "-H", "X-Last;"]);
  const [head, body] = raw.requests[0]?.split("\r\n\r\n") ?? [];
  assert.deepEqual(
    [head, body],
    [
      [
        "PUT /a?b HTTP/1.1",
        `Host: 127.0.0.1:${raw.port}`,
        "User-Agent: nodemcu-http",
        "Accept: */*",
        "Content-Type: application/x-www-form-urlencoded",
        "X-Last: ",
        "Content-Length: 15",
      ].join("\r\n"),
      readFileSync(`${folder}/data.txt`, "latin1"),
    ],
  );
});
