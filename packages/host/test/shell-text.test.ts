import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Console, parseCount, parseHeader, parseProxy, parseResolve, parseSize, parseUser } from "../src/cli/index.ts";
import { dataSource, ProgressBar, progressText, sizeText, timeText, waterfall } from "../src/cli/index.ts";
import { recordingIo } from "./helpers/recording-io.ts";

describe("values of the shell's options", () => {
  test("sizes are bytes, with k, M and G for 1024ths", () => {
    assert.deepEqual(["1", "64k", "10M", "2g"].map(parseSize), [1, 65_536, 10_485_760, 2_147_483_648]);
    for (const wrong of ["0", "-1", "1.5M", "1T", "", "k"]) assert.throws(() => parseSize(wrong), RangeError, wrong);
  });

  test("counts are whole numbers from 0", () => {
    assert.deepEqual(["0", "12"].map(parseCount), [0, 12]);
    for (const wrong of ["-1", "1.5", "", "x"]) assert.throws(() => parseCount(wrong), RangeError, wrong);
  });

  test("--resolve takes a name, a port and an address", () => {
    assert.deepEqual(parseResolve("Example.com:443:127.0.0.1"), ["example.com:443", "127.0.0.1:443"]);
    assert.deepEqual(parseResolve("example.com:80:[::1]"), ["example.com:80", "[::1]:80"]);
    assert.deepEqual(parseResolve("example.com:80:::1"), ["example.com:80", "[::1]:80"]);
    for (const wrong of ["example.com", "a:80:name", "a:0:127.0.0.1", "a:x:127.0.0.1", "*:80:127.0.0.1", "a:80:127.0.0.1,127.0.0.2", ""])
      assert.throws(() => parseResolve(wrong), RangeError, wrong);
  });

  test("headers are a name and a value, which may be empty", () => {
    assert.deepEqual(parseHeader("Accept: text/html"), ["Accept", "text/html"]);
    assert.deepEqual(parseHeader("X-Time:12:30"), ["X-Time", "12:30"]);
    assert.deepEqual(parseHeader("X-Empty;"), ["X-Empty", ""]);
    assert.deepEqual(parseHeader("X-Empty:"), ["X-Empty", ""]);
    for (const wrong of ["Accept", ": x", "a b: c", "a;b", ""]) assert.throws(() => parseHeader(wrong), RangeError, wrong);
  });

  test("a user ends at the first colon", () => {
    assert.deepEqual(parseUser("ada:pass:word"), { username: "ada", password: "pass:word" });
    assert.throws(() => parseUser("ada"), RangeError);
  });

  test("a proxy is a URL, by itself that of an HTTP proxy, or the environment's", () => {
    assert.equal(parseProxy("socks5://127.0.0.1:1080"), "socks5://127.0.0.1:1080");
    assert.equal(parseProxy("127.0.0.1:3128"), "http://127.0.0.1:3128");
    assert.equal(parseProxy("environment"), "environment");
    for (const wrong of ["ftp://a:1", "http://", "a b"]) assert.throws(() => parseProxy(wrong), RangeError, wrong);
  });

  test("data is a text, a file behind @, or stdin", () => {
    assert.deepEqual(["a=1", "@a.bin", "-", "@-", ""].map(dataSource), [
      { text: "a=1" },
      { file: "a.bin" },
      { stdin: true },
      { stdin: true },
      { text: "" },
    ]);
  });
});

describe("the waterfall of --timing", () => {
  test("begins each phase where the one before ended, and ends with the total", () => {
    const text = waterfall({ dns: 10, connect: 10, wait: 20, total: 40 }, { color: false });
    assert.equal(
      text,
      [
        `dns          10.0 ms  ${"█".repeat(10)}`,
        `connect      10.0 ms  ${" ".repeat(10)}${"█".repeat(10)}`,
        `wait         20.0 ms  ${" ".repeat(20)}${"█".repeat(20)}`,
        `total        40.0 ms  ${"█".repeat(40)}\n`,
      ].join("\n"),
    );
  });

  test("shows the shortest phase too, within its width", () => {
    const lines = waterfall({ send: 100, receive: 0, total: 100 }, { color: false }).split("\n");
    assert.equal(lines[1], `receive       0.0 ms  ${" ".repeat(39)}█`);
    assert.match(waterfall({ total: 0 }, { color: false }), /^total +0\.0 ms {2}█\n$/);
  });

  test("is coloured when asked for", () => {
    assert.match(waterfall({ total: 1 }, { color: true }), /\u001b\[36m█+\u001b\[0m\n$/);
  });
});

describe("the progress bar", () => {
  test("says how much, how fast and how long the rest takes", () => {
    const text = progressText({ direction: "download", transferred: 524_288, total: 2_097_152 }, 2000);
    assert.equal(text, `download  25% ${"━".repeat(6)}${"─".repeat(18)} 512.0 KiB of 2.0 MiB  256.0 KiB/s  0:06 left`);
  });

  test("says what it knows when the length is unknown", () => {
    assert.equal(progressText({ direction: "upload", transferred: 2048, total: undefined }, 1000), "upload 2.0 KiB  2.0 KiB/s");
  });

  test("has units for sizes and times", () => {
    assert.deepEqual([0, 1023, 1024, 1_048_576, 5e12].map(sizeText), ["0 B", "1023 B", "1.0 KiB", "1.0 MiB", "4.5 TiB"]);
    assert.deepEqual([0, 59_000, 61_000, 3_661_000].map(timeText), ["0:00", "0:59", "1:01", "1:01:01"]);
  });

  const half = { direction: "download", transferred: 50, total: 100 } as const;

  test("is shown on a terminal, after a moment, and not more often than one can see", () => {
    const io = recordingIo({ cwd: "/", terminal: true, columns: 200 });
    let now = 0;
    const bar = new ProgressBar(new Console(io), () => now);
    for (now of [500, 999, 1000, 1050, 1099, 1100]) bar.update(half);
    assert.equal(io.err().split("\r").length - 1, 2);
    assert.match(io.err(), /download {2}50%/);
  });

  test("is not shown without a terminal", () => {
    const io = recordingIo({ cwd: "/" });
    let now = 0;
    const bar = new ProgressBar(new Console(io), () => now);
    now = 5000;
    bar.update(half);
    assert.equal(io.err(), "");
  });
});
