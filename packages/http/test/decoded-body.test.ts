import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { ACCEPT_ENCODING, codingsOf, decodeLimits } from "../src/client/response/content-codings.ts";
import { bodyOf, decodedBody } from "../src/client/response/decoded-body.ts";
import { ResponseBody } from "../src/client/response/response-body.ts";
import type { Answer, AnswerBody } from "../src/client/exchange/answer.ts";
import { Fields, HttpFailure } from "../src/protocol/index.ts";
import { CODINGS, type Coding } from "../src/system/index.ts";
import { encoded } from "./helpers/encoded.ts";

const TEXT = Buffer.from("the kettle boils. ".repeat(500));
const LIMITS = { maxRatio: 200, maxCodings: 5 };
const explain = (failure: HttpFailure): HttpFailure => failure;

/** A body between a test, which is the server, and its reader. */
class Wire {
  abandoned = 0;
  paused = false;
  waits = false;
  readonly body: ResponseBody;

  constructor(maximum = 1e9) {
    const source = {
      pause: () => (this.paused = true),
      resume: () => (this.paused = false),
      abandon: () => this.abandoned++,
      waiting: (waits: boolean) => (this.waits = waits),
      explain,
    };
    this.body = new ResponseBody(source, { length: undefined, maximum });
  }

  decoded(codings: readonly Coding[], { maximum = 1e9, ...limits }: Partial<typeof LIMITS> & { maximum?: number } = {}): AnswerBody {
    return decodedBody(this.body, { codings, maximum, limits: { ...LIMITS, ...limits }, explain });
  }

  /** All of it at once. */
  gives(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length; at += 10_000) this.body.push(bytes.subarray(at, at + 10_000));
    this.body.end();
    return this;
  }
}

async function joined(body: AnswerBody): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of body.chunks()) all.push(piece);
  return Buffer.concat(all);
}

const readings: readonly (readonly [how: string, read: (body: AnswerBody) => Promise<Uint8Array>])[] = [
  ["as a whole", (body) => body.bytes()],
  ["piece by piece", joined],
];

async function failureOf(work: Promise<unknown>): Promise<HttpFailure> {
  const error = await work.then(
    () => assert.fail("it was decoded"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HttpFailure, String(error));
  return error;
}

test("codings are undone from the last to the first, in whatever case, and identity is none", () => {
  assert.deepEqual(codingsOf(undefined), []);
  assert.deepEqual(codingsOf(""), []);
  assert.deepEqual(codingsOf("identity"), []);
  assert.deepEqual(codingsOf("gzip"), ["gzip"]);
  assert.deepEqual(codingsOf("X-GZip"), ["gzip"]);
  assert.deepEqual(codingsOf("deflate,, GZIP ,identity, br"), ["br", "gzip", "deflate"]);
});

test("one coding that is unknown leaves all of them", () => {
  for (const value of ["compress", "gzip, exi", "aes128gcm", "__proto__", "constructor", "gzip;q=1", "gz\u0130p", "g zip"])
    assert.equal(codingsOf(value), undefined, value);
});

test("what this Node can undo is what is asked for", () => {
  assert.equal(ACCEPT_ENCODING, CODINGS.join(", "));
  assert.match(ACCEPT_ENCODING, /^gzip, deflate, br(?:, zstd)?$/);
});

test("the option decompress has limits of its own, whatever Object.prototype says", () => {
  assert.equal(decodeLimits(false), undefined);
  assert.deepEqual(decodeLimits(true), LIMITS);
  assert.deepEqual(decodeLimits({ maxRatio: 10 }), { maxRatio: 10, maxCodings: 5 });
  const polluted = Object.prototype as Record<string, unknown>;
  polluted["maxRatio"] = 1;
  try {
    assert.deepEqual(decodeLimits({}), LIMITS);
  } finally {
    delete polluted["maxRatio"];
  }
});

function answered(status: number, encoding: string | undefined): Answer {
  const { body } = new Wire();
  const fields = new Fields(encoding === undefined ? [] : [["Content-Encoding", encoding]]);
  // Only what is read of an answer.
  return { head: { status, reason: "", fields }, body } as unknown as Answer;
}

test("a body is left alone when it has no coding, an unknown one, is a part, or is not to be decoded", () => {
  const kept: (readonly [number, string | undefined, boolean | undefined])[] = [
    [200, undefined, undefined],
    [200, "identity", undefined],
    [200, "exi", undefined],
    [206, "gzip", undefined],
    [200, "gzip", false],
  ];
  for (const [status, encoding, decompress] of kept) {
    const answer = answered(status, encoding);
    assert.equal(bodyOf(answer, { options: { decompress }, maxBodySize: 1 }), answer.body, `${status} ${encoding}`);
  }
  const gzip = answered(200, "gzip");
  assert.notEqual(bodyOf(gzip, { options: {}, maxBodySize: 1 }), gzip.body);
  assert.notEqual(bodyOf(gzip, { options: { decompress: { maxRatio: 3 } }, maxBodySize: 1 }), gzip.body);
});

for (const [how, read] of readings) {
  test(`every coding is undone ${how}, nested ones too`, async () => {
    for (const coding of CODINGS)
      assert.deepEqual(Buffer.from(await read(new Wire().gives(encoded(coding, TEXT)).decoded([coding]))), TEXT);
    const nested = encoded("br", encoded("gzip", encoded("raw", TEXT)));
    assert.deepEqual(Buffer.from(await read(new Wire().gives(nested).decoded(["br", "gzip", "deflate"]))), TEXT);
  });

  test(`an empty body with a coding is empty ${how}`, async () => {
    assert.equal((await read(new Wire().gives(new Uint8Array(0)).decoded(["gzip", "br"]))).length, 0);
  });

  test(`a body that is cut off is an error ${how}, and so are junk and bytes that make no sense`, async () => {
    const bytes = encoded("gzip", TEXT);
    const bad: (readonly [Uint8Array, RegExp])[] = [
      [bytes.subarray(0, 30), /\(Content-Encoding: gzip\): they end too early\.$/],
      [Buffer.from("<!DOCTYPE html>"), /: they make no sense\.$/],
      [Buffer.concat([bytes, Buffer.from("\0<")]), /: something else stands behind their end\.$/],
    ];
    for (const [wrong, words] of bad) {
      const wire = new Wire().gives(wrong);
      const failure = await failureOf(read(wire.decoded(["gzip"])));
      assert.deepEqual([failure.code, failure.blame, failure.phase], ["content-encoding", "server", "body"]);
      assert.match(failure.reason, words);
    }
    const inside = encoded("br", bytes.subarray(0, 30));
    const { reason } = await failureOf(read(new Wire().gives(inside).decoded(["br", "gzip"])));
    assert.match(reason, /\(Content-Encoding: gzip, br\): they end too early\.$/);
  });

  test(`a bomb of 100 MB, also one in another, is given up ${how} before it fills the memory`, async () => {
    const bomb = encoded("gzip", new Uint8Array(100_000_000));
    for (const [bytes, codings] of [
      [bomb, ["gzip"]],
      [encoded("br", bomb), ["br", "gzip"]],
    ] as const) {
      const before = process.memoryUsage().rss;
      let peak = before;
      const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 1);
      const failure = await failureOf(read(new Wire().gives(bytes).decoded(codings)));
      clearInterval(watch);
      assert.deepEqual([failure.code, failure.blame], ["response-too-large", "limit"]);
      assert.match(failure.reason, /more than 200 times larger/);
      assert.ok(peak - before < 80_000_000, `${peak - before} bytes`);
    }
  });

  test(`16 MiB may have any ratio ${how}, more must come from as much`, async () => {
    const small = encoded("br", new Uint8Array(16_777_216));
    assert.equal((await read(new Wire().gives(small).decoded(["br"], { maxRatio: 1 }))).length, 16_777_216);
    const large = encoded("br", new Uint8Array(16_777_217));
    assert.equal((await failureOf(read(new Wire().gives(large).decoded(["br"])))).code, "response-too-large");
    assert.equal((await read(new Wire().gives(large).decoded(["br"], { maxRatio: Number.POSITIVE_INFINITY }))).length, 16_777_217);
  });

  test(`more codings than are allowed are an error ${how}, and the body is given up`, async () => {
    const wire = new Wire();
    const failure = await failureOf(read(wire.decoded(Array.from({ length: 6 }, () => "gzip"))));
    assert.equal(failure.code, "content-encoding");
    assert.match(failure.reason, /has 6 content codings on top of each other; 5 are allowed\.$/);
    assert.equal(wire.abandoned, 1);
    let nested: Uint8Array = TEXT;
    for (let level = 0; level < 5; level++) nested = encoded("gzip", nested);
    const five = new Wire().gives(nested).decoded(Array.from({ length: 5 }, () => "gzip"));
    assert.deepEqual(Buffer.from(await read(five)), TEXT);
  });

  test(`a body is read once ${how}, and the error of the second time leaves the first alone`, async () => {
    const wire = new Wire();
    const body = wire.decoded(["gzip"]);
    assert.equal(body.used, false);
    const first = read(body);
    assert.equal(body.used, true);
    await assert.rejects(body.bytes(), TypeError);
    await assert.rejects(joined(body), TypeError);
    wire.gives(encoded("gzip", TEXT));
    assert.deepEqual(Buffer.from(await first), TEXT);
  });

  test(`the body's own failure comes through ${how}`, async () => {
    const wire = new Wire();
    const reading = read(wire.decoded(["gzip"]));
    wire.body.push(encoded("gzip", TEXT).subarray(0, 50));
    await new Promise((resolve) => setImmediate(resolve));
    const broken = new HttpFailure("connection-reset", { phase: "body", reason: "the line was cut." });
    wire.body.fail(broken);
    assert.equal(await failureOf(reading), broken);
  });
}

test("a whole body is limited by maxBodySize, its pieces are not", async () => {
  const bytes = encoded("gzip", TEXT);
  const failure = await failureOf(
    new Wire()
      .gives(bytes)
      .decoded(["gzip"], { maximum: TEXT.length - 1 })
      .bytes(),
  );
  assert.deepEqual([failure.code, failure.blame], ["response-too-large", "limit"]);
  assert.match(failure.reason, /is decoded larger than the 8999 bytes of maxBodySize/);
  assert.equal((await new Wire().gives(bytes).decoded(["gzip"], { maximum: TEXT.length }).bytes()).length, TEXT.length);
  assert.equal((await joined(new Wire().gives(bytes).decoded(["gzip"], { maximum: 1 }))).length, TEXT.length);
});

test("who leaves in the middle gives the body up", async () => {
  const wire = new Wire();
  wire.body.push(encoded("gzip", Buffer.concat([TEXT, new Uint8Array(200_000)])).subarray(0, -8));
  for await (const piece of wire.decoded(["gzip"]).chunks()) {
    assert.ok(piece.length > 0);
    break;
  }
  assert.equal(wire.abandoned, 1);
});

test("who leaves before anything has come, or while it is waited for, gives the body up at once", async () => {
  for (const begun of [false, true]) {
    const wire = new Wire();
    const pieces = wire.decoded(["br", "gzip"]).chunks();
    const waiting = begun ? pieces.next() : undefined;
    const left = pieces.return();
    assert.equal(wire.abandoned, 1);
    assert.equal((await left).done, true);
    if (waiting) assert.equal((await waiting).done, true);
  }
});

test("abandoning gives the body up, and it counts as used", async () => {
  const wire = new Wire();
  const body = wire.decoded(["gzip"]);
  body.abandon();
  assert.equal(wire.abandoned, 1);
  assert.equal(body.used, true);
  await assert.rejects(body.bytes(), TypeError);
});

test("a slow reader slows the server down", async () => {
  const wire = new Wire();
  const bytes = encoded("raw", randomBytes(400_000));
  const pieces = wire.decoded(["deflate"]).chunks();
  const first = pieces.next();
  for (let at = 0; at < bytes.length; at += 20_000) wire.body.push(bytes.subarray(at, at + 20_000));
  assert.ok((await first).value);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(wire.paused, true);
  assert.equal(wire.waits, false);
  await pieces.return();
});
