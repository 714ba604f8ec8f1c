import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { startHttpbin } from "../src/httpbin/index.ts";
import type { Httpbin } from "../src/httpbin/index.ts";
import { exchange, parse } from "./httpbin-exchange.ts";
import type { Answer, TestRequest } from "./httpbin-exchange.ts";

let server: Httpbin;
before(async () => {
  server = await startHttpbin();
});
after(() => server.close());

const ask = (request: TestRequest): Promise<Answer> => exchange({ port: server.port, host: "httpbin.org" }, request);
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => ask({ path, headers });
const login = (text: string): Record<string, string> => ({ Authorization: `Basic ${Buffer.from(text).toString("base64")}` });

describe("what describes a request", () => {
  test("/ip tells the client's address in two lines of JSON and braces, with a line feed at the end", async () => {
    const answer = await get("/ip");
    assert.equal(answer.body.toString(), '{\n  "origin": "127.0.0.1"\n}\n');
    assert.equal(`${answer.status} ${answer.text}`, "200 OK");
    assert.deepEqual(answer.headers, {
      "access-control-allow-credentials": "true",
      "access-control-allow-origin": "*",
      connection: "close",
      "content-length": "28",
      "content-type": "application/json",
    });
  });

  test("/get tells the address by the Host header, sorted and indented", async () => {
    const answer = await get("/get?b=1&a=x&b=2", { "x-dEVICE-id": "7" });
    const expected = {
      args: { a: "x", b: ["1", "2"] },
      headers: { Connection: "close", Host: "httpbin.org", "X-Device-Id": "7" },
      origin: "127.0.0.1",
      url: "http://httpbin.org/get?b=1&a=x&b=2",
    };
    assert.equal(answer.body.toString().replace(/\s/g, ""), JSON.stringify(expected));
  });

  test("over TLS the address starts with https", async () => {
    const answer = await exchange({ port: server.tlsPort, host: "httpbin.org", ca: server.certificate }, { path: "/get" });
    assert.equal(parse(answer)["url"], "https://httpbin.org/get");
  });

  test("/headers and /user-agent tell what came", async () => {
    assert.equal(parse(await get("/user-agent", { "User-Agent": "ESP8266" }))["user-agent"], "ESP8266");
    assert.equal(parse(await get("/user-agent"))["user-agent"], null);
    assert.deepEqual(parse(await get("/headers", { Accept: "*/*" })), {
      headers: { Accept: "*/*", Connection: "close", Host: "httpbin.org" },
    });
  });

  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    test(`/${method.toLowerCase()} tells the body`, async () => {
      const headers = { "Content-Type": "application/json" };
      const answer = parse(await ask({ method, path: `/${method.toLowerCase()}`, headers, body: '{"hello":[1,2.0]}' }));
      assert.deepEqual([answer["data"], answer["json"], answer["form"]], ['{"hello":[1,2.0]}', { hello: [1, 2] }, {}]);
    });
  }

  test("a body of all 256 byte values comes back as a base64 data URL", async () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_value, index) => index));
    const answer = parse(await ask({ method: "POST", path: "/post", body }));
    assert.equal(answer["data"], `data:application/octet-stream;base64,${body.toString("base64")}`);
    assert.equal(answer["json"], null);
  });

  test("a form comes back by field, a repeated one as a list", async () => {
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const answer = parse(await ask({ method: "POST", path: "/post", headers, body: "a=1&b=%C3%A9+x&a=2" }));
    assert.deepEqual([answer["form"], answer["data"], answer["json"]], [{ a: ["1", "2"], b: "é x" }, "", null]);
  });

  test("a multipart form comes back by field and file", async () => {
    const body = Buffer.from(
      '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n' +
        "Content-Type: image/png\r\n\r\n\xff\r\n--x--\r\n",
      "latin1",
    );
    const headers = { "Content-Type": "multipart/form-data; boundary=x" };
    const answer = parse(await ask({ method: "POST", path: "/post", headers, body }));
    assert.deepEqual([answer["form"], answer["files"], answer["data"]], [{ a: "1" }, { f: "data:image/png;base64,/w==" }, ""]);
  });

  test("/anything takes every method and names it", async () => {
    const answer = parse(await ask({ method: "TRACE", path: "/anything/a%20b" }));
    assert.deepEqual([answer["method"], answer["url"]], ["TRACE", "http://httpbin.org/anything/a%20b"]);
  });

  test("a query parameter may be named __proto__", async () => {
    assert.match((await get("/get?__proto__=1&constructor=2")).body.toString(), /"__proto__": "1",\s+"constructor": "2"/);
  });
});

describe("what answers in a chosen way", () => {
  test("/status gives the code, its reason in capitals and what belongs to it", async () => {
    const texts = await Promise.all([204, 404, 418, 599].map(async (code) => get(`/status/${code}`)));
    assert.deepEqual(
      texts.map(({ status, text }) => `${status} ${text}`),
      ["204 NO CONTENT", "404 NOT FOUND", "418 I'M A TEAPOT", "599 UNKNOWN"],
    );
    assert.equal((await get("/status/302")).headers["location"], "/redirect/1");
    assert.equal((await get("/status/401")).headers["www-authenticate"], 'Basic realm="Fake Realm"');
    assert.equal((await get("/status/304")).headers["content-length"], undefined);
  });

  test("/status draws one of a list by weight", async () => {
    const drawn = await Promise.all(Array.from({ length: 20 }, async () => (await get("/status/201:1,202:2.5,500:0")).status));
    assert.deepEqual(
      [...new Set(drawn)].filter((status) => status !== 201 && status !== 202),
      [],
    );
  });

  test("/status refuses codes that cannot end a request", async () => {
    for (const codes of ["100", "199", "1000", "0", "-200", "2e2"]) assert.equal((await get(`/status/${codes}`)).status, 400, codes);
  });

  test("the chains of redirections end at /get", async () => {
    const locations = ["/redirect/2", "/redirect/1", "/relative-redirect/2", "/absolute-redirect/2", "/redirect/2?absolute=true"];
    const answers = await Promise.all(locations.map((path) => get(path)));
    assert.deepEqual(
      answers.map(({ status, headers }) => [status, headers["location"]]),
      [
        [302, "/relative-redirect/1"],
        [302, "/get"],
        [302, "/relative-redirect/1"],
        [302, "http://httpbin.org/absolute-redirect/1"],
        [302, "http://httpbin.org/absolute-redirect/1"],
      ],
    );
  });

  test("/redirect-to goes where it is told, with the code it is told", async () => {
    const answer = await ask({ method: "PUT", path: "/redirect-to?url=http%3A%2F%2Fx.test%2F%C3%A9&status_code=308" });
    assert.deepEqual([answer.status, answer.headers["location"]], [308, "http://x.test/%C3%A9"]);
  });

  test("a page of a redirection cannot carry markup in", async () => {
    const answer = await exchange({ port: server.port, host: "<script>" }, { path: "/absolute-redirect/1" });
    assert.doesNotMatch(answer.body.toString(), /<script>/);
  });

  test("/stream sends lines of JSON in chunks, a hundred at most", async () => {
    const answer = await get("/stream/101");
    const lines = answer.body.toString().trimEnd().split("\n");
    assert.equal(answer.headers["transfer-encoding"], "chunked");
    assert.deepEqual(
      lines.map((line) => /"id": ([0-9]+)}$/.exec(line)?.[1]),
      Array.from({ length: 100 }, (_value, index) => String(index)),
    );
  });

  test("/bytes gives as many as asked, up to 100 KiB, the same for the same seed", async () => {
    assert.equal((await get("/bytes/1000")).body.length, 1000);
    assert.equal((await get("/bytes/999999999999")).body.length, 102_400);
    assert.equal((await get("/bytes/8?seed=1")).body.toString("hex"), "4420823cfde6f1c2");
    assert.equal((await get("/stream-bytes/8?seed=-5&chunk_size=3")).body.toString("hex"), "82b70eee7f1a5039");
  });

  test("/range gives the part asked for", async () => {
    const answer = await get("/range/30", { Range: "bytes=24-28" });
    assert.deepEqual([answer.status, answer.body.toString(), answer.headers["content-range"]], [206, "yzabc", "bytes 24-28/30"]);
    assert.equal((await get("/range/30", { Range: "bytes=30-" })).status, 416);
  });

  test("/drip sends every byte, however they are spread", async () => {
    for (const query of ["duration=0.05&numbytes=7", "duration=0&numbytes=3", "duration=0.03&numbytes=100000"]) {
      const answer = await get(`/drip?${query}&code=203`);
      const count = Number(/numbytes=([0-9]+)/.exec(query)?.[1]);
      assert.deepEqual([answer.status, answer.body.toString() === "*".repeat(count)], [203, true], query);
    }
  });

  test("/delay answers with the request", async () => {
    assert.deepEqual(Object.keys(parse(await get("/delay/0.01?a=b"))), ["args", "data", "files", "form", "headers", "origin", "url"]);
  });

  test("/gzip, /deflate and /brotli are compressed as they say", async () => {
    const codings = { gzip: gunzipSync, deflate: inflateSync, brotli: brotliDecompressSync };
    for (const [path, decode] of Object.entries(codings)) {
      const { headers, body } = await get(`/${path}`);
      assert.equal(headers["content-encoding"], path === "brotli" ? "br" : path);
      assert.match(decode(body).toString(), /"(gzipped|deflated|brotli)": true/);
    }
  });

  test("/encoding/utf8 is valid UTF-8 with sequences of every length", async () => {
    const { body, headers } = await get("/encoding/utf8");
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    for (const range of [/[a-z]/, /[\u0080-\u07ff]/, /[\u0800-\uffff]/, /[\u{10000}-\u{10ffff}]/u]) assert.match(text, range);
  });

  test("/base64 decodes either alphabet and refuses anything else", async () => {
    assert.equal((await get("/base64/aMOpIOKCrA")).body.toString(), "hé €");
    assert.equal((await get("/base64/8J-YgA==")).body.toString(), "😀");
    assert.equal((await get("/base64/a*b")).status, 400);
  });

  test("/basic-auth opens to its user alone", async () => {
    assert.deepEqual(parse(await get("/basic-auth/user/pass", login("user:pass"))), { authenticated: true, user: "user" });
    assert.equal((await get("/basic-auth/user/pass", login("user:wrong"))).status, 401);
    assert.equal((await get("/hidden-basic-auth/user/pass")).status, 404);
    assert.equal((await get("/bearer")).headers["www-authenticate"], "Bearer");
  });

  test("cookies are set, shown and deleted", async () => {
    assert.equal((await get("/cookies/set?a=b%20c")).headers["set-cookie"], 'a="b c"; Path=/');
    assert.deepEqual(parse(await get("/cookies", { Cookie: 'a="b\\040c"; d=e' })), { cookies: { a: "b c", d: "e" } });
    assert.match((await get("/cookies/delete?a")).headers["set-cookie"] ?? "", /^a=; Expires=Thu, 01 Jan 1970/);
    const secure = await exchange({ port: server.tlsPort, host: "httpbin.org", ca: server.certificate }, { path: "/cookies/set/a/b" });
    assert.equal(secure.headers["set-cookie"], "a=b; Secure; Path=/");
  });

  test("/response-headers sends what it is told and counts itself", async () => {
    const answer = await get("/response-headers?X-A=1&X-A=2");
    assert.deepEqual(parse(answer), {
      "Content-Length": String(answer.body.length),
      "Content-Type": "application/json",
      "X-A": ["1", "2"],
    });
    assert.equal(answer.headers["x-a"], "1|2");
  });

  test("/, /html and /robots.txt are pages", async () => {
    assert.match((await get("/")).body.toString(), /\/encoding\/utf8/);
    assert.match((await get("/html")).body.toString(), /<h1>/);
    assert.match((await get("/robots.txt")).body.toString(), /Disallow/);
    assert.match(String(parse(await get("/uuid"))["uuid"]), /^[0-9a-f-]{36}$/);
  });

  test("/cache and /etag answer conditions", async () => {
    assert.equal((await get("/cache/60")).headers["cache-control"], "public, max-age=60");
    assert.equal((await get("/cache", { "If-None-Match": "x" })).status, 304);
    assert.equal((await get("/etag/abc", { "If-None-Match": '"abc"' })).status, 304);
    assert.equal((await get("/etag/abc", { "If-Match": '"def"' })).status, 412);
  });
});
