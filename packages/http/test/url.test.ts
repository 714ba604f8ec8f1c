import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHttpUrl } from "../src/protocol/index.ts";
import { failureOf } from "./helpers/failure-of.ts";

interface Accepted {
  readonly what: string;
  readonly url: string;
  readonly host?: string;
  readonly port?: number;
  readonly authority?: string;
  readonly target?: string;
  readonly href?: string;
  readonly secure?: boolean;
}

const LABEL = "a".repeat(63);
const NAME_253 = `${LABEL}.${LABEL}.${LABEL}.${"a".repeat(61)}`;

const ACCEPTED: readonly Accepted[] = [
  {
    what: "http with everything left out",
    url: "http://h",
    host: "h",
    port: 80,
    authority: "h",
    target: "/",
    href: "http://h/",
    secure: false,
  },
  { what: "https with everything left out", url: "https://h", port: 443, authority: "h", href: "https://h/", secure: true },
  { what: "a scheme in any case", url: "HtTpS://h/", secure: true, href: "https://h/" },
  { what: "a host in any case, as it is written", url: "http://ExAmple.COM/", host: "ExAmple.COM", authority: "ExAmple.COM" },
  { what: "a port", url: "http://h:8080/x", port: 8080, authority: "h:8080", href: "http://h:8080/x" },
  { what: "the scheme's own port, which Host leaves out", url: "http://h:80/", port: 80, authority: "h", href: "http://h/" },
  { what: "the other scheme's port", url: "https://h:80/", port: 80, authority: "h:80" },
  { what: "a port with leading zeros", url: "http://h:00080/", port: 80, authority: "h" },
  { what: "the greatest port", url: "http://h:65535/", port: 65_535 },
  { what: "an empty port: the scheme's own", url: "https://h:/x", port: 443, authority: "h", target: "/x" },
  { what: "an IPv4 address", url: "http://127.0.0.1:1/", host: "127.0.0.1", port: 1 },
  { what: "an IPv6 address, its brackets in Host alone", url: "http://[::1]:8080/", host: "::1", port: 8080, authority: "[::1]:8080" },
  {
    what: "an IPv6 address without a port",
    url: "http://[2001:db8::1]/a",
    host: "2001:db8::1",
    authority: "[2001:db8::1]",
    href: "http://[2001:db8::1]/a",
  },
  { what: "an IPv6 address with an IPv4 end", url: "http://[::ffff:127.0.0.1]/", host: "::ffff:127.0.0.1" },
  { what: "an IPv6 address with an empty port", url: "http://[::1]:/", port: 80, authority: "[::1]" },
  { what: "a dot at the end of the host", url: "http://example.com./", host: "example.com.", authority: "example.com." },
  { what: "an underscore and a hyphen in the host", url: "http://_a-b.c_d-/", host: "_a-b.c_d-" },
  { what: "a label of 63 characters", url: `http://${LABEL}/`, host: LABEL },
  { what: "a host of 253 characters", url: `http://${NAME_253}/`, host: NAME_253 },
  {
    what: "a host beyond ASCII, as DNS knows it",
    url: "http://Bücher.example/",
    host: "xn--bcher-kva.example",
    authority: "xn--bcher-kva.example",
  },
  { what: "a query without a path", url: "http://h?a=1", target: "/?a=1", href: "http://h/?a=1" },
  { what: "a query with a question mark and a slash", url: "http://h/a?b=c/d?e", target: "/a?b=c/d?e" },
  { what: "an empty query", url: "http://h/a?", target: "/a?" },
  { what: "a fragment, which is dropped", url: "http://h/a?b#c?d#e", target: "/a?b", href: "http://h/a?b" },
  { what: "a fragment behind the host", url: "http://h#x/y@z", host: "h", target: "/" },
  { what: "a path beyond ASCII as UTF-8, percent-encoded", url: "http://h/ä/€?ö=😀", target: "/%C3%A4/%E2%82%AC?%C3%B6=%F0%9F%98%80" },
  { what: "half a surrogate pair as U+FFFD", url: "http://h/\ud83d!", target: "/%EF%BF%BD!" },
  { what: "a percent sign as it is written", url: "http://h/%2e%2E/%zz%", target: "/%2e%2E/%zz%" },
  { what: "dot segments as they are written", url: "http://h/a/../b/./c//d/..", target: "/a/../b/./c//d/.." },
  { what: "characters that browsers would encode", url: "http://h/{a}|b\\^`\"<>?[c]'", target: "/{a}|b\\^`\"<>?[c]'" },
  { what: "@ and : behind the host", url: "http://h/a@b:c?d@e", host: "h", target: "/a@b:c?d@e" },
];

/** The whole reason behind "the URL cannot be used: ". */
const REFUSED: readonly (readonly [what: string, url: string, reason: string])[] = [
  ["nothing", "", 'it must begin with "http://" or "https://".'],
  ["no scheme", "example.com/a", 'it must begin with "http://" or "https://".'],
  ["no scheme but its slashes", "//example.com/a", 'it must begin with "http://" or "https://".'],
  ["a host and a port without a scheme", "localhost:8080/a", 'it must begin with "http://" or "https://".'],
  ["ftp", "ftp://h/", 'it must begin with "http://" or "https://".'],
  ["file", "file:///etc/passwd", 'it must begin with "http://" or "https://".'],
  ["javascript", "javascript:alert(1)", 'it must begin with "http://" or "https://".'],
  ["ws", "ws://h/", 'it must begin with "http://" or "https://".'],
  ["a property of objects as its scheme", "constructor://h/", 'it must begin with "http://" or "https://".'],
  ["one slash", "http:/x", '"http:" must be followed by "//" and a host.'],
  ["no slash", "https:example.com", '"https:" must be followed by "//" and a host.'],
  ["backslashes for slashes", "http:\\\\h\\", '"http:" must be followed by "//" and a host.'],
  ["no host", "http://", "the host is missing."],
  ["no host before a path", "http:///x", "the host is missing."],
  ["no host before a query", "https://?x", "the host is missing."],
  ["no host before a port", "http://:80/", '":80" is no host with an optional port; an IPv6 address stands in brackets.'],
  ["a space in the path", "http://h/a b", 'a space (U+0020) at index 10 cannot stand in a URL. Write it as "%20".'],
  ["a space before it", " http://h/", 'a space (U+0020) at index 0 cannot stand in a URL. Write it as "%20".'],
  ["a tab", "http://h/a\tb", "a tab (U+0009) at index 10 cannot stand in a URL. Percent-encode it."],
  ["a carriage return", "http://h/a\rb", "a carriage return (U+000D) at index 10 cannot stand in a URL. Percent-encode it."],
  ["a line feed in the fragment", "http://h/#a\nb", "a line feed (U+000A) at index 11 cannot stand in a URL. Percent-encode it."],
  ["a line end and a header", "http://h/ HTTP/1.1\r\nX: y", 'a space (U+0020) at index 9 cannot stand in a URL. Write it as "%20".'],
  ["NUL in the host", "http://h\0/", "NUL (U+0000) at index 8 cannot stand in a URL. Percent-encode it."],
  ["another control character", "http://h/\x1b", "a control character (U+001B) at index 9 cannot stand in a URL. Percent-encode it."],
  ["DEL", "http://h/\x7f", "a control character (U+007F) at index 9 cannot stand in a URL. Percent-encode it."],
  [
    "a user name and a password",
    "http://user:secret@h/",
    'a user name or password stands before the host ("…@"). Leave it out and send an Authorization header instead.',
  ],
  [
    "an empty user name",
    "http://@h/",
    'a user name or password stands before the host ("…@"). Leave it out and send an Authorization header instead.',
  ],
  ["port 0", "http://h:0/", 'the port "0" is not a number from 1 to 65535.'],
  ["a port above 65535", "http://h:65536/", 'the port "65536" is not a number from 1 to 65535.'],
  ["a port of six digits", "http://h:000080/", 'the port "000080" is not a number from 1 to 65535.'],
  ["a port with a sign", "http://h:+80/", 'the port "+80" is not a number from 1 to 65535.'],
  ["a port of letters", "http://h:http/", 'the port "http" is not a number from 1 to 65535.'],
  [
    "a password that has ended the host too early",
    "http://user:pass/word@h/",
    'no port stands behind the colon of the host, and an "@" follows. A user name or password cannot stand in a URL.',
  ],
  ["two ports", "http://h:1:2/", '"h:1:2" is no host with an optional port; an IPv6 address stands in brackets.'],
  ["an IPv6 address without brackets", "http://::1/", '"::1" is no host with an optional port; an IPv6 address stands in brackets.'],
  [
    "an IPv6 address without its second bracket",
    "http://[::1/",
    '"[::1" is no host with an optional port; an IPv6 address stands in brackets.',
  ],
  ["text behind the brackets", "http://[::1]x/", '"[::1]x" is no host with an optional port; an IPv6 address stands in brackets.'],
  ["two double colons in an IPv6 address", "http://[1::2::3]/", "[1::2::3] is no IPv6 address."],
  ["a zone in an IPv6 address", "http://[fe80::1%25eth0]/", "[fe80::1%25eth0] is no IPv6 address."],
  ["an IPv4 address in brackets", "http://[127.0.0.1]/", "[127.0.0.1] is no IPv6 address."],
  ["empty brackets", "http://[]/", "[] is no IPv6 address."],
  ["a backslash in the host", "http://good.example\\evil/", '"\\\\" (U+005C) cannot stand in a host name.'],
  ["a backslash in a host beyond ASCII", "http://é\\.evil.example/", '"\\\\" (U+005C) cannot stand in a host name.'],
  ["a percent sign in the host", "http://a%2eb/", '"%" (U+0025) cannot stand in a host name.'],
  ["a percent sign in a host beyond ASCII", "http://é%2eb/", '"%" (U+0025) cannot stand in a host name.'],
  ["a comma in the host", "http://a,b/", '"," (U+002C) cannot stand in a host name.'],
  ["a host beyond ASCII that no name has", "http://\u{ffff}/", '"\u{ffff}" is no host name.'],
  ["a slash beyond ASCII in the host", "http://a\u{ff0f}b/", '"a\u{ff0f}b" is no host name.'],
  [
    "a label of 64 characters",
    `http://${LABEL}a.b/`,
    `"${LABEL}a.b" is no host name: every label between dots has 1 to 63 characters and does not begin with a hyphen.`,
  ],
  ["a host of 254 characters", `http://${NAME_253}a/`, "the host name has 254 characters; 253 is the most that DNS knows."],
  [
    "an empty label",
    "http://a..b/",
    '"a..b" is no host name: every label between dots has 1 to 63 characters and does not begin with a hyphen.',
  ],
  ["a dot alone", "http://./", '"." is no host name: every label between dots has 1 to 63 characters and does not begin with a hyphen.'],
  [
    "a hyphen at the beginning of the host",
    "http://-a/",
    '"-a" is no host name: every label between dots has 1 to 63 characters and does not begin with a hyphen.',
  ],
];

describe("A URL that can be used", () => {
  for (const { what, url, ...expected } of ACCEPTED) {
    it(`may have ${what}`, () => {
      const parsed = parseHttpUrl(url);
      assert.deepEqual({ ...parsed, ...expected }, parsed);
      assert.deepEqual(parseHttpUrl(parsed.href), parsed, "its href says the same again");
    });
  }
});

describe("A URL that cannot be used", () => {
  for (const [what, url, reason] of REFUSED) {
    it(`is one with ${what}`, () => {
      const failure = failureOf(() => parseHttpUrl(url));
      assert.deepEqual([failure.code, failure.phase], ["invalid-url", "request"]);
      assert.equal(failure.message, `the URL cannot be used: ${reason}`);
    });
  }

  it("never shows the password it has", () => {
    const cut = [
      "http://user:hunter2/x@h/",
      "http://user:hunter2?x@h/",
      "http://user:hunter2#x@h/",
      "http://:hunter2/@h/",
      "http://u:1:hunter2/@h",
    ];
    for (const url of ["http://user:hunter2@h/", "http://user:hunter2@h:0/", "http://user:hunter2@/", "http:user:hunter2@h", ...cut])
      assert.doesNotMatch(failureOf(() => parseHttpUrl(url)).message, /hunter2/);
  });
});
