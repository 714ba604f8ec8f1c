import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { HttpFailure } from "../src/protocol/index.ts";
import { ConnectReader } from "../src/transport/connect-reader.ts";
import type { Handshake, HandshakeEvents, HandshakeRules } from "../src/transport/handshake.ts";
import { SocksReader } from "../src/transport/socks-reader.ts";
import { bytesToText } from "./helpers/byte-text.ts";
import { cutAt } from "./helpers/wire-replay.ts";

const RUNS = { numRuns: 300, seed: 20_160_401 };
const RULES: HandshakeRules = {
  proxy: "proxy.example:3128",
  target: { host: "a.example", port: 443 },
  credentials: { username: "user", password: "pass" },
};

type Make = (events: HandshakeEvents) => Handshake;

/** Everything that comes out of a handshake for these pieces: what is sent, the opening, the failure. Empty pieces are pieces too. */
function replayed(make: Make, pieces: readonly Uint8Array[]): readonly string[] {
  const told: string[] = [];
  const handshake = make({ onSend: (bytes) => told.push(`send ${bytesToText(bytes)}`), onOpen: () => told.push("open") });
  handshake.begin();
  try {
    for (const piece of pieces) handshake.push(piece);
  } catch (error) {
    assert.ok(error instanceof HttpFailure);
    // Bytes behind the answer are too many, whether they come with it or after it; in the second case it has been taken for good.
    if (told.at(-1) === "open") told.pop();
    told.push(`${error.code} ${error.phase} ${error.reason}`);
  }
  return told;
}

const cuts = fc.array(fc.nat(), { maxLength: 20 });
const cut = (bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] =>
  cutAt(
    bytes,
    places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b),
  );

const oneOf = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const written = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<Uint8Array> =>
  fc.tuple(...parts).map((texts) => Buffer.from(texts.join(""), "latin1"));

const noise = fc.uint8Array({ maxLength: 40 });

const SUBJECTS: Readonly<Record<string, { readonly make: Make; readonly answers: fc.Arbitrary<Uint8Array> }>> = {
  CONNECT: {
    make: (events) => new ConnectReader(RULES, events),
    answers: written(
      oneOf("", "\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n"),
      oneOf(
        "HTTP/1.1 200 OK",
        "HTTP/1.0 200",
        "HTTP/1.1 204 x",
        "HTTP/1.1 407 No",
        "HTTP/1.1 502 Bad",
        "HTTP/1.1 600 x",
        "HTTP/2 200",
        "SSH",
      ),
      oneOf(
        "\r\n",
        "\n",
        "\r\nContent-Length: 3\r\n",
        "\r\nTransfer-Encoding: chunked\r\n",
        "\r\nProxy-Authenticate: Basic\r\n",
        "\r\n: x\r\n",
      ),
      oneOf("\r\n", "\r\n", "\r\n", "\n", ""),
      oneOf("", "", "x", "HTTP/1.1 200 OK\r\n\r\n"),
    ),
  },
  SOCKS5: {
    make: (events) => new SocksReader(RULES, events),
    answers: written(
      oneOf("\x05\x00", "\x05\x02\x01\x00", "\x05\x02\x01\x01", "\x05\xff", "\x05\x01", "\x04\x5a"),
      oneOf("\x05\x00\x00", "\x05\x05", "\x05\x00\x01", ""),
      oneOf("\x01\x7f\x00\x00\x01\x00\x50", `\x04${"\x07".repeat(18)}`, "\x03\x03abc\x00\x50", "\x03\x00\x00\x50", "\x02", ""),
      oneOf("", "", "x", "SSH-2.0"),
    ),
  },
};

const OPENING: Readonly<Record<string, string>> = {
  CONNECT: "HTTP/1.1 200 OK\r\n\r\n",
  SOCKS5: "\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50",
};

for (const [name, { make, answers }] of Object.entries(SUBJECTS)) {
  describe(`The reader of ${name}`, () => {
    test("tells the same for the same bytes, however they are cut", () => {
      fc.assert(
        fc.property(fc.oneof(answers, answers, noise), cuts, (bytes, places) => {
          assert.deepEqual(replayed(make, cut(bytes, places)), replayed(make, [bytes]));
        }),
        RUNS,
      );
    });

    test("tells the same byte by byte", () => {
      fc.assert(
        fc.property(answers, (bytes) => {
          const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
          assert.deepEqual(replayed(make, single), replayed(make, [bytes]));
        }),
        RUNS,
      );
    });

    test("opens once, also when nothing comes behind its answer", () => {
      const opening = Buffer.from(OPENING[name] ?? "", "latin1");
      const told = replayed(make, [opening, new Uint8Array(0)]);
      assert.deepEqual(told, replayed(make, [opening]));
      assert.equal(told.at(-1), "open");
    });

    test("opens for some of these answers and not for others", () => {
      const ends = fc.sample(answers, { numRuns: 300, seed: 1 }).map((bytes) => replayed(make, [bytes]).at(-1)?.split(" ")[0]);
      assert.deepEqual(new Set(ends), new Set(["open", "proxy-authentication", "proxy-failed", "proxy-refused", "send"]));
    });
  });
}
