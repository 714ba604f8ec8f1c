import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { DialOptions, ProxyHop } from "../src/transport/index.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { bytesToText } from "./helpers/byte-text.ts";
import { dialed } from "./helpers/dialed.ts";
import { closeAll, serve, socksProxy, type Seen } from "./helpers/test-proxy.ts";

after(closeAll);

let identity: Identity;
let plain: Seen;
let secure: Seen;
before(async () => {
  identity = await makeIdentity({ names: ["origin.example", "localhost"] });
  plain = await serve((socket) => socket.once("data", () => socket.end("hello")));
  secure = await serve((socket) => socket.once("data", () => socket.end("secret hello")), identity);
});

const CREDENTIALS = { username: "jörg", password: "pass:wörd" };
const socks = (port: number, more: Partial<ProxyHop> = {}): ProxyHop => ({ kind: "socks5", host: "127.0.0.1", port, ...more });
const ask = (options: DialOptions): ReturnType<typeof dialed> => dialed(options, (connection) => void connection.write("question"));

/** What a proxy hears that answers each piece, whatever it is, with the next of these bytes. */
async function heard(host: string, answers: readonly (readonly number[])[], more: Partial<ProxyHop> = {}): Promise<string> {
  const proxy = await serve((socket) => {
    const left = [...answers];
    socket.on("data", () => void socket.write(Buffer.from(left.shift() ?? [])));
  });
  await dialed({ host, port: 443, proxy: socks(proxy.port, more) }, (connection) => connection.end());
  return bytesToText(Buffer.from(proxy.received[0] ?? "", "latin1"));
}

describe("A connection through a SOCKS5 proxy", () => {
  test("reaches the target by its name, which is not looked up here", async () => {
    const proxy = await socksProxy();
    const lookup = (): never => assert.fail("looked up");
    const { steps, text, end } = await ask({ host: "origin.example", port: plain.port, lookup, proxy: socks(proxy.port) });
    assert.deepEqual([steps, text, end], [["connect", "open"], "hello", "orderly"]);
    assert.ok(proxy.received[0]?.includes("\x0eorigin.example"));
  });

  test("shows user name and password in UTF-8 to a proxy that asks, and to nobody else", async () => {
    const proxy = await socksProxy(CREDENTIALS);
    const before = plain.received.length;
    const { text } = await ask({ host: "origin.example", port: plain.port, proxy: socks(proxy.port, { credentials: CREDENTIALS }) });
    assert.equal(text, "hello");
    assert.deepEqual(plain.received.slice(before), ["question"]);
  });

  test("shows them not to a proxy that does not ask", async () => {
    const told = await heard(
      "a.example",
      [
        [5, 0],
        [5, 1],
      ],
      { credentials: CREDENTIALS },
    );
    assert.equal(told, "\\x05\\x02\\x00\\x02\\x05\\x01\\x00\\x03\\ta.example\\x01\\xbb");
  });

  test("carries TLS with the target, checked for the target's name", async () => {
    const proxy = await socksProxy(CREDENTIALS);
    const options = { host: "origin.example", port: secure.port, tls: { ca: identity.cert } };
    const { steps, text, end } = await ask({ ...options, proxy: socks(proxy.port, { credentials: CREDENTIALS }) });
    assert.deepEqual([steps, text, end], [["connect", "tls", "open"], "secret hello", "orderly"]);
    assert.ok(!proxy.received[0]?.includes("question"));
  });

  for (const [host, address] of Object.entries({
    "a.example": "\\x03\\ta.example",
    "192.0.2.1": "\\x01\\xc0\\x00\\x02\\x01",
    "2001:db8::a:1": "\\x04 \\x01\\r\\xb8\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\n\\x00\\x01",
  })) {
    test(`asks for ${host} as what it is`, async () => {
      assert.equal(
        await heard(host, [
          [5, 0],
          [5, 1],
        ]),
        `\\x05\\x01\\x00\\x05\\x01\\x00${address}\\x01\\xbb`,
      );
    });
  }

  for (const [what, bound] of Object.entries({
    "an IPv4 address": [1, 127, 0, 0, 1, 0, 80],
    "an IPv6 address": [4, ...Array.from({ length: 16 }, () => 5), 0, 80],
    "a name": [3, 3, 97, 46, 98, 0, 80],
    "an empty name": [3, 0, 0, 80],
  })) {
    test(`passes over ${what} that the proxy connects from, whole or byte by byte`, async () => {
      const answer = Buffer.from([5, 0, 0, ...bound]);
      for (const pieces of [[answer], [...answer].map((byte) => Buffer.of(byte))]) {
        const proxy = await serve((socket) => {
          socket.once("data", () => {
            socket.write(Buffer.of(5, 0));
            socket.once("data", () => {
              pieces.forEach((piece, index) => setTimeout(() => socket.write(piece), index));
              socket.once("data", () => socket.end("through"));
            });
          });
        });
        assert.equal((await ask({ host: "a.example", port: 80, proxy: socks(proxy.port) })).text, "through");
      }
    });
  }

  test("goes over TLS with the proxy where that is wanted", async () => {
    const proxy = await serve((socket) => {
      const answers = [
        [5, 0],
        [5, 0, 0, 1, 0, 0, 0, 0, 0, 0],
        [104, 105],
      ];
      socket.on("data", () => void socket.write(Buffer.from(answers.shift() ?? []), () => answers.length > 0 || socket.end()));
    }, identity);
    const hop = socks(proxy.port, { host: "localhost", tls: { ca: identity.cert } });
    assert.equal((await ask({ host: "a.example", port: 80, proxy: hop })).text, "hi");
  });
});
