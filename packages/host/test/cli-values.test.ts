import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConnectTo, parseDuration, parseHeap, parsePort } from "../src/cli/index.ts";

describe("a duration", () => {
  const durations: [string, number][] = [
    ["500ms", 500],
    ["3s", 3000],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["7", 7000],
    ["0.5", 500],
    ["1.5s", 1500],
  ];
  for (const [text, ms] of durations) test(`${text} is ${ms} ms`, () => assert.equal(parseDuration(text), ms));

  for (const text of ["0", "0s", "-1s", "NaN", "", "3 s", "3d", "s", "1e3", "Infinity", "25000h"]) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseDuration(text), RangeError));
  }
});

describe("a heap size", () => {
  const sizes: [string, number][] = [
    ["65536", 65_536],
    ["64k", 65_536],
    ["64K", 65_536],
    ["1M", 1_048_576],
  ];
  for (const [text, bytes] of sizes) test(`${text} is ${bytes} bytes`, () => assert.equal(parseHeap(text), bytes));

  for (const text of ["", "0", "1k", "64kb", "-64k", "1.5M", "2000M", "lots"]) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseHeap(text), RangeError));
  }
});

describe("a port", () => {
  test("is a number up to 65535, or 0", () => assert.deepEqual(["0", "80", "65535"].map(parsePort), [0, 80, 65_535]));
  for (const text of ["", "65536", "-1", "http", "1.5"]) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parsePort(text), RangeError));
  }
});

describe("--connect-to", () => {
  const entries: [string, string, string][] = [
    ["httpbin.org:80:127.0.0.1:8080", "httpbin.org:80", "127.0.0.1:8080"],
    ["HttpBin.org:443:localhost:8443", "httpbin.org:443", "localhost:8443"],
    ["a:80:[::1]:8080", "a:80", "[::1]:8080"],
    ["[2001:DB8::1]:80:b:81", "[2001:db8::1]:80", "b:81"],
    ["a:80::8080", "a:80", "a:8080"],
    ["a:80:b:", "a:80", "b:80"],
  ];
  for (const [text, from, to] of entries)
    test(`${text} leads from ${from} to ${to}`, () => assert.deepEqual(parseConnectTo(text), [from, to]));

  test("refuses an empty HOST1 or PORT1, which would stand for every one", () => {
    assert.throws(() => parseConnectTo(":80:b:81"), /HOST1 and PORT1 must be given/);
    assert.throws(() => parseConnectTo("a::b:81"), /HOST1 and PORT1 must be given/);
  });

  for (const text of ["", "a:80", "a:80:b", "a:80:b:81:c", "::1:80:b:81", "a:99999:b:81", "a:80:b:0"]) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseConnectTo(text), RangeError));
  }
});
