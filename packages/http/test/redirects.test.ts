import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redirectedRequest, redirectLocation } from "../src/client/rungs/redirected-request.ts";
import type { WireRequest } from "../src/client/request/wire-request.ts";
import { Fields, parseHttpUrl, type Field, type ResponseHead } from "../src/protocol/index.ts";
import { failureOf } from "./helpers/failure-of.ts";

const head = (status: number, ...locations: readonly string[]): ResponseHead => ({
  minorVersion: 1,
  status,
  reason: "",
  fields: new Fields(locations.map((location): Field => ["Location", location])),
});

function asked(url: string, rules: { method?: string; fields?: readonly Field[]; body?: string } = {}): WireRequest {
  const parsed = parseHttpUrl(url);
  const fields: Field[] = [["Host", parsed.authority], ["Connection", "close"], ...(rules.fields ?? [])];
  return { method: rules.method ?? "GET", url: parsed, fields, body: rules.body === undefined ? undefined : Buffer.from(rules.body) };
}

function follow(url: string, location: string, rules: Parameters<typeof asked>[1] & { status?: number } = {}): WireRequest {
  return redirectedRequest(asked(url, rules), head(rules.status ?? 302, location));
}

const names = ({ fields }: WireRequest): string[] => fields.map(([name]) => name);

describe("A redirect", () => {
  it("is a 301, 302, 303, 307 or 308 with a Location", () => {
    for (const status of [301, 302, 303, 307, 308]) {
      assert.equal(redirectLocation(head(status, "/a")), "/a");
      assert.equal(redirectLocation(head(status)), undefined);
    }
    for (const status of [200, 201, 300, 304, 305, 306, 309, 404]) assert.equal(redirectLocation(head(status, "/a")), undefined);
  });

  const BASE = "http://h:8080/a/b?c=d";
  const RESOLVED: readonly (readonly [location: string, href: string])[] = [
    ["http://other.example/x?y", "http://other.example/x?y"],
    ["//other.example/x", "http://other.example/x"],
    ["/x", "http://h:8080/x"],
    ["x", "http://h:8080/a/x"],
    ["../x", "http://h:8080/x"],
    ["./", "http://h:8080/a/"],
    ["../../../x", "http://h:8080/x"],
    ["?x=y", "http://h:8080/a/b?x=y"],
    ["", BASE],
    ["#top", BASE],
    ["/x#top", "http://h:8080/x"],
    ["/a b", "http://h:8080/a%20b"],
    ["HTTP://OTHER.example:80/", "http://other.example/"],
    ["https://h:443/", "https://h/"],
    // Location's bytes come as one character each: these are the bytes of "ä".
    ["/\xc3\xa4", "http://h:8080/%C3%A4"],
    ["/\xe4?\xff", "http://h:8080/%E4?%FF"],
    ["http://b\xc3\xbccher.example/", "http://xn--bcher-kva.example/"],
  ];
  for (const [location, href] of RESOLVED)
    it(`to ${JSON.stringify(location)} from ${BASE} leads to ${href}`, () => {
      const request = follow(BASE, location);
      assert.equal(request.url.href, href);
      assert.deepEqual(request.fields[0], ["Host", request.url.authority]);
    });

  const METHODS: readonly (readonly [status: number, from: string, to: string])[] = [
    ...[301, 302].flatMap((status) => [
      [status, "GET", "GET"] as const,
      [status, "HEAD", "HEAD"] as const,
      [status, "POST", "GET"] as const,
      [status, "PUT", "PUT"] as const,
      [status, "DELETE", "DELETE"] as const,
    ]),
    [303, "GET", "GET"],
    [303, "HEAD", "HEAD"],
    [303, "POST", "GET"],
    [303, "PUT", "GET"],
    [303, "DELETE", "GET"],
    [303, "OPTIONS", "GET"],
    ...[307, 308].flatMap((status) => [
      [status, "GET", "GET"] as const,
      [status, "POST", "POST"] as const,
      [status, "PUT", "PUT"] as const,
    ]),
  ];
  const DESCRIPTION: readonly Field[] = [
    ["content-TYPE", "text/plain"],
    ["Content-Encoding", "gzip"],
    ["Content-Language", "de"],
    ["Content-Location", "/"],
    ["Digest", "x"],
    ["Content-Length", "4"],
  ];
  for (const [status, from, to] of METHODS) {
    it(`by ${status} of ${from} asks with ${to}${from === to ? " and what it had" : ", without body and what described it"}`, () => {
      const request = follow(BASE, "/x", { status, method: from, body: "body", fields: [["A", "b"], ...DESCRIPTION] });
      assert.equal(request.method, to);
      assert.equal(request.body?.length, from === to ? 4 : undefined);
      assert.deepEqual(names(request), ["Host", "Connection", "A", ...(from === to ? DESCRIPTION.map(([name]) => name) : [])]);
    });
  }
});

describe("A redirect to another origin", () => {
  const SECRETS = [
    "Authorization",
    "PROXY-AUTHORIZATION",
    "Cookie",
    "Cookie2",
    "X-API-Key",
    "apikey",
    "Api_Key",
    "X-Auth-Token",
    "X-Amz-Security-Token",
    "X-Client-Secret",
    "X-Password",
    "X-Session-Id",
    "X-CSRF",
    "Signature",
  ];
  const HARMLESS = ["Accept", "X-Request-Id", "Content-Type", "Range"];
  const FIELDS = [...SECRETS, ...HARMLESS].map((name): Field => [name, "v"]);

  const CROSSED: readonly (readonly [what: string, from: string, location: string])[] = [
    ["another host", "http://a.example/", "http://b.example/"],
    ["a host below it", "http://a.example/", "http://x.a.example/"],
    ["a host above it", "http://x.a.example/", "http://a.example/"],
    ["the host with a dot", "http://a.example/", "http://a.example./"],
    ["another port", "http://a.example/", "http://a.example:8080/"],
    ["the scheme's own port", "http://a.example:8080/", "http://a.example/"],
    ["another scheme", "http://a.example/", "https://a.example/"],
    ["another scheme on the same port", "http://a.example:8443/", "https://a.example:8443/"],
    ["a host that a backslash hides", "http://a.example/", "/\\b.example/"],
  ];
  for (const [what, from, location] of CROSSED)
    it(`(${what}) takes no secret along`, () => {
      assert.deepEqual(names(follow(from, location, { fields: FIELDS, status: 307 })), ["Host", "Connection", ...HARMLESS]);
    });

  const SAME: readonly (readonly [what: string, from: string, location: string])[] = [
    ["another path", "http://a.example/x", "/y"],
    ["the port it has anyway", "http://a.example/", "http://a.example:80/"],
    ["the port it has anyway, of https", "https://a.example:443/", "https://a.example/"],
    ["the host in another case", "http://A.Example/", "http://a.eXample/y"],
    ["a path, of a host with capital letters", "http://Device.LOCAL/x", "/y"],
    ["an IPv6 address in another form", "http://[0:0::0001]:8080/", "http://[::1]:8080/y"],
    ["a host beyond ASCII", "http://bücher.example/", "http://xn--bcher-kva.example/"],
  ];
  for (const [what, from, location] of SAME)
    it(`is not one to ${what}: everything goes along`, () => {
      assert.deepEqual(names(follow(from, location, { fields: FIELDS, status: 307 })), ["Host", "Connection", ...SECRETS, ...HARMLESS]);
    });
});

const failed = (from: string, location: string): { code: string; message: string } => failureOf(() => follow(from, location));

const twice = (...places: string[]): WireRequest => {
  const response = head(302, ...places);
  return redirectedRequest(asked("http://h/"), response);
};

describe("A redirect that is not followed", () => {
  it("is one from https to http", () => {
    const { code, message } = failed("https://h/a", "http://h/b");
    assert.equal(code, "redirect-refused");
    assert.match(message, /^GET https:\/\/h\/a: the server redirects from https to "http:\/\/h\/b", which is not encrypted\./);
  });

  for (const location of [
    "file:///etc/passwd",
    "ftp://h/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "ws://h/",
    "gopher://h:70/",
    "unix:/run/x",
  ]) {
    it(`is one to ${location}`, () => assert.equal(failed("http://h/", location).code, "redirect-refused"));
  }

  for (const location of [
    "http://user:hunter2@h/",
    "//user:hunter2@h/",
    "http://user:hunter2@h:x/",
    "http://hunter2@/",
    "https://user:hunter2@h/",
  ]) {
    it(`is one with a user name: ${location}, which no message shows`, () => {
      const { code, message } = failed("http://h/", location);
      assert.equal(code, "redirect-invalid");
      assert.doesNotMatch(message, /hunter2/);
    });
  }

  for (const location of ["http://", "http://[::1/", "http://h:99999/", "http://a b/", "http://%00/", "//", "http://h:0/"]) {
    it(`is one to ${JSON.stringify(location)}, which is no place`, () =>
      assert.equal(failed("http://h/", location).code, "redirect-invalid"));
  }

  it("is one that names two places; one place named twice is one place", () => {
    assert.equal(failureOf(() => twice("/a", "/b")).code, "redirect-invalid");
    assert.equal(twice("/a", "/a").url.href, "http://h/a");
  });

  it("says which request was redirected, and that it was the redirect", () => {
    const failure = failureOf(() => follow("http://h/a?b", "ftp://x/"));
    assert.match(failure.message, /^GET http:\/\/h\/a\?b: /);
    assert.equal(failure.phase, "redirect");
  });
});
