import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { inspect } from "node:util";
import { dial, type DialOptions, type HttpFailure, type ProxyHop } from "../src/transport/index.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { dialFailure } from "./helpers/dialed.ts";
import { closeAll, connectProxy, serve, type Talk } from "./helpers/test-proxy.ts";

after(closeAll);

const SECRETS = { username: "the-user-name", password: "the-pass-word" };
/** Every way in which the secrets could be written. */
const WRITTEN = ["the-user-name", "the-pass-word", Buffer.from("the-user-name:the-pass-word").toString("base64").slice(4, -4)];

/** How a proxy behaves, the code that it comes to, and the words. */
type Case = readonly [behaves: string, talk: Talk, code: HttpFailure["code"], words: RegExp];

/** Says something once it has been spoken to. */
const says =
  (text: string, then: (socket: Socket) => void = () => {}): Talk =>
  (socket) =>
    void socket.once("data", () => void socket.write(Buffer.from(text, "latin1"), () => then(socket)));

const ends = (socket: Socket): void => void socket.end();
const echo: Talk = (socket) => void socket.pipe(socket);
const answersWith = (head: string): string => `${head}\r\n\r\n`;
const offers = (schemes: string): string => answersWith(`HTTP/1.1 407 No\r\nProxy-Authenticate: ${schemes}`);

const notAnswer = /^the proxy 127\.0\.0\.1:\d+ does not answer CONNECT in HTTP\/1\.1\./;
const tooLarge = /answers CONNECT with more than the 16384 bytes or 100 lines that a head may have\./;
const closed = /^the proxy 127\.0\.0\.1:\d+ closed the connection before it had let anything through\./;
const excess = /sent bytes behind its answer, before the target had been spoken to\./;

const CONNECT_CASES: readonly Case[] = [
  [
    "asks for credentials",
    says(offers('Basic realm="x"')),
    "proxy-authentication",
    /does not accept the user name and password \(407\)\.$/,
  ],
  [
    "asks for other ways",
    says(offers("Negotiate, NTLM")),
    "proxy-authentication",
    /asks for Negotiate or NTLM \(407\); only Basic is known/,
  ],
  ["asks for what nobody knows", says(offers(WRITTEN[2] ?? "")), "proxy-authentication", /does not accept the user name and password/],
  [
    "cannot reach the target",
    says(answersWith("HTTP/1.1 502 Bad Gateway")),
    "proxy-refused",
    /refused a tunnel to a\.example:443 with 502: it could not/,
  ],
  ["forbids it", says(answersWith("HTTP/1.1 403 the-pass-word")), "proxy-refused", /with 403: it does not allow this target\.$/],
  ["redirects", says(answersWith("HTTP/1.1 302 Found\r\nLocation: https://evil.example/")), "proxy-refused", /with 302\.$/],
  ["says more than the refusal", says(answersWith("HTTP/1.1 500 No\r\nContent-Length: 999999999999") + "x"), "proxy-refused", /with 500/],
  ["changes the protocol", says(answersWith("HTTP/1.1 101 Upgraded")), "proxy-failed", notAnswer],
  ["speaks something else", says("220 mail.example ESMTP\r\n"), "proxy-failed", notAnswer],
  ["sends back what it gets", echo, "proxy-failed", notAnswer],
  ["breaks its head", says(`HTTP/1.1 200 OK\r\n${WRITTEN[2]} : x\r\n\r\n`), "proxy-failed", notAnswer],
  ["says nothing and closes", says("", ends), "proxy-failed", closed],
  ["closes in its head", says("HTTP/1.1 200 OK\r\nVia: ", ends), "proxy-failed", closed],
  [
    "resets the connection",
    says("", (socket) => void socket.resetAndDestroy()),
    "proxy-failed",
    /broke the connection \(ECONNRESET\) before/,
  ],
  ["speaks for the target", says(`${answersWith("HTTP/1.1 200 OK")}HTTP/1.1 200 OK\r\n`), "proxy-failed", excess],
  ["has a head without end", says(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}`), "proxy-failed", tooLarge],
  ["has lines without end", says(`HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(101)}\r\n`), "proxy-failed", tooLarge],
  ["has interim responses without end", says("HTTP/1.1 103 Wait\r\n\r\n".repeat(9)), "proxy-failed", tooLarge],
];

const otherKind = /^the proxy 127\.0\.0\.1:\d+ does not answer in SOCKS5\./;
const againstRules = /^the proxy 127\.0\.0\.1:\d+ breaks the rules of SOCKS5 in its answer\.$/;
const PASSED = "\x05\x02\x01\x00";

const SOCKS_CASES: readonly Case[] = [
  ["is of SOCKS4", says("\x00\x5a\0\0\0\0\0\0"), "proxy-failed", otherKind],
  ["is of HTTP", says("HTTP/1.1 400 Bad Request\r\n\r\n"), "proxy-failed", otherKind],
  [
    "lets nobody in",
    says("\x05\xff"),
    "proxy-authentication",
    /accepts neither a user name and a password nor none \(SOCKS5 method 255\)\.$/,
  ],
  ["chooses what was not offered", says("\x05\x01"), "proxy-failed", /chose a way to authenticate that it was not offered\.$/],
  ["refuses the password", says("\x05\x02\x01\x01"), "proxy-authentication", /does not accept the user name and password\.$/],
  ["authenticates in another version", says("\x05\x02\x05\x00"), "proxy-failed", againstRules],
  ["replies in another version", says(`${PASSED}\x04\x00\x00`), "proxy-failed", otherKind],
  ["fills what is reserved", says(`${PASSED}\x05\x00\x01`), "proxy-failed", againstRules],
  ["has addresses of its own kind", says(`${PASSED}\x05\x00\x00\x02`), "proxy-failed", againstRules],
  ["breaks off in its reply", says(`${PASSED}\x05\x00\x00\x01\x7f`, ends), "proxy-failed", closed],
  ["says nothing and closes", says("", ends), "proxy-failed", closed],
  ["sends back what it gets", echo, "proxy-failed", /does not|chose|breaks/],
  ["resets the connection", says("\x05", (socket) => void socket.resetAndDestroy()), "proxy-failed", /broke the connection \(ECONNRESET\)/],
  ["speaks for the target", says(`${PASSED}\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50SSH`), "proxy-failed", excess],
  [
    "refuses with an unknown reply",
    says(`${PASSED}\x05\xf0\x00\x01`),
    "proxy-refused",
    /a reason that SOCKS5 has no word for \(SOCKS5 reply 240\)\.$/,
  ],
  ...[
    "general failure",
    "its rules do not allow this connection",
    "the target's network is unreachable",
    "the target's host is unreachable",
    "the target refused the connection",
    "the way to the target is too long (TTL expired)",
    "it does not know the command CONNECT",
    "it does not know addresses of this type",
  ].map((words, index): Case => {
    const reply = index + 1;
    const said = `a.example:443: ${words} (SOCKS5 reply ${reply}).`.replace(/[().]/g, "\\$&");
    return [
      `replies ${reply}`,
      says(`${PASSED}\x05${String.fromCharCode(reply)}`),
      "proxy-refused",
      new RegExp(`refused a connection to ${said}$`),
    ];
  }),
];

for (const [kind, cases] of [["http", CONNECT_CASES] as const, ["socks5", SOCKS_CASES] as const]) {
  describe(`A proxy (${kind}) that is no good is left, and tells no secret: one that`, () => {
    for (const [behaves, talk, code, words] of cases) {
      test(behaves, async () => {
        const server = await serve(talk);
        const proxy: ProxyHop = { kind, host: "127.0.0.1", port: server.port, credentials: SECRETS };
        const failure = await dialFailure({ host: "a.example", port: 443, tls: {}, proxy });
        assert.deepEqual([failure.code, failure.phase], [code, "connect"], failure.reason);
        assert.match(failure.reason, words);
        const told = inspect(failure, { depth: 9, showHidden: true }) + JSON.stringify(failure);
        for (const secret of WRITTEN) assert.ok(!told.includes(secret), `${secret} is told: ${told}`);
        await server.quiet();
      });
    }
  });
}

test("a proxy that wants credentials is told from one that refuses them", async () => {
  const cases = [
    ["http", offers("Basic realm=x"), /asks for a user name and a password \(407\)\. Give them with the proxy\.$/],
    ["socks5", "\x05\xff", /does not let everybody in \(SOCKS5 method 255\)\. Give a user name and a password with the proxy\.$/],
  ] as const;
  for (const [kind, text, words] of cases) {
    const { port } = await serve(says(text));
    const failure = await dialFailure({ host: "a.example", port: 443, proxy: { kind, host: "127.0.0.1", port } });
    assert.equal(failure.code, "proxy-authentication");
    assert.match(failure.reason, words);
  }
});

describe("A connection through a proxy that is given up", () => {
  let identity: Identity;
  before(async () => {
    identity = await makeIdentity();
  });

  /** Dials, waits for the proxy to have heard so many bytes, destroys; then nobody may say anything, or stay connected. */
  async function givenUp(options: DialOptions, heard: () => boolean): Promise<void> {
    const loud = (what: string) => (): never => assert.fail(what);
    const connection = dial(options, { onOpen: loud("open"), onData: loud("data"), onEnd: loud("end"), onError: loud("error") });
    while (!heard()) await new Promise((resolve) => setTimeout(resolve, 5));
    connection.destroy();
  }
  const silent: Talk = () => {};

  for (const kind of ["http", "socks5"] as const) {
    test(`is closed while it connects, and in the handshake (${kind})`, async () => {
      const server = await serve(silent);
      const proxy: ProxyHop = { kind, host: "127.0.0.1", port: server.port };
      await givenUp({ host: "a.example", port: 443, proxy }, () => true);
      await givenUp({ host: "a.example", port: 443, proxy }, () => server.received.some((text) => text !== ""));
      await server.quiet();
    });
  }

  test("is closed in the TLS handshake with the proxy, and in the handshake within", async () => {
    const mute = await serve(silent);
    const proxy: ProxyHop = { kind: "http", host: "127.0.0.1", port: mute.port, tls: { ca: identity.cert } };
    await givenUp({ host: "a.example", port: 443, proxy }, () => mute.received.some((text) => text !== ""));
    await mute.quiet();
    const server = await serve(silent, identity);
    await givenUp({ host: "a.example", port: 443, proxy: { ...proxy, port: server.port } }, () =>
      server.received.some((text) => text !== ""),
    );
    await server.quiet();
  });

  test("is closed in the TLS handshake with the target, and so is the proxy's connection to it", async () => {
    const target = await serve(silent);
    for (const own of [undefined, identity]) {
      const proxy = await connectProxy(own);
      const hop: ProxyHop = { kind: "http", host: "127.0.0.1", port: proxy.port, ...(own && { tls: { ca: own.cert } }) };
      const before = target.received.length;
      await givenUp({ host: "a.example", port: target.port, tls: {}, proxy: hop }, () =>
        target.received.slice(before).some((text) => text !== ""),
      );
      await Promise.all([proxy.quiet(), target.quiet()]);
    }
  });
});

describe("A proxy that cannot be used", () => {
  const handlers = { onOpen: () => {}, onData: () => {}, onEnd: () => {}, onError: () => {} };
  const good = { kind: "http", host: "proxy.example", port: 3128 } as const;
  const long = "x".repeat(256);
  const cases: readonly (readonly [what: string, options: Partial<DialOptions>, words: RegExp])[] = [
    ["a line end in its host", { proxy: { ...good, host: "proxy\r\nX: y" } }, /the host is no name/],
    ["a NUL in its host", { proxy: { ...good, host: "proxy\0.example" } }, /the host is no name/],
    ["no host", { proxy: { ...good, host: "" } }, /the host is no name/],
    ["no port", { proxy: { ...good, port: 0 } }, /the port is no number/],
    ["a port beyond all", { proxy: { ...good, port: 65_536 } }, /the port is no number/],
    ["a line end in the user name", { proxy: { ...good, credentials: { username: "a\r\nX: y", password: "" } } }, /a control character/],
    ["a NUL in the password", { proxy: { ...good, credentials: { username: "a", password: "b\0" } } }, /a control character/],
    ["a colon in the user name", { proxy: { ...good, credentials: { username: "a:b", password: "c" } } }, /a colon/],
    ["SOCKS5 without a user name", { proxy: { ...good, kind: "socks5", credentials: { username: "", password: "c" } } }, /1 to 255 bytes/],
    ["too long a user name", { proxy: { ...good, kind: "socks5", credentials: { username: long, password: "c" } } }, /1 to 255 bytes/],
    ["too long a password", { proxy: { ...good, kind: "socks5", credentials: { username: "a", password: long } } }, /at most 255 bytes/],
    ["forward to SOCKS5", { proxy: { ...good, kind: "socks5", mode: "forward" } }, /is for HTTP proxies/],
    ["forward to https", { tls: {}, proxy: { ...good, mode: "forward" } }, /needs a proxy of the mode "tunnel"/],
    ["a line end in the target", { host: "a.example\r\nX: y", proxy: good }, /the target's host/],
    ["a space in the target", { host: "a.example HTTP/1.0", proxy: good }, /the target's host/],
    ["a zone in the target", { host: "fe80::1%eth0", proxy: good }, /the target's host/],
    ["port 0 of the target", { port: 0, proxy: good }, /the target's port/],
  ];
  for (const [what, options, words] of cases) {
    test(`is refused in the call: ${what}`, () => {
      const error = (): unknown => dial({ host: "a.example", port: 443, lookup: () => assert.fail("looked up"), ...options }, handlers);
      assert.throws(error, (thrown) => (thrown instanceof RangeError || thrown instanceof TypeError) && words.test(thrown.message));
    });
  }
});
