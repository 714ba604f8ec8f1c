import assert from "node:assert/strict";
import { test } from "node:test";
import type { LuaInput, LuaRef, LuaTable, Place } from "../src/lua/index.ts";
import { HostFault, LuaError } from "../src/lua/index.ts";
import { bench, reference, table, thrownBy } from "./fixtures/lua/bench.ts";

test("a callback is kept until its release, however often Lua collects", () => {
  const { lua, run, define } = bench();
  let kept: LuaRef | undefined;
  define("on", (call) => {
    kept = call.callback(2);
  });
  run("do local n = 0 on('tick', function(by) n = n + by return n end) end collectgarbage()");
  assert.ok(kept);
  assert.deepEqual(lua.call(kept, 2), [2]);
  run("collectgarbage()");
  assert.deepEqual(lua.call(kept, 3), [5]);
  kept.release();
  kept.release();
  const released = kept;
  assert.throws(() => lua.call(released), { name: "TypeError", message: "a reference to a Lua function was used after its release" });
});

test("a released callback no longer costs anything", () => {
  const { lua, run, define } = bench();
  const kept: LuaRef[] = [];
  define("on", (call) => {
    kept.push(call.callback(1));
  });
  run("for i = 1, 50 do on(function() end) end collectgarbage()"); // the registry has its size now
  for (const ref of kept.splice(0)) ref.release();
  run("collectgarbage()");
  const before = lua.heap.used;
  run("for i = 1, 50 do local big = ('x'):rep(1000) .. i on(function() return big end) end collectgarbage()");
  assert.ok(lua.heap.used > before + 50_000);
  for (const ref of kept) ref.release();
  run("collectgarbage()");
  assert.ok(lua.heap.used < before + 1000, `${lua.heap.used - before} bytes more`);
});

test("call gives all results, and passes nil, arrays and maps as Lua has them", () => {
  const { lua, compile } = bench();
  assert.deepEqual(lua.call(compile("return 1, nil, 'x', true, nil")), [1, undefined, "x", true, undefined]);
  assert.deepEqual(lua.call(compile("return")), []);
  const describe = compile("local a, t, m = ... return select('#', ...), a, #t, t[1], t[2][1], m.k, m[7]");
  assert.deepEqual(
    lua.call(
      describe,
      null,
      ["one", ["deep"]],
      new Map<string | number, string>([
        ["k", "v"],
        [7, "seven"],
      ]),
    ),
    [3, undefined, 2, "one", "deep", "v", "seven"],
  );
});

test("calling what is no function is Lua's own error", () => {
  const { lua, evaluate } = bench();
  const [value] = evaluate("return {}");
  const error = thrownBy(() => lua.call(reference(value)));
  assert.ok(error instanceof LuaError);
  assert.equal(error.message, "attempt to call a table value");
});

test("tables are read raw, in the order of next, with their own length", () => {
  const { evaluate, lua } = bench();
  const [value] = evaluate(
    "return setmetatable({ 'a', 'b', x = 1, [2.5] = true, [true] = 'bool' }, { __index = function() error('read') end })",
  );
  const t = table(value);
  assert.equal(t.type, "table");
  assert.equal(t.length, 2);
  assert.equal(t.get(1), "a");
  assert.equal(t.get("x"), 1);
  assert.equal(t.get("absent"), undefined);
  assert.equal(t.get(2.5), true);
  const entries = t.entries();
  assert.deepEqual(entries.slice(0, 2), [
    [1, "a"],
    [2, "b"],
  ]);
  assert.deepEqual(new Map(entries).get(true), "bool");
  assert.equal(entries.length, 5);
  lua.close();
});

test("numeric keys are not turned into strings by reading them", () => {
  const { evaluate } = bench();
  const [value] = evaluate("return { [10] = 'ten', ['10'] = 'string ten' }");
  assert.deepEqual(
    new Map(table(value).entries()),
    new Map<unknown, unknown>([
      [10, "ten"],
      ["10", "string ten"],
    ]),
  );
});

test("tables inside an argument can be read while the host function runs, and not after", () => {
  const { run, define } = bench();
  let inner: LuaTable | undefined;
  define("f", (call) => {
    inner = table(call.table(1).get("inner"));
    return inner.get("deep");
  });
  run("assert(f({ inner = { deep = 7 } }) == 7)");
  assert.throws(() => inner?.get("deep"), /a reference to a Lua table was used after its release/);
});

test("reading large nested tables leaves nothing behind in Lua", () => {
  const { lua, run, define } = bench();
  const sum = (tree: LuaTable): number =>
    tree.entries().reduce((total, [, value]) => total + (typeof value === "number" ? value : sum(table(value))), 0);
  define("sum", (call) => sum(call.table(1)));
  run("function tree(n) if n == 0 then return 1 end return { tree(n - 1), tree(n - 1) } end assert(sum(tree(8)) == 256) collectgarbage()");
  const before = lua.heap.used;
  run("assert(sum(tree(8)) == 256) collectgarbage()");
  assert.ok(lua.heap.used <= before, `${lua.heap.used - before} bytes more`);
});

test("a reference can be given back to Lua: it is the same value", () => {
  const { lua, run, define, evaluate } = bench();
  define("same", (call) => call.value(1));
  run("local t = {} assert(same(t) == t) local f = function() end assert(same(f) == f)");
  const [value, check] = evaluate("local t = {} return t, function(x) return x == t end");
  assert.deepEqual(lua.call(reference(check), value), [true]);
});

test("a host function inside a host function inside a coroutine calls Lua on the right thread", () => {
  const { lua, evaluate, define } = bench();
  define("apply", (call) => lua.call(call.callback(1), call.value(2)));
  const source = `local out = {}
    local co = coroutine.wrap(function()
      for i = 1, 3 do out[#out + 1] = apply(function(n) return apply(function(m) return m * 2 end, n) + 1 end, i) coroutine.yield() end
    end)
    co() co() co()
    return unpack(out)`;
  assert.deepEqual(evaluate(source), [3, 5, 7]);
});

test("yielding across a host function is Lua's own error", () => {
  const { lua, evaluate, define } = bench();
  define("apply", (call) => lua.call(call.callback(1)));
  assert.deepEqual(evaluate("return coroutine.wrap(function() return pcall(apply, coroutine.yield) end)()"), [
    false,
    "attempt to yield across metamethod/C-call boundary",
  ]);
});

test("where is the nearest line of Lua while a host function runs, and nothing outside", () => {
  const { lua, run, define } = bench();
  const places: (Place | undefined)[] = [];
  define("here", () => {
    places.push(lua.where());
  });
  run("here()\nlocal function f()\n  here()\nend f()\ncoroutine.wrap(function()\n  here()\n  return here()\nend)()\npcall(here)", "w.lua");
  const lines = places.map((place) => place?.line);
  assert.deepEqual(lines, [1, 3, 6, 7, 9]);
  assert.deepEqual(places[0], { file: "w.lua", line: 1 });
  assert.equal(lua.where(), undefined);
});

test("sentinels equal only themselves, also after a way through Lua", () => {
  const { lua, evaluate } = bench();
  const nothing = lua.sentinel("sjson.NULL");
  assert.equal(lua.sentinel("sjson.NULL"), nothing);
  assert.notEqual(lua.sentinel("cjson.null"), nothing);
  lua.setGlobal("NULL", nothing);
  lua.setGlobal("other", lua.sentinel("cjson.null"));
  assert.deepEqual(evaluate("return NULL, NULL == NULL, NULL == other, NULL == nil, type(NULL)"), [
    nothing,
    true,
    false,
    false,
    "userdata",
  ]);
});

test("the same host function is the same registered function at each push", () => {
  const { lua, run, define } = bench();
  let calls = 0;
  const fn = (): void => {
    calls++;
  };
  lua.setGlobal("a", fn);
  lua.setGlobal("b", [fn, fn]);
  run("a() b[1]() b[2]()");
  assert.equal(calls, 3);
  define("c", fn);
});

/** What only a program without types gives. */
const invalid: LuaInput = JSON.parse("{}");

test("a mistake in what the host gives to a call leaves the engine in order", () => {
  const { lua, compile, evaluate, define, run } = bench();
  const fn = compile("return ...");
  assert.throws(() => lua.call(fn, invalid), TypeError);
  assert.deepEqual(evaluate("return 5"), [5]);
  define("inside", () => lua.call(fn, invalid));
  assert.ok(thrownBy(() => run("inside()")) instanceof HostFault);
});

test("very deep structures of the host are a Lua error, not a crash", () => {
  const { lua, compile, evaluate } = bench();
  const fn = compile("return ...");
  let nested: LuaInput = [];
  for (let i = 0; i < 5000; i++) nested = [nested];
  assert.throws(() => lua.call(fn, nested), /stack overflow/);
  assert.deepEqual(evaluate("return 5"), [5]);
});
