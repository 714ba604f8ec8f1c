import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { GrowingBytes, parseHttpUrl, writeRequestHead, HttpFailure } from "../src/protocol/index.ts";
import { arbitraryResponse } from "./helpers/arbitrary-response.ts";
import { latin1ToText } from "./helpers/byte-text.ts";
import { cutAt, replay } from "./helpers/wire-replay.ts";

const RUNS = { numRuns: 200, seed: 20_160_401 };

/** Places to cut bytes at, in order. */
const cutsOf = (length: number, numbers: readonly number[]): number[] =>
  numbers.map((number) => number % (length + 1)).toSorted((a, b) => a - b);

const numbers = fc.array(fc.nat(), { maxLength: 20 });

describe("Every valid response", () => {
  it("is read as it was written, however it is cut", () => {
    fc.assert(
      fc.property(arbitraryResponse, numbers, (response, places) => {
        const end = response.untilClose ? "end" : "open";
        const whole = replay([response.bytes], end, response);
        assert.equal(whole.failure, undefined);
        assert.equal(whole.status, response.status);
        assert.deepEqual(whole.body, Buffer.from(response.body));
        const written = response.fields.map(([name, value]) => `field ${name}: ${latin1ToText(value)}`);
        assert.deepEqual(whole.events.filter((line) => line.startsWith("field ")).slice(-written.length || Infinity), written);
        const trailers = response.trailers.map(([name, value]) => `trailer ${name}: ${latin1ToText(value)}`);
        assert.deepEqual(
          whole.events.filter((line) => line.startsWith("trailer ")),
          trailers,
        );
        assert.equal(whole.events.at(-1), `complete ${response.untilClose ? "close" : "reusable"}`);
        const cut = replay(cutAt(response.bytes, cutsOf(response.bytes.length, places)), end, response);
        assert.deepEqual(cut.events, whole.events);
      }),
      RUNS,
    );
  });

  it("is incomplete when it is cut anywhere before its end", () => {
    fc.assert(
      fc.property(arbitraryResponse, fc.nat(), (response, place) => {
        const bytes = response.bytes.subarray(0, place % response.bytes.length);
        const { failure, events } = replay([bytes], "cut", response);
        assert.equal(failure?.code, "closed-early", events.join("\n"));
      }),
      RUNS,
    );
  });
});

function edited(bytes: Uint8Array, changes: readonly (readonly [string, number, number])[]): Uint8Array {
  const octets = [...bytes];
  for (const [kind, place, byte] of changes)
    octets.splice(place % (octets.length + 1), kind === "insert" ? 0 : 1, ...(kind === "remove" ? [] : [byte]));
  return Uint8Array.from(octets);
}

describe("Bytes that may be anything", () => {
  /** Octets that mean something to a reader are more likely than others. */
  const octet = fc.oneof(fc.constantFrom(...Buffer.from('\r\n\t :;,=0f1"\\\0\x7f')), fc.integer({ min: 0, max: 255 }));
  const edits = fc.array(fc.tuple(fc.constantFrom("replace", "insert", "remove"), fc.nat(), octet), { minLength: 1, maxLength: 4 });

  it("lead to an HttpFailure at most, to no event behind the last, and to the same however they are cut", () => {
    fc.assert(
      fc.property(arbitraryResponse, edits, numbers, (response, changes, places) => {
        const bytes = edited(response.bytes, changes);
        const whole = replay([bytes], "end", response);
        assert.deepEqual(replay(cutAt(bytes, cutsOf(bytes.length, places)), "end", response).events, whole.events);
      }),
      { ...RUNS, numRuns: 600 },
    );
  });

  it("never cost more than the limit of the message", () => {
    fc.assert(
      fc.property(arbitraryResponse, fc.nat(200), fc.boolean(), (response, maxMessageSize, lenient) => {
        const { body, failure } = replay([response.bytes], "end", { method: response.method, lenient, limits: { maxMessageSize } });
        assert.ok(body.length <= maxMessageSize);
        if (failure) assert.equal(failure.code, "response-too-large");
      }),
      RUNS,
    );
  });
});

describe("Growing bytes", () => {
  it("hold what was appended, and never more than their maximum", () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.nat(100), fc.nat(150), pieces, (capacity, maximum, appended) => {
        const bytes = new GrowingBytes(capacity, maximum);
        let expected = Buffer.alloc(0);
        for (const piece of appended) {
          const more = Buffer.concat([expected, piece]);
          if (more.length > maximum) assert.throws(() => bytes.append(piece), RangeError);
          else {
            bytes.append(piece);
            expected = more;
          }
          assert.equal(bytes.length, expected.length);
          assert.deepEqual(Buffer.from(bytes.view), expected);
          assert.ok(bytes.view.buffer.byteLength <= maximum, "more memory than the maximum");
        }
        const alone = bytes.toBytes();
        assert.deepEqual(Buffer.from(alone), expected);
        assert.equal(alone.buffer.byteLength, expected.length, "nothing lies behind the bytes");
      }),
      RUNS,
    );
  });
});

describe("Every text", () => {
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.webUrl({ withFragments: true, withQueryParameters: true }));

  it("is a URL that can go into a request line, or a failure", () => {
    fc.assert(
      fc.property(fc.constantFrom("", "http://", "https://h/", "http://é"), text, (prefix, rest) => {
        try {
          const { target, authority, host, port } = parseHttpUrl(prefix + rest);
          writeRequestHead({ method: "GET", target, fields: [["Host", authority]] });
          assert.match(host, /^[A-Za-z0-9._:-]+$/);
          assert.ok(Number.isInteger(port) && port >= 1 && port <= 65_535);
        } catch (error) {
          assert.ok(error instanceof HttpFailure && error.code === "invalid-url", String(error));
        }
      }),
      RUNS,
    );
  });

  it("is two header lines and an empty one in a request's head, or a failure", () => {
    fc.assert(
      fc.property(text, text, text, (method, name, value) => {
        try {
          const head = writeRequestHead({ method, target: "/", fields: [[name, value]] });
          assert.equal(head.split("\r\n").length, 4);
          assert.doesNotMatch(head.replaceAll("\r\n", ""), /[\r\n\0]/);
        } catch (error) {
          assert.ok(error instanceof HttpFailure, String(error));
        }
      }),
      RUNS,
    );
  });
});
