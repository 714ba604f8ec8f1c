import assert from "node:assert/strict";
import { test } from "node:test";
import { verified } from "../src/lua/wasm-file.ts";
import { LuaError, LuaStop, WatchdogError } from "../src/lua/index.ts";
import { bench, thrownBy } from "./fixtures/lua/bench.ts";

test("the wasm file is taken only with the expected hash", () => {
  const bytes = Buffer.from("abc");
  const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, appendix B.1
  assert.equal(verified(bytes, sha256), bytes);
  assert.throws(
    () => verified(Buffer.from("abd"), sha256),
    new RegExp(`liblua5\\.1\\.wasm is not the file.*instead of ${sha256}.*install wasmoon-lua5\\.1`),
  );
});

test("engines do not see each other", () => {
  const [one, two] = [bench(), bench()];
  one.run("x = 1");
  assert.deepEqual(two.evaluate("return x"), [undefined]);
  assert.throws(() => two.lua.call(one.compile("return 1")), /of another engine/);
});

test("closing frees everything, twice is as good as once, and later calls say that it is closed", () => {
  const { lua, run, compile } = bench();
  const fn = compile("return 1");
  lua.close();
  lua.close();
  assert.equal(lua.heap.used, 0);
  assert.throws(() => run("x = 1"), /the Lua engine has ended: it was closed/);
  assert.throws(() => lua.call(fn), /it was closed/);
  fn.release();
  assert.equal(lua.where(), undefined);
});

test("closing from inside a host function ends the run and frees the state when Lua is left", () => {
  const { lua, run, define, printed } = bench();
  define("close", () => lua.close());
  const error = thrownBy(() => run("pcall(close) print('after')"));
  assert.ok(error instanceof LuaStop);
  assert.deepEqual(printed, []);
  assert.equal(lua.heap.used, 0);
  assert.throws(() => run("x = 1"), /it was closed/);
});

test("a closed engine is closed also after the watchdog", () => {
  let time = 0;
  const { lua, run } = bench({ watchdog: 10, now: () => time++ });
  assert.throws(() => run("big = {} while true do big[#big + 1] = {} if #big > 100 then big = {} end end"), WatchdogError);
  lua.close();
  assert.equal(lua.heap.used, 0);
});

test("an error leaves the engine usable, a thousand times", () => {
  const { lua, run, evaluate } = bench({ heap: 256 * 1024 });
  for (let i = 0; i < 1000; i++) assert.throws(() => run("local t t.x = 1"), LuaError);
  run("collectgarbage()");
  assert.ok(lua.heap.used < 64 * 1024);
  assert.deepEqual(evaluate("return 1"), [1]);
});

test("many engines can be open at once", () => {
  const engines = Array.from({ length: 20 }, () => bench());
  engines.forEach((engine, i) => engine.run(`n = ${i}`));
  assert.deepEqual(
    engines.map((engine) => engine.evaluate("return n")[0]),
    engines.map((_, i) => i),
  );
  for (const { lua } of engines) lua.close();
});
