import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { Client, isHttpError, type HttpError, type RequestOptions } from "../src/client-entry.ts";
import { makeIdentity } from "../../../test/helpers/certificates.ts";
import { startEchoServer, type EchoServer, type Seen } from "./helpers/echo-server.ts";

/** `/redirect/STATUS?LOCATION` redirects; `/loop` for ever; everything else answers. */
function answer(response: ServerResponse, { url }: Seen): void {
  const [, status, location] = /^\/redirect\/(\d+)\?(.*)$/.exec(url) ?? [];
  if (url === "/loop") response.writeHead(302, { Location: "/loop" }).end();
  else if (url === "/endless") response.writeHead(302, { Location: "/end" }).write("x".repeat(1000));
  else if (status === undefined) response.end("arrived");
  else response.writeHead(Number(status), { Location: decodeURIComponent(location ?? "") }).end("moved");
}

let server: EchoServer;
let other: EchoServer;
let secure: EchoServer;
let client: Client;
before(async () => {
  const identity = await makeIdentity();
  [server, other, secure] = await Promise.all([startEchoServer(answer), startEchoServer(answer), startEchoServer(answer, identity)]);
  client = new Client({ timeout: 10_000, tls: { ca: identity.cert } });
});
after(async () => {
  client.close();
  await Promise.all([server.close(), other.close(), secure.close()]);
});

const via = (status: number, location: string): string => `/redirect/${status}?${encodeURIComponent(location)}`;

async function failure(url: string, options?: RequestOptions): Promise<HttpError> {
  try {
    await client.get(url, options);
  } catch (error) {
    assert.ok(isHttpError(error), String(error));
    return error;
  }
  return assert.fail("it did not fail");
}

const RULES: readonly (readonly [status: number, from: string, to: string, body: string])[] = [
  [301, "GET", "GET", ""],
  [301, "HEAD", "HEAD", ""],
  [301, "POST", "GET", ""],
  [302, "GET", "GET", ""],
  [302, "HEAD", "HEAD", ""],
  [302, "POST", "GET", ""],
  [303, "GET", "GET", ""],
  [303, "HEAD", "HEAD", ""],
  [303, "POST", "GET", ""],
  [303, "PUT", "GET", ""],
  [307, "GET", "GET", ""],
  [307, "HEAD", "HEAD", ""],
  [307, "POST", "POST", "body"],
  [308, "GET", "GET", ""],
  [308, "HEAD", "HEAD", ""],
  [308, "POST", "POST", "body"],
  [308, "PUT", "PUT", "body"],
];

describe("A redirect", () => {
  for (const [status, from, to, body] of RULES)
    it(`by ${status} of ${from} is followed by ${to}${body ? " with the body again" : ""}`, async () => {
      const options = from === "GET" || from === "HEAD" ? {} : { body: "body" };
      const response = await client.request(from, server.url + via(status, "/end?a#b"), options);
      const seen = server.seen.at(-1) ?? assert.fail();
      assert.deepEqual([seen.method, seen.url, seen.body.toString()], [to, "/end?a", body]);
      assert.equal(seen.headers["content-type"], body ? "text/plain;charset=UTF-8" : undefined);
      assert.equal(seen.headers["content-length"], body ? "4" : undefined);
      assert.deepEqual([response.url, response.redirected, response.status], [`${server.url}/end?a`, true, 200]);
      assert.equal(await response.text(), from === "HEAD" ? "" : "arrived");
    });

  for (const location of ["end", "./end", "../redirect/end", "//HOST/end", "http://HOST/end"])
    it(`is resolved against the URL that was asked for: ${location}`, async () => {
      const place = location.replace("HOST", server.host);
      const from = `${server.url}${via(302, place)}`;
      const response = await client.get(from);
      assert.equal(response.url, new URL(place, from).href);
    });

  it("is followed several times, and the exchange that answered is the one that is told", async () => {
    const last = via(302, "/end");
    const response = await client.get(server.url + via(307, via(301, last)));
    assert.deepEqual([await response.text(), response.url, response.redirected], ["arrived", `${server.url}/end`, true]);
  });

  it("without a Location is a response like any other, and so is a 304", async () => {
    const plain = await startEchoServer((response, { url }) => response.writeHead(Number(url.slice(1))).end());
    for (const status of [300, 301, 302, 303, 304, 305, 307, 308]) {
      const response = await client.get(`${plain.url}/${status}`);
      assert.deepEqual([response.status, response.redirected], [status, false]);
    }
    await plain.close();
  });

  it("keeps its connection when its body is small", async () => {
    await using fresh = new Client();
    const before = server.connections();
    for (let index = 0; index < 5; index++) await (await fresh.get(server.url + via(302, "/end"))).text();
    // The body of a redirect may still be under way when the next request begins.
    assert.ok(server.connections() - before <= 2);
  });

  it("has its body left alone when it is large or has no end", async () => {
    // One connection: the place that the endless body takes is needed for the next request.
    await using one = new Client({ maxConnectionsPerOrigin: 1, timeout: 5000 });
    const response = await one.get(`${server.url}/endless`);
    assert.deepEqual([await response.text(), response.url], ["arrived", `${server.url}/end`]);
  });
});

describe("The option redirect", () => {
  it('"manual" gives the redirect itself, with its body', async () => {
    const response = await client.get(server.url + via(302, "/end"), { redirect: "manual" });
    assert.deepEqual([response.status, response.headers.get("location"), response.redirected], [302, "/end", false]);
    assert.equal(await response.text(), "moved");
  });

  it('"error" makes it an error', async () => {
    const { code, phase, message } = await failure(server.url + via(302, "/end"), { redirect: "error" });
    assert.deepEqual([code, phase], ["redirect-refused", "redirect"]);
    assert.match(message, /: the server redirects with 302, and redirect is "error"\. \[phase redirect, 127\.0\.0\.1:\d+, connection /);
  });

  it('"error" lets what is no redirect pass', async () => {
    assert.equal((await client.get(`${server.url}/end`, { redirect: "error" })).status, 200);
  });

  it("of maxRedirects ends a loop: 20 unless another number is given", async () => {
    const before = server.seen.length;
    const { code, blame, message } = await failure(`${server.url}/loop`);
    assert.deepEqual([code, blame, server.seen.length - before], ["too-many-redirects", "limit", 21]);
    assert.match(message, /redirected more than 20 times, the limit/);
    for (const maxRedirects of [0, 1, 3]) {
      const seen = server.seen.length;
      assert.equal((await failure(`${server.url}/loop`, { maxRedirects })).code, "too-many-redirects");
      assert.equal(server.seen.length - seen, maxRedirects + 1);
    }
    assert.equal((await client.get(server.url + via(302, "/end"), { maxRedirects: 1 })).status, 200);
  });
});

const SECRETS = { Authorization: "Basic hunter2", Cookie: "a=hunter2", "X-Api-Key": "hunter2", "X-Auth-Token": "hunter2" };
const HARMLESS = { Accept: "text/x", "X-Request-Id": "5" };

const names = (seen: Seen | undefined): string[] => seen?.lines.map(([name]) => name) ?? [];

describe("A redirect", () => {
  const headers = { ...SECRETS, ...HARMLESS };

  it("within an origin takes every header along, and auth", async () => {
    await client.get(server.url + via(307, "/end"), { headers });
    for (const name of Object.keys(headers)) assert.ok(names(server.seen.at(-1)).includes(name), name);
    await client.get(server.url + via(307, "/end"), { auth: { bearer: "hunter2" } });
    assert.equal(server.seen.at(-1)?.headers["authorization"], "Bearer hunter2");
  });

  for (const [what, place] of [
    ["another port", () => `${other.url}/end`],
    ["another host", () => `http://localhost:${new URL(other.url).port}/end`],
  ] as const)
    it(`to ${what} takes no secret along, and names the new host`, async () => {
      await client.get(server.url + via(307, place()), { headers });
      const seen = other.seen.at(-1);
      assert.deepEqual(names(seen), ["Host", "User-Agent", "Accept-Encoding", ...Object.keys(HARMLESS)]);
      assert.equal(seen?.headers["host"], new URL(place()).host);
      await client.get(server.url + via(307, place()), { auth: { username: "a", password: "hunter2" } });
      assert.equal(other.seen.at(-1)?.headers["authorization"], undefined);
    });

  it("to another scheme takes no secret along", async () => {
    await client.get(server.url + via(307, `${secure.url}/end`), { headers });
    assert.deepEqual(names(secure.seen.at(-1)), ["Host", "User-Agent", "Accept-Encoding", ...Object.keys(HARMLESS)]);
  });

  it("back to the first origin has no secret any more", async () => {
    await client.get(server.url + via(307, other.url + via(307, `${server.url}/back`)), { headers });
    const seen = server.seen.at(-1);
    assert.deepEqual([seen?.url, names(seen)], ["/back", ["Host", "User-Agent", "Accept-Encoding", ...Object.keys(HARMLESS)]]);
  });

  it("from https to http is refused", async () => {
    const before = server.seen.length;
    const { code, message } = await failure(secure.url + via(302, `${server.url}/end`));
    assert.deepEqual([code, server.seen.length], ["redirect-refused", before]);
    assert.match(message, /from https to "http:\/\/127\.0\.0\.1:\d+\/end", which is not encrypted/);
  });

  for (const location of ["file:///etc/passwd", "ftp://h/", "javascript:alert(1)"])
    it(`to another scheme than http and https is refused: ${location}`, async () => {
      assert.equal((await failure(server.url + via(302, location))).code, "redirect-refused");
    });

  for (const location of ["http://u:hunter2@h/", "http://", "http://[::1/"])
    it(`to ${location} cannot be followed, and no message shows a password`, async () => {
      const error = await failure(server.url + via(302, location));
      assert.equal(error.code, "redirect-invalid");
      // The URL that was asked for is the test's own, with the place in its query.
      assert.doesNotMatch(error.reason, /hunter2/);
    });

  it("is not followed when the signal fires between two of them", async () => {
    const controller = new AbortController();
    const stopping = await startEchoServer((response, { url }) => {
      if (url === "/") response.writeHead(302, { Location: "/second" }).end();
      else controller.abort(new Error("enough"));
    });
    const error = await failure(stopping.url, { signal: controller.signal });
    assert.deepEqual([error.code, error.url, error.cause], ["aborted", `${stopping.url}/second`, controller.signal.reason]);
    await stopping.close();
  });
});

describe("A redirect from https to http", () => {
  it("is followed with allowDowngrade, and takes no secret along", async () => {
    const response = await client.get(secure.url + via(307, `${server.url}/end`), {
      headers: { ...SECRETS, ...HARMLESS },
      allowDowngrade: true,
    });
    assert.deepEqual([response.url, response.redirected], [`${server.url}/end`, true]);
    assert.deepEqual(
      names(server.seen.at(-1)).filter((name) => name in { ...SECRETS, ...HARMLESS }),
      Object.keys(HARMLESS),
    );
  });

  it("is refused with allowDowngrade: false, and by a client whose default that is not", async () => {
    await using lenient = client.extend({ allowDowngrade: true });
    for (const [one, options] of [
      [client, { allowDowngrade: false }],
      [lenient, { allowDowngrade: false }],
    ] as const)
      await assert.rejects(one.get(secure.url + via(302, `${server.url}/end`), options), { code: "redirect-refused" });
    assert.equal((await lenient.get(secure.url + via(302, `${server.url}/end`))).status, 200);
  });
});

describe("A redirect of a stream", () => {
  const stream = (): Readable => Readable.from(["the ", "body"]);

  for (const status of [307, 308])
    it(`by ${status} is refused: it was read, and cannot be had again`, async () => {
      const before = other.seen.length;
      await assert.rejects(client.post(server.url + via(status, `${other.url}/end`), { body: stream() }), (error) => {
        assert.ok(isHttpError(error));
        assert.deepEqual([error.code, error.phase, other.seen.length], ["redirect-refused", "redirect", before]);
        assert.match(error.message, /it is a stream that can be read once\. Give a function that makes the stream\./);
        return true;
      });
    });

  it("that a function gives is followed, with the stream made anew", async () => {
    let made = 0;
    const body = (): Readable => (made++, stream());
    await client.post(server.url + via(307, "/end"), { body });
    assert.deepEqual(
      [made, server.seen.at(-1)?.body.toString(), server.seen.at(-1)?.headers["transfer-encoding"]],
      [2, "the body", "chunked"],
    );
  });

  it("by 303 is followed by a GET without it, and without what told of it", async () => {
    const headers = { "Content-Type": "text/x", "Content-Digest": "sha-256=:x:", "X-Request-Id": "5" };
    await client.post(server.url + via(303, "/end"), { body: stream(), headers });
    const seen = server.seen.at(-1);
    assert.deepEqual([seen?.method, seen?.body.length], ["GET", 0]);
    assert.deepEqual(
      names(seen).filter((name) => name in headers || name === "Transfer-Encoding"),
      ["X-Request-Id"],
    );
  });
});

describe("The attempts of a response", () => {
  it("tell each hop", async () => {
    const response = await client.get(server.url + via(302, `${other.url}/end`));
    assert.deepEqual(
      response.attempts.map(({ url, status }) => [url, status]),
      [
        [server.url + via(302, `${other.url}/end`), 302],
        [`${other.url}/end`, 200],
      ],
    );
  });
});
