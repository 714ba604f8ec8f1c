import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { environmentProxy, parseProxy, type ProxyHop } from "../src/transport/index.ts";

const CASES: readonly (readonly [url: string | URL, proxy: ProxyHop])[] = [
  ["http://proxy.example:3128", { kind: "http", host: "proxy.example", port: 3128 }],
  ["http://proxy.example:80", { kind: "http", host: "proxy.example", port: 80 }],
  ["http://proxy.example", { kind: "http", host: "proxy.example", port: 1080 }],
  ["http://proxy.example/", { kind: "http", host: "proxy.example", port: 1080 }],
  ["proxy.example:3128", { kind: "http", host: "proxy.example", port: 3128 }],
  ["localhost", { kind: "http", host: "localhost", port: 1080 }],
  ["https://proxy.example", { kind: "http", host: "proxy.example", port: 443, tls: {} }],
  ["HTTPS://Proxy.Example:8443/", { kind: "http", host: "Proxy.Example", port: 8443, tls: {} }],
  ["socks5://127.0.0.1", { kind: "socks5", host: "127.0.0.1", port: 1080 }],
  ["socks5h://[::1]:9050", { kind: "socks5", host: "::1", port: 9050 }],
  ["http://bücher.example:1", { kind: "http", host: "xn--bcher-kva.example", port: 1 }],
  ["http://user:pa%3Ass%40w%C3%B6rd@proxy.example:1", http1({ username: "user", password: "pa:ss@wörd" })],
  ["http://user@proxy.example:1", http1({ username: "user", password: "" })],
  ["http://user:p:q@proxy.example:1", http1({ username: "user", password: "p:q" })],
  ["http://user:p@ss@proxy.example:1", http1({ username: "user", password: "p@ss" })],
  [new URL("http://user:p%40ss@proxy.example:1"), http1({ username: "user", password: "p@ss" })],
  [new URL("http://proxy.example:80"), { kind: "http", host: "proxy.example", port: 80 }],
  [new URL("http://proxy.example"), { kind: "http", host: "proxy.example", port: 80 }],
  [new URL("https://proxy.example"), { kind: "http", host: "proxy.example", port: 443, tls: {} }],
  [new URL("socks5://proxy.example"), { kind: "socks5", host: "proxy.example", port: 1080 }],
];

function http1(credentials: NonNullable<ProxyHop["credentials"]>): ProxyHop {
  return { kind: "http", host: "proxy.example", port: 1, credentials };
}

const plainly = (hop: ProxyHop | undefined): unknown => JSON.parse(JSON.stringify(hop ?? null));

describe("The URL of a proxy", () => {
  for (const [url, proxy] of CASES) {
    test(`${typeof url === "string" ? url : `URL ${url.href}`} is read as curl reads it`, () => {
      assert.deepEqual(plainly(parseProxy(url)), proxy);
    });
  }

  for (const url of [
    "",
    "ftp://secret.example",
    "socks4://secret.example",
    "http://",
    "http://:secret@:1",
    "http://secret:secret@proxy.example:0",
    "http://secret:secret@proxy.example:65536",
    "http://secret:se/cret@proxy.example",
    "http://secret:se#cret@proxy.example",
    "http://secret:se?cret@proxy.example",
    "http://secret:%zz@proxy.example",
    "http://secret:%ff@proxy.example",
    "http://secret%0d%0aX:y@proxy.example",
    "http://se%3Acret:y@proxy.example",
    "http://secret:secret@proxy.example/secret",
    "http://secret:secret@proxy example",
    "http://secret:secret@proxy\r\nsecret.example",
    "http://secret:secret@proxy.example:secret",
    "http://secret:secret@[secret]:1",
    "http://secret:secret@proxy%00.example",
    `socks5://:secret@proxy.example`,
    `socks5://${"secret".repeat(50)}:x@proxy.example`,
  ]) {
    test(`is refused, and not told, when it is ${JSON.stringify(url).slice(0, 60)}`, () => {
      assert.throws(
        () => parseProxy(url),
        (error) => {
          assert.ok(error instanceof RangeError || error instanceof TypeError);
          assert.match(error.message, /^proxy: /);
          return !`${error.stack}${String(error.cause)}`.includes("secret");
        },
      );
    });
  }
});

type Row = readonly [what: string, env: Readonly<Record<string, string>>, secure: boolean, host: string | undefined];

const ENVIRONMENTS: readonly Row[] = [
  ["no variable", {}, true, undefined],
  ["http_proxy for http", { http_proxy: "one:1" }, false, "one"],
  ["http_proxy not for https", { http_proxy: "one:1" }, true, undefined],
  ["HTTP_PROXY never, for it may be a header field of a request to a CGI program", { HTTP_PROXY: "one:1" }, false, undefined],
  ["https_proxy for https", { https_proxy: "one:1" }, true, "one"],
  ["HTTPS_PROXY too", { HTTPS_PROXY: "one:1" }, true, "one"],
  ["https_proxy before HTTPS_PROXY", { HTTPS_PROXY: "two:2", https_proxy: "one:1" }, true, "one"],
  ["all_proxy for both", { all_proxy: "one:1" }, false, "one"],
  ["ALL_PROXY for both", { ALL_PROXY: "one:1" }, true, "one"],
  ["the scheme's own before that of all", { ALL_PROXY: "two:2", HTTPS_PROXY: "one:1" }, true, "one"],
  ["an empty variable is none", { https_proxy: "", ALL_PROXY: " one:1 " }, true, "one"],
  ["NO_PROXY", { https_proxy: "one:1", NO_PROXY: "example" }, true, undefined],
  ["no_proxy before NO_PROXY", { https_proxy: "one:1", NO_PROXY: "example", no_proxy: "other" }, true, "one"],
  ["an empty no_proxy is none", { https_proxy: "one:1", NO_PROXY: "example", no_proxy: "" }, true, undefined],
];

describe("The environment's proxy", () => {
  for (const [what, env, secure, host] of ENVIRONMENTS) {
    test(what, () => {
      assert.equal(environmentProxy({ secure, host: "a.example", port: secure ? 443 : 80 }, env)?.host, host);
    });
  }

  test("is only read from the variables themselves, not from what they inherit", () => {
    assert.equal(environmentProxy({ secure: true, host: "a.example", port: 443 }, Object.create({ https_proxy: "one:1" })), undefined);
  });

  test("is not looked for under another spelling where names have no case", () => {
    const env = new Proxy<Record<string, string>>(
      { HTTP_PROXY: "one:1" },
      {
        get: (target, name) => target[String(name).toUpperCase()],
        getOwnPropertyDescriptor: (target, name) => Reflect.getOwnPropertyDescriptor(target, String(name).toUpperCase()),
      },
    );
    assert.equal(env["http_proxy"], "one:1");
    assert.equal(environmentProxy({ secure: false, host: "a.example", port: 80 }, env), undefined);
  });

  test("names the variable that cannot be used, not its value", () => {
    const env = { https_proxy: "ftp://user:secret@proxy.example" };
    assert.throws(
      () => environmentProxy({ secure: true, host: "a.example", port: 443 }, env),
      (error) =>
        error instanceof TypeError && error.message.startsWith("https_proxy: proxy: the scheme") && !error.stack?.includes("secret"),
    );
  });
});
