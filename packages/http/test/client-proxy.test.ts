import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { inspect } from "node:util";
import { Client, isHttpError, type ClientOptions, type HttpError, type Lookup, type RequestOptions } from "../src/client-entry.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { startEchoServer, type EchoServer, type Seen } from "./helpers/echo-server.ts";
import { startHttpProxy, type HttpProxy } from "./helpers/http-proxy.ts";
import { polluted } from "./helpers/polluted.ts";
import { closeAll, serve, socksProxy } from "./helpers/test-proxy.ts";

let identity: Identity;
let proxyIdentity: Identity;
let plain: EchoServer;
let secure: EchoServer;
let proxy: HttpProxy;
let secureProxy: HttpProxy;
before(async () => {
  identity = await makeIdentity({ names: ["origin.example", "other.example"] });
  proxyIdentity = await makeIdentity({ names: ["127.0.0.1"], commonName: "the proxy" });
  const answer = (response: ServerResponse, { url, body }: Seen): void => {
    const to = new URL(url, "http://h").searchParams.get("to");
    if (to) response.writeHead(302, { Location: to }).end();
    else response.end(`${url} ${body.length}`);
  };
  plain = await startEchoServer(answer);
  secure = await startEchoServer(answer, identity);
  proxy = await startHttpProxy();
  secureProxy = await startHttpProxy(proxyIdentity);
});
after(async () => {
  for (const server of [plain, secure, proxy, secureProxy]) await server.close();
  closeAll();
});

const portOf = ({ host }: EchoServer): string => host.split(":")[1] ?? "";
const plainUrl = (path = "/", host = "origin.example"): string => `http://${host}:${portOf(plain)}${path}`;
const secureUrl = (path = "/", host = "origin.example"): string => `https://${host}:${portOf(secure)}${path}`;

const CREDENTIALS = "zoe:hunter%322";
const PROOF = `Basic ${Buffer.from("zoe:hunter22").toString("base64")}`;
const withCredentials = (url: string): string => url.replace("//", `//${CREDENTIALS}@`);

const loopback: Lookup = (_host, done) => done(null, [{ address: "127.0.0.1", family: 4 }]);
const unasked: Lookup = (host) => assert.fail(`${host} was looked up`);

/** Clients of one test each, with the origins' certificates. */
const clients: Client[] = [];
const newClient = (options: ClientOptions = {}): Client => {
  const client = new Client({ tls: { ca: identity.cert }, lookup: unasked, ...options });
  clients.push(client);
  return client;
};
beforeEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const { asked } of [proxy, secureProxy]) asked.length = 0;
  for (const { seen } of [plain, secure]) seen.length = 0;
});

const text = async (client: Client, url: string, options?: RequestOptions): Promise<string> => (await client.get(url, options)).text();

async function failure(client: Client, url: string, options?: RequestOptions): Promise<HttpError> {
  const error: unknown = await client.get(url, options).then(
    () => assert.fail("it was answered"),
    (reason: unknown) => reason,
  );
  assert.ok(isHttpError(error), String(error));
  for (const shown of [error.message, error.stack ?? "", inspect(error), JSON.stringify(error)])
    assert.doesNotMatch(shown, /hunter|zoe|em9l/);
  return error;
}

describe("A request for http through an HTTP proxy", () => {
  it("is sent to it whole, with the whole URL, the origin's Host, and credentials that go no further", async () => {
    const client = newClient({ proxy: withCredentials(proxy.url) });
    assert.equal(await text(client, plainUrl("/a?b=1")), "/a?b=1 0");
    const [{ method, target, headers } = assert.fail()] = proxy.asked;
    assert.deepEqual([method, target], ["GET", plainUrl("/a?b=1")]);
    assert.deepEqual([headers["host"], headers["proxy-authorization"]], [`origin.example:${portOf(plain)}`, PROOF]);
    assert.equal(plain.seen[0]?.headers["proxy-authorization"], undefined);
  });

  it("carries its body, and uses the connection to the proxy again", async () => {
    const client = newClient({ proxy: proxy.url });
    const earlier = proxy.connections();
    assert.equal(await (await client.post(plainUrl("/up"), { body: Buffer.alloc(300_000) })).text(), "/up 300000");
    const { connection } = await client.get(plainUrl());
    assert.equal(connection?.reused, true);
    assert.equal(proxy.connections() - earlier, 1);
    assert.ok(!Object.hasOwn(proxy.asked[0]?.headers ?? {}, "proxy-authorization"));
  });

  it("goes by CONNECT when connectTo names another place than its URL", async () => {
    const client = newClient({ proxy: proxy.url, connectTo: { "named.example:80": `mapped.example:${portOf(plain)}` } });
    assert.equal(await text(client, "http://named.example/x"), "/x 0");
    assert.deepEqual([proxy.asked[0]?.method, proxy.asked[0]?.target], ["CONNECT", `mapped.example:${portOf(plain)}`]);
    assert.equal(plain.seen[0]?.headers["host"], "named.example");
  });
});

describe("A request for https through an HTTP proxy", () => {
  it("goes by CONNECT, and the proxy's credentials stay outside of the tunnel", async () => {
    const client = newClient({ proxy: new URL(withCredentials(proxy.url)) });
    const response = await client.get(secureUrl("/in"));
    assert.equal(await response.text(), "/in 0");
    assert.equal(response.connection?.tls?.certificate?.subjectAltName, "DNS:origin.example, DNS:other.example");
    assert.deepEqual(
      proxy.asked.map(({ method, target, headers }) => [method, target, headers["proxy-authorization"]]),
      [["CONNECT", `origin.example:${portOf(secure)}`, PROOF]],
    );
    assert.equal(secure.seen[0]?.headers["proxy-authorization"], undefined);
    await text(client, secureUrl());
    assert.equal(proxy.asked.length, 1);
  });
});

describe("A proxy that speaks TLS", () => {
  it("is trusted by its own tls, for http and https; the origins' certificates count for them alone", async () => {
    const client = newClient({ proxy: { url: withCredentials(secureProxy.url), tls: { ca: proxyIdentity.cert } } });
    assert.equal(await text(client, plainUrl()), "/ 0");
    assert.equal(await text(client, secureUrl()), "/ 0");
    assert.deepEqual(
      secureProxy.asked.map(({ method, headers }) => [method, headers["proxy-authorization"]]),
      [
        ["GET", PROOF],
        ["CONNECT", PROOF],
      ],
    );
  });

  it("is refused without it, by name, before it hears a word", async () => {
    for (const url of [plainUrl(), secureUrl()]) {
      const { code, phase, message } = await failure(newClient({ proxy: withCredentials(secureProxy.url) }), url);
      assert.deepEqual([code, phase], ["tls-self-signed", "connect"]);
      assert.match(message, new RegExp(`the proxy 127\\.0\\.0\\.1:${secureProxy.port} `));
    }
    assert.deepEqual(secureProxy.asked, []);
  });

  it("shares connections among requests with the same tls object, and not with another, however alike", async () => {
    const client = newClient();
    const [one, twin] = [{ ca: proxyIdentity.cert }, { ca: proxyIdentity.cert }];
    for (const tls of [one, one, twin, one]) await text(client, plainUrl(), { proxy: { url: secureProxy.url, tls } });
    assert.equal(new Set(secureProxy.asked.map(({ connection }) => connection)).size, 2);
  });
});

describe("A SOCKS5 proxy", () => {
  it("carries http and https by the origin's name, with user name and password when it asks", async () => {
    const socks = await socksProxy({ username: "zoe", password: "hunter22" });
    const client = newClient({ proxy: `socks5h://${CREDENTIALS}@127.0.0.1:${socks.port}` });
    assert.equal(await text(client, plainUrl("/p")), "/p 0");
    assert.equal(await text(client, secureUrl("/s")), "/s 0");
    assert.equal(plain.seen[0]?.url, "/p");
    assert.ok(socks.received.length === 2 && socks.received.every((bytes) => bytes.includes("origin.example")));
    for (const { headers } of [...plain.seen, ...secure.seen]) assert.equal(headers["proxy-authorization"], undefined);
  });

  it("has a connection of its own for each origin", async () => {
    const socks = await socksProxy();
    const client = newClient({ proxy: `socks5://127.0.0.1:${socks.port}` });
    for (const host of ["origin.example", "other.example", "origin.example"]) await text(client, plainUrl("/", host));
    assert.equal(socks.received.length, 2);
  });
});

describe("The option proxy", () => {
  it("of a request replaces the client's, and false means none", async () => {
    const client = newClient({ proxy: "http://127.0.0.1:1", lookup: loopback });
    await text(client, plainUrl(), { proxy: proxy.url });
    assert.equal(proxy.asked.length, 1);
    await text(client, plainUrl(), { proxy: false });
    assert.equal(proxy.asked.length, 1);
    assert.equal(plain.seen.length, 2);
    assert.equal((await failure(client, plainUrl())).code, "connect-refused");
  });

  it("is not what Object.prototype says", async () => {
    const client = newClient({ lookup: loopback });
    const direct = newClient({ lookup: loopback });
    const members = { proxy: "http://127.0.0.1:1", url: "http://127.0.0.1:1", tls: {}, credentials: { username: "x", password: "y" } };
    await polluted(members, async () => {
      await text(client, plainUrl(), { proxy: { url: proxy.url } });
      await text(client, secureUrl(), { proxy: withCredentials(proxy.url) });
      await text(direct, plainUrl());
    });
    assert.deepEqual(
      proxy.asked.map(({ method, headers }) => [method, headers["proxy-authorization"]]),
      [
        ["GET", undefined],
        ["CONNECT", PROOF],
      ],
    );
  });

  const WRONG: readonly (readonly [proxy: unknown, name: "TypeError" | "RangeError", says: RegExp])[] = [
    [true, "TypeError", /proxy must be a URL, "environment", \{ url, tls \} or false/],
    [{}, "TypeError", /proxy must be/],
    [{ url: "http://hunter22:8080", TLS: {} }, "TypeError", /proxy must be/],
    [{ url: "http://hunter22:8080", tls: true }, "TypeError", /proxy must be/],
    [{ url: "http://hunter22:8080", tls: {} }, "RangeError", /tls is for proxies whose URL begins with https:/],
    ["ftp://hunter22", "TypeError", /scheme of the URL/],
    ["http://hunter22:0", "RangeError", /host and port/],
    ["http://zoe:hunter22@h/path", "RangeError", /more to it/],
    [{ url: "http://zoe:hunter%zz@h:1" }, "RangeError", /percent-encoded/],
    ["socks5://:hunter22@h:1", "RangeError", /SOCKS5/],
  ];
  for (const [wrong, name, says] of WRONG)
    it(`is a ${name} of the call when it cannot be meant: ${JSON.stringify(wrong)}`, async () => {
      const expected = (error: unknown): boolean =>
        error instanceof Error && error.name === name && says.test(error.message) && !/hunter/.test(error.message);
      const options: ClientOptions = Object.fromEntries([["proxy", wrong]]);
      assert.throws(() => new Client(options), expected);
      await assert.rejects(newClient().get(plainUrl(), options), expected);
    });

  it("goes with no connectTo that a proxy cannot be told, and with no header Proxy-Authorization", async () => {
    const expected = { name: "RangeError", message: /target/ };
    assert.throws(() => new Client({ proxy: proxy.url, connectTo: { "a.example:80": "a b:80" } }), expected);
    await assert.rejects(newClient({ connectTo: { "a.example:80": "a\rb:80" } }).get(plainUrl(), { proxy: proxy.url }), expected);
    const headers = { "Proxy-Authorization": "Basic hunter22" };
    await assert.rejects(newClient({ headers }).get(plainUrl(), { proxy: proxy.url }), {
      name: "TypeError",
      message: /Proxy-Authorization/,
    });
    assert.deepEqual(proxy.asked, []);
  });
});

const VARIABLES = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"];

/** Does the work while these alone are the environment's proxies. */
async function within(variables: Readonly<Record<string, string>>, work: () => Promise<unknown>): Promise<void> {
  const kept = VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const name of VARIABLES) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    await work();
  } finally {
    for (const [name, value] of kept) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

describe('proxy: "environment"', () => {
  it("takes what the variables say for the scheme, and only when it is asked for", () =>
    within({ http_proxy: withCredentials(proxy.url), HTTPS_PROXY: secureProxy.url }, async () => {
      await text(newClient({ proxy: "environment" }), plainUrl());
      assert.equal(proxy.asked[0]?.headers["proxy-authorization"], PROOF);
      assert.equal((await failure(newClient({ proxy: "environment" }), secureUrl())).code, "tls-self-signed");
      await text(newClient({ lookup: loopback }), plainUrl());
      assert.equal(proxy.asked.length, 1);
    }));

  it("leaves out what NO_PROXY takes in: hosts, with their subdomains or their ports", () =>
    within({ http_proxy: proxy.url, NO_PROXY: `direct.example, origin.example:${portOf(plain)}` }, async () => {
      const client = newClient({ proxy: "environment", lookup: loopback });
      for (const host of ["direct.example", "sub.direct.example", "origin.example", "other.example"])
        await text(client, plainUrl("/", host));
      assert.deepEqual(
        proxy.asked.map(({ target }) => new URL(target).hostname),
        ["other.example"],
      );
    }));

  it("is an error that names the variable, and not its value, when that is no proxy", () =>
    within({ http_proxy: "ftp://zoe:hunter22@h" }, async () => {
      const rejected = newClient({ proxy: "environment" }).get(plainUrl());
      await assert.rejects(rejected, { name: "TypeError", message: /^http_proxy: (?!.*hunter)/ });
    }));
});

describe("Redirects", () => {
  it("from a host that is proxied to one that is not take no credentials of the proxy along, and back again they are sent", () =>
    within({ http_proxy: withCredentials(proxy.url), NO_PROXY: "direct.example" }, async () => {
      const client = newClient({ proxy: "environment", lookup: loopback });
      const home = encodeURIComponent(plainUrl("/end"));
      const away = encodeURIComponent(plainUrl(`/?to=${home}`, "direct.example"));
      const { url, attempts } = await client.get(plainUrl(`/?to=${away}`), { headers: { "X-Own": "kept" } });
      assert.equal(url, plainUrl("/end"));
      assert.deepEqual(
        attempts.map(({ peer }) => peer?.port),
        [proxy.port, Number(portOf(plain)), proxy.port],
      );
      assert.deepEqual(
        proxy.asked.map(({ headers }) => headers["proxy-authorization"]),
        [PROOF, PROOF],
      );
      assert.equal(plain.seen[1]?.headers["host"], `direct.example:${portOf(plain)}`);
      for (const { headers } of plain.seen) assert.deepEqual([headers["proxy-authorization"], headers["x-own"]], [undefined, "kept"]);
    }));

  it("go through the proxy at every hop: http forwarded, https by CONNECT", async () => {
    const client = newClient({ proxy: withCredentials(proxy.url) });
    const response = await client.get(plainUrl(`/?to=${encodeURIComponent(secureUrl("/end", "other.example"))}`));
    assert.equal(response.url, secureUrl("/end", "other.example"));
    assert.deepEqual(
      proxy.asked.map(({ method, headers }) => [method, headers["proxy-authorization"]]),
      [
        ["GET", PROOF],
        ["CONNECT", PROOF],
      ],
    );
    assert.equal(secure.seen[0]?.headers["proxy-authorization"], undefined);
  });
});

describe("A connection to a proxy", () => {
  it("is shared by no two origins, forwarded or in a tunnel, and by no two users", async () => {
    const client = newClient();
    const urls = [plainUrl(), plainUrl("/", "other.example"), secureUrl(), secureUrl("/", "other.example")];
    const users = ["", "zoe:hunter22@", "zoe:hunter23@", "bob:hunter22@"];
    for (let round = 0; round < 2; round++)
      for (const user of users) for (const url of urls) await text(client, url, { proxy: proxy.url.replace("//", `//${user}`) });
    const used = new Map<number, Set<string>>();
    for (const { method, target, headers, connection } of proxy.asked) {
      const whose = `${method === "CONNECT" ? target : new URL(target).host} ${String(headers["proxy-authorization"])}`;
      used.set(connection, (used.get(connection) ?? new Set()).add(whose));
    }
    assert.equal(used.size, urls.length * users.length);
    for (const whose of used.values()) assert.equal(whose.size, 1);
  });

  it("is not used without the proxy, nor one without it with it", async () => {
    const client = newClient({ lookup: loopback });
    for (const way of [proxy.url, false, proxy.url, false] as const) await text(client, plainUrl(), { proxy: way });
    assert.equal(proxy.asked.length, 2);
    assert.equal(plain.seen.length, 4);
  });
});

describe("An error", () => {
  it("names the proxy that is not there, for http and https, and not what it is told", async () => {
    for (const scheme of ["http", "socks5"])
      for (const url of [plainUrl(), secureUrl()]) {
        const { code, phase, reason } = await failure(newClient({ proxy: `${scheme}://${CREDENTIALS}@127.0.0.1:1` }), url);
        assert.deepEqual([code, phase], ["connect-refused", "connect"]);
        assert.match(reason, /^the proxy 127\.0\.0\.1:1 cannot be reached: 127\.0\.0\.1:1 refused the connection/);
      }
  });

  it("tells a proxy that refuses the tunnel, and one that wants a password, from the origin", async () => {
    for (const [answer, code] of [
      ["HTTP/1.1 502 hunter\r\n\r\n", "proxy-refused"],
      ["HTTP/1.1 407 zoe\r\nProxy-Authenticate: Basic\r\n\r\n", "proxy-authentication"],
      ["220 hunter\r\n", "proxy-failed"],
    ] as const) {
      const bad = await serve((socket) => socket.once("data", () => socket.end(answer)));
      const error = await failure(newClient({ proxy: withCredentials(`http://127.0.0.1:${bad.port}`) }), secureUrl());
      assert.deepEqual([error.code, error.phase, error.bytesSent], [code, "connect", 0]);
      assert.match(error.message, new RegExp(`the proxy 127\\.0\\.0\\.1:${bad.port} `));
      assert.ok(
        bad.received.every((bytes) => !bytes.includes("GET")),
        "the request went to whoever refused the tunnel",
      );
    }
  });

  it("of a forwarding proxy is an answer: its 407 and 502 are statuses", async () => {
    const wanting = await serve((socket) => socket.on("data", () => socket.write("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")));
    const { status } = await newClient({ proxy: `http://127.0.0.1:${wanting.port}` }).get(plainUrl());
    assert.equal(status, 407);
    assert.equal((await newClient({ proxy: proxy.url }).get("http://origin.example:1/")).status, 502);
  });
});
