import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Client, type ClientOptions, type RequestOptions } from "../src/client-entry.ts";
import { defaultsFor } from "../src/client/options/own-origin.ts";
import { startEchoServer, type EchoServer, type Seen } from "./helpers/echo-server.ts";

/** `/to?URL` redirects there. */
const answer: Parameters<typeof startEchoServer>[0] = (response, { url }) => {
  if (url.startsWith("/to?")) response.writeHead(307, { Location: decodeURIComponent(url.slice(4)) });
  response.end();
};

let home: EchoServer;
let other: EchoServer;
before(async () => {
  [home, other] = await Promise.all([startEchoServer(answer), startEchoServer(answer)]);
});
after(() => Promise.all([home.close(), other.close()]));
beforeEach(() => {
  for (const { seen } of [home, other]) seen.length = 0;
});

const HEADERS = { "X-Api-Key": "hunter2", Cookie: "sid=hunter2", "X-Device": "hunter2", "X-Room": "kitchen" };

const defaults = (more: ClientOptions = {}): ClientOptions => ({
  baseUrl: `${home.url}/v1/`,
  auth: { bearer: "hunter2" },
  headers: HEADERS,
  searchParams: { api_key: "hunter2", room: "kitchen" },
  secrets: ["X-Device"],
  timeout: 10_000,
  ...more,
});

/** Names of the headers above, and the query, of the last request. */
const told = ({ seen }: EchoServer): string[] => {
  const { lines, url } = seen.at(-1) ?? assert.fail("it was not asked");
  return [...lines.map(([name]) => name).filter((name) => name === "Authorization" || name in HEADERS), url];
};

const holdsSecret = (seen: readonly Seen[]): boolean => /hunter2/.test(JSON.stringify(seen));

describe("What is secret in the defaults of a client with a baseUrl", () => {
  it("goes to that origin, in every way to write it", async () => {
    await using client = new Client(defaults());
    for (const url of ["a", "/v1/a", `${home.url}/v1/a`, new URL(`${home.url}/v1/a`), `//${home.host}/v1/a`, `HTTP://${home.host}/v1/a`]) {
      await client.get(url);
      assert.deepEqual(told(home), [...Object.keys(HEADERS), "Authorization", "/v1/a?api_key=hunter2&room=kitchen"]);
    }
    assert.equal(other.seen.length, 0);
  });

  for (const [words, url] of [
    ["an absolute URL", () => `${other.url}/a`],
    ["a URL object", () => new URL(`${other.url}/a`)],
    ["a URL without a scheme", () => `//${other.host}/a`],
    ["backslashes", () => `\\\\${other.host}\\a`],
    ["tabs and line ends, which the URL standard leaves out", () => `/\t/\n${other.host}/a`],
    ["another name of the same machine", () => `http://localhost:${new URL(other.url).port}/a`],
  ] as const)
    it(`stays behind when a call leaves that origin, by ${words}`, async () => {
      await using client = new Client(defaults());
      for (const options of [undefined, {}, { timeout: 9_000 }, { headers: { "X-Other": "1" } }]) {
        await client.get(url(), options);
        assert.deepEqual(told(other), ["X-Room", "/a?room=kitchen"]);
      }
      assert.equal(holdsSecret(other.seen), false);
      assert.equal(home.seen.length, 0);
    });

  it("stays behind with a baseUrl of the call's own, and in fetch", async () => {
    await using client = new Client(defaults());
    await client.get("a", { baseUrl: other.url });
    assert.deepEqual(told(other), ["X-Room", "/a?room=kitchen"]);
    await client.fetch(`${other.url}/b`);
    assert.deepEqual(told(other), ["X-Room", "/b?room=kitchen"]);
    assert.equal(holdsSecret(other.seen), false);
  });

  it("does not come back by a redirect", async () => {
    await using client = new Client(defaults({ searchParams: undefined }));
    await client.get(`${other.url}/to?${encodeURIComponent(`${home.url}/a`)}`);
    assert.deepEqual([told(home), holdsSecret([...home.seen, ...other.seen])], [["X-Room", "/a"], false]);
  });

  it("is no answer to a challenge of another origin", async () => {
    const challenged = await startEchoServer((response) => {
      response.writeHead(401, { "WWW-Authenticate": 'Digest realm="r", nonce="n"' }).end();
    });
    await using client = new Client(defaults({ auth: { username: "ann", password: "hunter2", scheme: "digest" } }));
    assert.equal((await client.get(`${challenged.url}/a`)).status, 401);
    assert.equal(challenged.seen.length, 1);
    await challenged.close();
  });

  it("is sent to another origin when the call says it itself", async () => {
    await using client = new Client(defaults());
    const options: RequestOptions = {
      auth: { bearer: "own" },
      headers: { "X-Api-Key": "own" },
      searchParams: { api_key: "own" },
    };
    await client.get(`${other.url}/a`, options);
    const { headers, url } = other.seen.at(-1) ?? assert.fail();
    assert.deepEqual([headers["authorization"], headers["x-api-key"], url], ["Bearer own", "own", "/a?api_key=own"]);
    assert.equal(holdsSecret(other.seen), false);
  });

  it("goes everywhere without a baseUrl: nothing says for whom it is meant", async () => {
    await using client = new Client(defaults({ baseUrl: undefined }));
    await client.get(`${other.url}/a`);
    assert.deepEqual(told(other), [...Object.keys(HEADERS), "Authorization", "/a?api_key=hunter2&room=kitchen"]);
  });

  it("is of TLS what is shown to a server, and not whom the client trusts", () => {
    const tls = { ca: "ca", cert: "cert", key: "key", servername: "name", pin: ["pin"] };
    const { tls: left } = defaultsFor("https://other/", { baseUrl: "https://home/", tls }, undefined);
    assert.deepEqual(left, { ca: "ca", pin: ["pin"] });
    // The same object each time: it is what connections are known by.
    assert.equal(defaultsFor("https://third/", { baseUrl: "https://home/", tls }, undefined).tls, left);
    assert.equal(defaultsFor("https://home:443/", { baseUrl: "https://HOME/", tls }, undefined).tls, tls);
  });
});

describe("The option secrets of a request", () => {
  it("adds to that of its client: what was secret once stays so", async () => {
    await using client = new Client({ secrets: ["X-Device"], headers: { "X-Device": "hunter2", "X-Pin": "hunter2" } });
    await using extended = client.extend({ secrets: ["X-Other"] });
    const place = `${home.url}/to?${encodeURIComponent(`${other.url}/a`)}`;
    for (const one of [client, extended]) {
      await one.get(place, { secrets: ["X-Pin"] });
      assert.equal(holdsSecret(home.seen), true);
      assert.equal(holdsSecret(other.seen), false);
    }
  });
});
