import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client, type ClientOptions } from "../src/client-entry.ts";
import { mergeOptions } from "../src/client/options/merge-options.ts";
import { polluted } from "./helpers/polluted.ts";
import { startEchoServer, type EchoServer, type Seen } from "./helpers/echo-server.ts";

let server: EchoServer;
before(async () => {
  server = await startEchoServer();
});
after(() => server.close());

/** What the server sees of a GET with these defaults and options. */
async function seen(defaults: ClientOptions, options: ClientOptions = {}, path = "/"): Promise<Seen> {
  await using client = new Client({ baseUrl: server.url, ...defaults });
  (await client.get(path, options)).discard();
  return server.seen.at(-1) ?? assert.fail("the server saw nothing");
}

describe("A client's defaults", () => {
  it("hold for every request", async () => {
    const { headers, url } = await seen({ headers: { "X-A": "1" }, searchParams: { a: 1 } });
    assert.deepEqual([headers["x-a"], url], ["1", "/?a=1"]);
  });

  it("give way to a request's options, header by header, in whatever case", async () => {
    const { lines } = await seen({ headers: { "X-A": "1", "X-B": "2" } }, { headers: { "x-a": "3" } });
    assert.deepEqual(
      lines.filter(([name]) => /^x-/i.test(name)),
      [
        ["X-B", "2"],
        ["x-a", "3"],
      ],
    );
  });

  it("stay where an option is undefined", async () => {
    const { headers } = await seen({ headers: { "X-A": "1" }, auth: { bearer: "t" } }, { headers: { "X-A": undefined }, auth: undefined });
    assert.deepEqual([headers["x-a"], headers["authorization"]], ["1", "Bearer t"]);
  });

  it("are extended: headers by name, time-outs by phase, the rest replaced", async () => {
    await using first = new Client({ baseUrl: server.url, headers: { "X-A": "1", "X-B": "2" }, searchParams: { a: 1 } });
    await using second = first.extend({ headers: new Headers({ "X-B": "3", "X-C": "4" }), searchParams: { b: 2 } });
    await second.get("/");
    const { headers, url } = server.seen.at(-1) ?? assert.fail();
    assert.deepEqual([headers["x-a"], headers["x-b"], headers["x-c"], url], ["1", "3", "4", "/?b=2"]);
    await first.get("/");
    assert.equal(server.seen.at(-1)?.headers["x-b"], "2");
    const merged = mergeOptions({ timeout: { total: 1, dns: 2 } }, { timeout: { dns: 3, idle: undefined } });
    assert.deepEqual(merged.timeout, { total: 1, dns: 3 });
    assert.deepEqual(mergeOptions({ timeout: { dns: 3 } }, { timeout: 5 }).timeout, { dns: 3, total: 5 });
  });

  it("lose their body to a request's body of another kind", async () => {
    assert.equal((await seen({ json: 1 }, { body: "text" })).body.toString(), "text");
  });

  it("lose their Authorization to a request's auth, and their auth to a request's Authorization", async () => {
    const auth = { bearer: "token" };
    const headers = { authorization: "Digest x" };
    assert.equal((await seen({ headers }, { auth })).headers["authorization"], "Bearer token");
    assert.equal((await seen({ auth }, { headers })).headers["authorization"], "Digest x");
  });

  it("cannot be changed after the client was made", async () => {
    const headers: Record<string, string> = { "X-A": "1" };
    const defaults: { headers: Record<string, string>; searchParams?: string } = { headers };
    await using client = new Client(defaults);
    defaults.searchParams = "a";
    headers["X-A"] = "2";
    await client.get(server.url);
    const { url, headers: fields } = server.seen.at(-1) ?? assert.fail();
    assert.deepEqual([url, fields["x-a"]], ["/", "1"]);
  });
});

describe("connectTo", () => {
  it("maps host and port in any case, and the Host field stays", async () => {
    const { headers } = await seen({ connectTo: { "Device.Example:80": server.host } }, {}, "http://device.example/");
    assert.equal(headers["host"], "device.example");
  });

  it("must name two places", () => {
    assert.throws(() => new Client({ connectTo: { "a:80": "b" } }), { name: "RangeError", message: /"b" is not "host:port"/ });
  });
});

const WRONG: readonly (readonly [name: string, value: unknown, must: RegExp])[] = [
  ["timeOut", 5, /there is no option "timeOut"; there are headers, /],
  ["constructor", 5, /there is no option "constructor"/],
  ["__proto__", 5, /there is no option "__proto__"/],
  ["timeout", 0, /timeout must be milliseconds above 0, or an object of them by total, dns, /],
  ["timeout", -1, /timeout must be/],
  ["timeout", Number.NaN, /timeout must be/],
  ["timeout", "5", /timeout must be/],
  ["timeout", { connected: 5 }, /timeout must be/],
  ["timeout", { total: "5" }, /timeout must be/],
  ["redirect", "never", /redirect must be "follow", "manual" or "error"/],
  ["maxRedirects", -1, /maxRedirects must be a whole number from 0/],
  ["maxRedirects", 1.5, /maxRedirects must be/],
  ["maxBodySize", 0, /maxBodySize must be a number above 0/],
  ["maxHeaderSize", "1", /maxHeaderSize must be/],
  ["headers", "A: b", /headers must be an object of values, or pairs/],
  ["headers", null, /headers must be/],
  ["searchParams", 5, /searchParams must be/],
  ["body", 5, /body must be a string, bytes, a Blob, /],
  ["body", { a: 1 }, /body must be/],
  ["json", () => {}, /json must be something that JSON can say/],
  ["form", true, /form must be/],
  ["signal", {}, /signal must be an AbortSignal/],
  ["auth", { username: "hunter2" }, /auth must be \{ username, password \} or \{ bearer \}, of strings/],
  ["auth", { username: "a", password: "b", bearer: "hunter2" }, /auth must be/],
  ["auth", "hunter2", /auth must be/],
  ["throwHttpErrors", "yes", /throwHttpErrors must be true or false/],
  ["baseUrl", 5, /baseUrl must be a string or a URL/],
  ["tls", true, /tls must be an object/],
  ["tls", [], /tls must be an object of verify, ca, cert, key, pin, servername/],
  ["tls", { rejectUnauthorized: false }, /tls must be/],
  ["tls", { minVersion: "TLSv1.3" }, /tls must be/],
  ["tls", { verify: "no" }, /tls must be/],
  ["tls", { servername: "a\0b" }, /tls must be/],
  ["tls", { servername: "" }, /tls must be/],
  ["proxy", { url: "https://h", tls: { rejectUnauthorized: false } }, /proxy must be/],
  ["connectTo", "a:1", /connectTo must be an object/],
  ["lookup", {}, /lookup must be a function/],
  ["maxConnections", 0, /maxConnections must be a whole number from 1/],
  ["maxConnectionsPerOrigin", 1.5, /maxConnectionsPerOrigin must be/],
  ["idleTimeout", Number.NaN, /idleTimeout must be/],
  ["maxLifetime", "1", /maxLifetime must be/],
];

const ROOT: object = Object.prototype;

/** Every option there is, as an error names them. */
const OPTIONS = optionNames();

function optionNames(): readonly string[] {
  try {
    mergeOptions({}, optionsOf("", 1));
  } catch (error) {
    return /there are (.*)$/.exec(String(error))?.[1]?.split(", ") ?? [];
  }
  return [];
}

/** Own, whatever its name. */
function optionsOf(name: string, value: unknown): ClientOptions {
  return Object.fromEntries([[name, value]]);
}

describe("An option", () => {
  for (const [name, value, must] of WRONG)
    it(`is a TypeError when it cannot be meant, and its value is not shown: ${name} ${JSON.stringify(value) ?? typeof value}`, async () => {
      const expected = (error: unknown): boolean =>
        error instanceof TypeError && must.test(error.message) && !/hunter2/.test(error.message);
      assert.throws(() => new Client(optionsOf(name, value)), expected);
      await using client = new Client();
      await assert.rejects(client.get(server.url, optionsOf(name, value)), expected);
    });

  it("of a client is a TypeError in a request, where it would do nothing", async () => {
    await using client = new Client();
    for (const name of ["maxConnections", "maxConnectionsPerOrigin", "idleTimeout", "maxLifetime"])
      await assert.rejects(client.get(server.url, optionsOf(name, 5)), {
        name: "TypeError",
        message: `the option ${name} is one of a Client, not of a request`,
      });
  });

  it("is no jar and no transport by what Object.prototype has", async () => {
    const members = { getCookieString: () => "polluted=1", setCookie: () => {}, send: () => assert.fail("called") };
    await polluted(members, () => {
      for (const name of ["cookies", "transport"]) assert.throws(() => new Client(optionsOf(name, {})), { name: "TypeError" });
    });
  });

  it("that only Object.prototype has counts for nothing", async () => {
    const members: Record<string, unknown> = {
      headers: { "X-Polluted": "1" },
      searchParams: { polluted: "1" },
      body: "polluted",
      json: "polluted",
      form: "polluted=1",
      auth: { bearer: "polluted" },
      bearer: "polluted",
      baseUrl: "http://127.0.0.1:1/",
      connectTo: { [server.host]: "127.0.0.1:1" },
      [server.host]: "127.0.0.1:1",
      timeout: 1e-9,
      total: 1e-9,
      redirect: "error",
      throwHttpErrors: true,
      signal: AbortSignal.abort(),
      maxBodySize: 1,
      type: "polluted",
      size: 5,
      start: 5,
      cause: "polluted",
      multipart: { polluted: "1" },
      maxRedirects: 0,
      allowDowngrade: true,
      retry: 9,
      limit: 9,
      decompress: false,
      maxRatio: 1,
      maxCodings: 0,
      maxHeaderSize: 1,
      cookies: { getCookieString: () => "polluted=1", setCookie: () => {} },
      tls: { verify: false },
      verify: false,
      lookup: () => assert.fail("asked"),
      proxy: "http://127.0.0.1:1",
      localAddress: "127.9.9.9",
      socketPath: "/none",
      guard: "public",
      expectContinue: true,
      onProgress: () => assert.fail("called"),
      onInformational: () => assert.fail("called"),
      hooks: { beforeRequest: () => assert.fail("called") },
      beforeRequest: () => assert.fail("called"),
      secrets: ["accept"],
      transport: { send: () => assert.fail("called") },
      maxConnections: 1,
      maxConnectionsPerOrigin: 1,
      idleTimeout: 1,
      maxLifetime: 1,
      dnsCacheTimeout: 1,
      pipelining: 9,
    };
    assert.ok(OPTIONS.length > 35, OPTIONS.join());
    for (const name of OPTIONS) assert.ok(Object.hasOwn(members, name), name);
    const plain = await seen({ auth: { username: "a", password: "b" } }, {});
    /** Only while the call is made: Node's own server does not stand it. */
    const within = <Result>(call: () => Result): Result => {
      for (const [name, value] of Object.entries(members))
        Reflect.defineProperty(ROOT, name, { value, configurable: true, writable: true });
      try {
        return call();
      } finally {
        for (const name of Object.keys(members)) Reflect.deleteProperty(ROOT, name);
      }
    };
    await using client = within(() => new Client({ auth: { username: "a", password: "b" } }));
    const response = await within(() => client.get(`${server.url}/`, {}));
    for await (const piece of within(() => response.body)) assert.fail(`${piece.length} bytes`);
    (await within(() => client.get(`${server.url}/`))).discard();
    for (const { lines, url, body } of server.seen.slice(-2)) assert.deepEqual([lines, url, body], [plain.lines, plain.url, plain.body]);
  });
});
