import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bench } from "./fixtures/lua/bench.ts";

const folder = new URL("fixtures/lua/", import.meta.url);
const expected = readFileSync(new URL("dialect.expected", folder), "latin1");
const hasReference = spawnSync("lua5.1", ["-v"]).status === 0;

test("the dialect is Lua 5.1, line by line", () => {
  const { lua, printed } = bench();
  lua.run(readFileSync(new URL("dialect.lua", folder)), "dialect.lua");
  assert.deepEqual(printed.join("").split("\n"), expected.split("\n"));
});

test("what is expected is what the reference interpreter prints", { skip: hasReference ? false : "lua5.1 is not installed" }, () => {
  const { stdout, status } = spawnSync("lua5.1", ["dialect.lua"], { cwd: folder, encoding: "latin1" });
  assert.equal(status, 0);
  assert.deepEqual(stdout.split("\n"), expected.split("\n"));
});
