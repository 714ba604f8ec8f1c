import assert from "node:assert/strict";
import { test } from "node:test";
import { CODINGS, inflate, InflateError, inflating, type Coding, type InflateFault } from "../src/system/index.ts";
import { encoded, inPieces } from "./helpers/encoded.ts";

const NO_LIMIT = Number.POSITIVE_INFINITY;

const TEXT = Buffer.from(JSON.stringify(Array.from({ length: 60 }, (_, index) => ({ index, room: `kitchen ${index * 7919}` }))));

/** Bytes that no format makes much smaller. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0, state = 1; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

const streamed = (coding: Coding, bytes: Uint8Array, size = 1000): Promise<Buffer> => joined(inflating(coding, inPieces(bytes, size)));

async function faultOf(work: Promise<unknown>): Promise<InflateFault> {
  const error = await work.then(
    () => assert.fail("it was decoded"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof InflateError, String(error));
  return error.fault;
}

/** Which of them depends on the format: some begin to read what follows as more of the same. */
const NO_END = /^(?:trailing|corrupt|truncated)$/;

const FORMATS: readonly (readonly [format: Coding | "raw", coding: Coding])[] = [
  ...CODINGS.map((coding) => [coding, coding] as const),
  ["raw", "deflate"],
];

test("gzip, deflate and br can be decoded on every Node, zstd where it refuses truncated frames", () => {
  assert.deepEqual(CODINGS.slice(0, 3), ["gzip", "deflate", "br"]);
  assert.ok(CODINGS.length === 3 || CODINGS[3] === "zstd");
});

for (const [format, coding] of FORMATS) {
  const small = encoded(format, TEXT);

  test(`${format}: small, large and well compressed bodies are decoded as a whole and piece by piece`, async () => {
    for (const plain of [TEXT, Buffer.from("a"), noise(300_000), new Uint8Array(3_000_000)]) {
      const bytes = encoded(format, plain);
      assert.deepEqual(Buffer.from(await inflate(coding, bytes, NO_LIMIT)), Buffer.from(plain));
      assert.deepEqual(await streamed(coding, bytes), Buffer.from(plain));
    }
  });

  test(`${format}: it makes no difference where the pieces are cut`, async () => {
    for (let at = 0; at <= small.length; at++) {
      const pieces = (async function* () {
        yield small.subarray(0, at);
        yield small.subarray(at);
      })();
      assert.deepEqual(await joined(inflating(coding, pieces)), TEXT);
    }
    assert.deepEqual(await streamed(coding, small, 1), TEXT);
  });

  test(`${format}: whatever is cut off is missed`, async () => {
    for (let length = 1; length < small.length; length++) {
      assert.equal(await faultOf(inflate(coding, small.subarray(0, length), NO_LIMIT)), "truncated");
      assert.equal(await faultOf(streamed(coding, small.subarray(0, length))), "truncated");
    }
    const large = encoded(format, noise(200_000));
    assert.equal(await faultOf(inflate(coding, large.subarray(0, -1), NO_LIMIT)), "truncated");
    assert.equal(await faultOf(streamed(coding, large.subarray(0, -1))), "truncated");
  });

  test(`${format}: other bytes behind the end are an error, wherever the pieces are cut`, async () => {
    for (const tail of ["junk", "\0\0junk", "j"]) {
      const followed = Buffer.concat([small, Buffer.from(tail)]);
      for (const size of [1, small.length, 1000]) assert.match(await faultOf(streamed(coding, followed, size)), NO_END);
      assert.match(await faultOf(inflate(coding, followed, NO_LIMIT)), NO_END);
    }
  });

  if (format !== "zstd") {
    test(`${format}: zeros behind the end are padding`, async () => {
      const padded = Buffer.concat([small, new Uint8Array(20)]);
      for (const size of [1, small.length, 1000]) assert.deepEqual(await streamed(coding, padded, size), TEXT);
      assert.deepEqual(Buffer.from(await inflate(coding, padded, NO_LIMIT)), TEXT);
    });
  }

  test(`${format}: the same once more behind the end is decoded where the format has that, and else an error`, async () => {
    const twice = Buffer.concat([small, small]);
    for (const size of [1, 2, small.length, 1000]) {
      const work = [inflate(coding, twice, NO_LIMIT).then((all) => Buffer.from(all)), streamed(coding, twice, size)];
      for (const one of work) {
        if (format === "gzip" || format === "zstd") assert.deepEqual(await one, Buffer.concat([TEXT, TEXT]));
        else assert.equal(await faultOf(one), "trailing");
      }
    }
    if (format === "zstd") assert.equal(await faultOf(inflate(coding, twice, 2 * TEXT.length - 1)), "too-large");
  });

  test(`${format}: nothing is the encoding of nothing, and the encoding of nothing is nothing`, async () => {
    for (const bytes of [new Uint8Array(0), encoded(format, new Uint8Array(0))]) {
      assert.equal((await inflate(coding, bytes, NO_LIMIT)).length, 0);
      assert.equal((await streamed(coding, bytes)).length, 0);
    }
  });

  test(`${format}: what comes out has memory of its own`, async () => {
    for (const plain of [TEXT, new Uint8Array(3_000_000)]) {
      const bytes = encoded(format, plain);
      for await (const piece of inflating(coding, inPieces(bytes, 7000))) assert.equal(piece.buffer.byteLength, piece.length);
      const whole = await inflate(coding, bytes, NO_LIMIT);
      assert.equal(whole.buffer.byteLength, plain.length);
      assert.equal(Object.getPrototypeOf(whole), Uint8Array.prototype);
    }
  });

  test(`${format}: as a whole it becomes as much as it may, and not a byte more`, async () => {
    for (const length of [1000, 1_048_576, 2_000_000]) {
      const bytes = encoded(format, new Uint8Array(length));
      assert.equal((await inflate(coding, bytes, length)).length, length);
      assert.equal(await faultOf(inflate(coding, bytes, length - 1)), "too-large");
    }
  });

  test(`${format}: who leaves ends the source, which was not asked for more than was taken`, async () => {
    let asked = 0;
    let ended = false;
    const source = (async function* () {
      try {
        for await (const piece of inPieces(encoded(format, noise(1_000_000)), 10_000)) {
          asked++;
          yield piece;
        }
      } finally {
        ended = true;
      }
    })();
    for await (const piece of inflating(coding, source)) {
      assert.ok(piece.length > 0);
      break;
    }
    assert.equal(ended, true);
    assert.ok(asked < 20, `${asked} pieces were asked for`);
  });
}

test("a corrupt byte in gzip, which has a checksum, is never taken for a body", async () => {
  const bytes = encoded("gzip", TEXT);
  // Time, extra flags and system (RFC 1952 §2.3.1) say nothing of the content.
  for (let at = 10; at < bytes.length; at++) {
    const corrupt = Uint8Array.from(bytes);
    corrupt[at] = (corrupt[at] ?? 0) ^ 0x10;
    assert.match(await faultOf(inflate("gzip", corrupt, NO_LIMIT)), /^(corrupt|truncated|trailing)$/);
    assert.match(await faultOf(streamed("gzip", corrupt)), /^(corrupt|truncated|trailing)$/);
  }
});

test("a corrupt byte in a format without checksum is an error or another body, but nothing else", async () => {
  for (const format of ["br", "raw", "deflate"] as const) {
    const bytes = encoded(format, TEXT);
    for (let at = 0; at < bytes.length; at++) {
      const corrupt = Uint8Array.from(bytes);
      corrupt[at] = (corrupt[at] ?? 0) ^ 0x41;
      const work = inflate(format === "raw" ? "deflate" : format, corrupt, NO_LIMIT);
      const outcome = await work.catch((error: unknown) => error);
      assert.ok(outcome instanceof Uint8Array || outcome instanceof InflateError, String(outcome));
    }
  }
});

test("frames of zstd without end are an error when there are too many", async () => {
  const many = Buffer.concat(Array.from({ length: 2000 }, () => encoded("zstd", Buffer.from("a"))));
  if (CODINGS.includes("zstd")) {
    assert.match(await faultOf(inflate("zstd", many, NO_LIMIT)), NO_END);
    assert.match(await faultOf(streamed("zstd", many, many.length)), NO_END);
  } else await assert.rejects(inflate("zstd", many, NO_LIMIT), TypeError);
});

test("members of gzip one after the other are one body, wherever the pieces are cut", async () => {
  const first = encoded("gzip", TEXT);
  const bytes = Buffer.concat([first, encoded("gzip", Buffer.from("and more"))]);
  const expected = Buffer.concat([TEXT, Buffer.from("and more")]);
  assert.deepEqual(Buffer.from(await inflate("gzip", bytes, NO_LIMIT)), expected);
  for (const size of [1, 2, first.length, 1000]) assert.deepEqual(await streamed("gzip", bytes, size), expected);
  assert.equal(await faultOf(streamed("gzip", bytes.subarray(0, first.length + 5), first.length)), "truncated");
});

test("the source's own error comes through as it is", async () => {
  const broken = Object.assign(new Error("the line is cut"), { code: "Z_DATA_ERROR" });
  const source = (async function* () {
    yield encoded("gzip", TEXT).subarray(0, 100);
    throw broken;
  })();
  await assert.rejects(joined(inflating("gzip", source)), (error) => error === broken);
});

test("an engine that is polluted with options decodes as before", async () => {
  const polluted = Object.prototype as Record<string, unknown>;
  polluted["maxOutputLength"] = 1;
  polluted["finishFlush"] = 0;
  try {
    assert.deepEqual(Buffer.from(await inflate("gzip", encoded("gzip", TEXT), NO_LIMIT)), TEXT);
    assert.equal(await faultOf(streamed("gzip", encoded("gzip", TEXT).subarray(0, 50))), "truncated");
  } finally {
    delete polluted["maxOutputLength"];
    delete polluted["finishFlush"];
  }
});
