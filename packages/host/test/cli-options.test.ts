import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UsageError, nearest, parseArguments } from "../src/cli/index.ts";

const TABLE = { heap: { value: "BYTES", help: "" }, "connect-to": { value: "A:P:B:Q", help: "" }, insecure: { help: "" } };

function refuse(): never {
  throw new RangeError("too small");
}

describe("arguments of a command", () => {
  test("are options and words in any order", () => {
    const parsed = parseArguments(["a.lua", "--heap", "1k", "--insecure", "b.lua", "--connect-to=x", "--connect-to", "y"], TABLE);
    assert.deepEqual(parsed.words, ["a.lua", "b.lua"]);
    assert.deepEqual(parsed.all("connect-to"), ["x", "y"]);
    assert.equal(parsed.has("insecure"), true);
    assert.equal(parsed.read("heap", String), "1k");
  });

  test("are words after --, whatever they look like", () => {
    assert.deepEqual(parseArguments(["--insecure", "--", "--heap", "-x"], TABLE).words, ["--heap", "-x"]);
  });

  test("of an option may hold = signs and start with a hyphen when written with =", () => {
    const parsed = parseArguments(["--heap=--a=b"], TABLE);
    assert.equal(parsed.read("heap", String), "--a=b");
  });

  const wrong: [string[], RegExp][] = [
    [["--insecur"], /no option --insecur; did you mean --insecure\?/],
    [["--connectto", "x"], /did you mean --connect-to\?/],
    [["--con"], /did you mean --connect-to\?/],
    [["--frobnicate"], /no option --frobnicate$/],
    [["-q"], /no option -q/],
    [["--constructor"], /no option --constructor$/],
    [["--heap"], /--heap needs a value: --heap BYTES/],
    [["--heap", "--insecure"], /--heap needs a value/],
    [["--insecure=yes"], /--insecure takes no value/],
  ];
  for (const [args, message] of wrong) {
    test(`refuse ${args.join(" ")}`, () => assert.throws(() => parseArguments(args, TABLE), { name: "UsageError", message }));
  }

  test("name the option whose value is wrong", () => {
    const parsed = parseArguments(["--heap", "1"], TABLE);
    assert.throws(() => parsed.read("heap", refuse), new UsageError("--heap 1: too small"));
  });
});

describe("the nearest name", () => {
  test("is one with few edits or a longer one that begins alike", () => {
    assert.equal(nearest("hepa", ["heap", "httpbin"]), "heap");
    assert.equal(nearest("htt", ["heap", "httpbin"]), "httpbin");
    assert.equal(nearest("zzzzz", ["heap", "httpbin"]), undefined);
    assert.equal(nearest("x", []), undefined);
  });
});
