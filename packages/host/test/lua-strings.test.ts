import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { assert as check, property, uint8Array } from "fast-check";
import { byteString, utf8 } from "../src/lua/index.ts";
import { bench } from "./fixtures/lua/bench.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);

test("every byte value comes through Lua unchanged, as Uint8Array and as byte string", () => {
  const { lua, compile } = bench();
  const echo = compile("return ...");
  const expected = byteString(everyByte);
  assert.deepEqual(lua.call(echo, everyByte), [expected]);
  assert.deepEqual(lua.call(echo, expected), [expected]);
});

test("Lua sees each byte of a host string as one character", () => {
  const { lua, compile } = bench();
  const sum = compile("local s, n = ..., 0 for i = 1, #s do assert(s:byte(i) == i - 1) n = n + 1 end return n, #s");
  assert.deepEqual(lua.call(sum, everyByte), [256, 256]);
});

test("random buffers of up to 1 MiB survive concatenation, cutting and a host function", () => {
  const { lua, compile, define } = bench();
  define("echo", (call) => call.string(1));
  const through = compile("local s = ... s = echo(s .. 'tail') return s:sub(1, -5)");
  for (const size of [0, 1, 255, 16 * 1024 - 4, 16 * 1024, 16 * 1024 + 1, 100_000, 1024 * 1024]) {
    const bytes = randomBytes(size);
    assert.equal(lua.call(through, bytes)[0] === byteString(bytes), true, `${size} bytes differ`);
  }
});

test("any bytes come back as they went", () => {
  const { lua, compile } = bench();
  const reverse = compile("return (...):reverse():reverse()");
  check(
    property(uint8Array({ maxLength: 300 }), (bytes) => {
      assert.deepEqual(lua.call(reverse, bytes), [byteString(bytes)]);
    }),
    { numRuns: 200 },
  );
});

test("a view into a larger buffer is taken with its own bounds", () => {
  const { lua, compile } = bench();
  assert.deepEqual(lua.call(compile("return ..."), Buffer.from("abcdef").subarray(2, 4)), ["cd"]);
});

test("a character above U+00FF is a mistake of the host, and the engine goes on", () => {
  const { lua, compile } = bench();
  const echo = compile("return ...");
  assert.throws(() => lua.call(echo, "ab\u20ac"), { name: "TypeError", message: /bytes.*U\+20AC at 2.*utf8\(\)/ });
  assert.throws(() => lua.setGlobal("x", "\u0100"), TypeError);
  assert.deepEqual(lua.call(echo, utf8("ab\u20ac")), ["ab\u00e2\u0082\u00ac"]);
});

test("NUL is a character like any other, in values and in keys", () => {
  const { lua, compile } = bench();
  const lookup = compile("local t = ... return t['a\\0b'], #next(t)");
  assert.deepEqual(lua.call(lookup, new Map([["a\0b", "v\0w"]])), ["v\0w", 3]);
});

test("numbers keep all 53 bits, the signs of zero and the infinities", () => {
  const { lua, compile } = bench();
  const echo = compile("return ...");
  const numbers = [0, -0, 1.5, 2 ** 53 - 1, -(2 ** 53), Number.MAX_VALUE, Number.MIN_VALUE, Infinity, -Infinity];
  assert.deepEqual(lua.call(echo, ...numbers), numbers);
  assert.equal(Number.isNaN(lua.call(echo, Number.NaN)[0]), true);
});

test("a heap of many megabytes makes the wasm memory grow, and every byte stays in its place", () => {
  const { lua, compile, define } = bench({ heap: 256 * 1024 * 1024 });
  define("echo", (call) => call.string(1));
  const bytes = randomBytes(12 * 1024 * 1024);
  const through = compile("local s = ... local twice = s .. echo(s) return twice:sub(-#s)");
  assert.equal(lua.call(through, bytes)[0] === byteString(bytes), true);
  assert.ok(lua.heap.peak > 36 * 1024 * 1024);
});
