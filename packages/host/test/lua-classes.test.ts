import assert from "node:assert/strict";
import { test } from "node:test";
import type { LuaClass } from "../src/lua/index.ts";
import type { Bench } from "./fixtures/lua/bench.ts";
import { bench, text as textOf } from "./fixtures/lua/bench.ts";

interface Counter {
  name: string;
  count: number;
}

/** A class whose objects count, and the names of those that Lua has collected. */
function counters(): Bench & { counters: LuaClass<Counter>; collected: string[]; made: Counter[] } {
  const here = bench();
  const collected: string[] = [];
  const made: Counter[] = [];
  const lua: LuaClass<Counter> = here.lua.defineClass<Counter>(
    "test.counter",
    {
      add: (call) => (call.self(lua).count += call.optInteger(2) ?? 1),
      self: (call) => lua.wrap(call.self(lua)),
      equals: (call) => call.self(lua) === call.self(lua, 2),
    },
    (counter) => collected.push(counter.name),
  );
  here.define("counter", (call) => {
    const counter = { name: call.string(1), count: 0 };
    made.push(counter);
    return lua.wrap(counter);
  });
  here.define("get", (call) => {
    const counter = made[call.integer(1)];
    return counter === undefined ? undefined : lua.wrap(counter);
  });
  return { ...here, counters: lua, collected, made };
}

test("methods find their object, and keep its state between calls", () => {
  const { evaluate } = counters();
  assert.deepEqual(evaluate("local a, b = counter('a'), counter('b') a:add() a:add(5) b:add() return a:add(0), b:add(0), type(a)"), [
    6,
    1,
    "userdata",
  ]);
});

test("one object is one userdata for as long as Lua holds it", () => {
  const { evaluate } = counters();
  assert.deepEqual(
    evaluate(
      "local a = counter('a') local t = { [a] = 1 } collectgarbage() return a == get(0), a == a:self(), t[get(0)], a:equals(get(0))",
    ),
    [true, true, 1, true],
  );
});

test("what Lua drops is collected, and the host is told once", () => {
  const { run, collected } = counters();
  run("local a, b = counter('a'), counter('b') a = nil collectgarbage() collectgarbage()");
  assert.deepEqual(collected, ["a"]);
  run("collectgarbage() collectgarbage()");
  assert.deepEqual(collected, ["a", "b"]);
});

test("a thousand dropped objects are a thousand collected ones, and cost nothing more", () => {
  const { lua, run, collected } = counters();
  run("for i = 1, 1000 do counter('c') end collectgarbage() collectgarbage()");
  assert.equal(collected.length, 1000);
  const before = lua.heap.used;
  for (let round = 0; round < 20; round++) run("for i = 1, 1000 do counter('c') end collectgarbage() collectgarbage()");
  assert.equal(collected.length, 21_000);
  assert.ok(lua.heap.used < before + 16_384, `${lua.heap.used - before} bytes more`);
});

test("a reference that the host keeps holds the userdata until its release", () => {
  const { lua, run, evaluate, counters: counter, collected } = counters();
  const object = { name: "held", count: 7 };
  const held = counter.wrap(object);
  run("collectgarbage() collectgarbage()");
  assert.deepEqual(collected, []);
  lua.setGlobal("x", held);
  assert.deepEqual(evaluate("local n = x:add() x = nil collectgarbage() collectgarbage() return n"), [8]);
  assert.deepEqual(collected, []);
  held.release();
  run("collectgarbage() collectgarbage()");
  assert.deepEqual(collected, ["held"]);
});

test("a kept reference can be passed to callbacks again and again and still holds", () => {
  const { lua, run, compile, counters: counter, collected } = counters();
  const held = counter.wrap({ name: "held", count: 0 });
  run("collectgarbage()");
  const add = compile("return (...):add()");
  assert.deepEqual([lua.call(add, held), lua.call(add, held)], [[1], [2]]);
  run("collectgarbage() collectgarbage()");
  assert.deepEqual(collected, []);
  held.release();
  assert.throws(() => lua.call(add, held), /a reference to a Lua userdata was used after its release/);
});

test("a reference made only to be passed to a callback holds nothing", () => {
  const { lua, run, compile, counters: counter, collected } = counters();
  const add = compile("return (...):add()");
  const object = { name: "passed", count: 0 };
  assert.deepEqual(lua.call(add, counter.wrap(object)), [1]);
  assert.deepEqual(lua.call(add, counter.wrap(object)), [2]);
  run("collectgarbage() collectgarbage()");
  assert.deepEqual(collected, ["passed"]);
});

test("an object can get a userdata again after Lua has collected the first", () => {
  const { run, evaluate, collected } = counters();
  run("counter('a'):add() collectgarbage() collectgarbage()");
  assert.deepEqual(collected, ["a"]);
  assert.deepEqual(evaluate("return get(0):add()"), [2]);
  run("collectgarbage() collectgarbage()");
  assert.deepEqual(collected, ["a", "a"]);
});

test("self checks the class, with Lua's own messages", () => {
  const { lua, evaluate, define } = counters();
  const other: LuaClass<object> = lua.defineClass("test.other", {});
  define("other", () => other.wrap({}));
  const message = (source: string): unknown => evaluate(`return select(2, pcall(function() local c = counter('c') ${source} end))`)[0];
  assert.equal(message("c.add()"), "test.lua:1: bad argument #1 to 'add' (test.counter expected, got no value)");
  assert.equal(message("c.add({})"), "test.lua:1: bad argument #1 to 'add' (test.counter expected, got table)");
  assert.equal(message("c.add(other())"), "test.lua:1: bad argument #1 to 'add' (test.counter expected, got userdata)");
  assert.equal(message("c:equals(5)"), "test.lua:1: bad argument #1 to 'equals' (test.counter expected, got number)");
  assert.equal(message("local o = { add = c.add } o:add()"), "test.lua:1: calling 'add' on bad self (test.counter expected, got table)");
  assert.equal(message("c:missing()"), "test.lua:1: attempt to call method 'missing' (a nil value)");
});

test("a userdata tells its class and its address, and its metatable is locked", () => {
  const { evaluate } = counters();
  const [text, metatable, ok] = evaluate("local c = counter('c') return tostring(c), getmetatable(c), pcall(setmetatable, c, {})");
  assert.match(textOf(text), /^test\.counter: 0x[0-9a-f]{8}$/);
  assert.equal(metatable, "test.counter");
  assert.equal(ok, false);
});

test("closing the engine collects every userdata that is left", () => {
  const { lua, run, collected } = counters();
  run("a, b = counter('a'), counter('b')");
  lua.close();
  assert.deepEqual(collected.toSorted(), ["a", "b"]);
  assert.equal(lua.heap.used, 0);
});

test("an error in onCollect is a defect of the host, whoever made Lua collect", () => {
  const { lua, run, define } = bench();
  const fragile: LuaClass<object> = lua.defineClass("test.fragile", {}, () => {
    throw new Error("cannot let go");
  });
  define("fragile", () => fragile.wrap({}));
  assert.throws(() => run("fragile() pcall(collectgarbage) pcall(collectgarbage)"), { name: "HostFault", message: /cannot let go/ });
});

test("closing after a defect of the host tells of every userdata too", () => {
  const { lua, run, collected, define } = counters();
  define("broken", () => {
    throw new TypeError("broken");
  });
  assert.throws(() => run("a = counter('a') broken()"));
  lua.close();
  assert.deepEqual(collected, ["a"]);
});

test("an object that is wrapped while its old userdata waits for its end is not reported as collected", () => {
  const { lua, run, define, counters: counter, collected } = counters();
  const phoenix = { name: "phoenix", count: 0 };
  const watcher: LuaClass<object> = lua.defineClass("test.watcher", {}, () => lua.setGlobal("saved", counter.wrap(phoenix)));
  define("phoenix", () => counter.wrap(phoenix));
  define("watcher", () => watcher.wrap({}));
  // userdata are finalized in the reverse order of their making: the watcher comes first, and finds the weak table empty already
  run("local p, w = phoenix(), watcher() p, w = nil, nil collectgarbage()");
  assert.deepEqual(collected, []);
  run("assert(saved:add() == 1)");
});
