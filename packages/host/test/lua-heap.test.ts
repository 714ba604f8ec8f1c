import assert from "node:assert/strict";
import { test } from "node:test";
import type { LuaClass } from "../src/lua/index.ts";
import { LuaError } from "../src/lua/index.ts";
import { bench, thrownBy } from "./fixtures/lua/bench.ts";

const HEAP = 64 * 1024;

const leaks: Record<string, string> = {
  "tables in a table": "local t = {} while true do t[#t + 1] = {} end",
  "a table that grows": "local t = {} local i = 0 while true do i = i + 1 t[i] = i end",
  "fields of a table": "local t = {} local i = 0 while true do i = i + 1 t['k' .. i] = true end",
  "a string that doubles": "local s = 'x' while true do s = s .. s end",
  "a string that is built": "local s = '' while true do s = s .. 'some more text' end",
  "one huge string": "local s = ('x'):rep(1e9)",
  "a string of twice the heap": "local s = ('x'):rep(131072)",
  "a buffer of table.concat":
    "local t = {} for i = 1, 500 do t[i] = ('x'):rep(20) end local s = '' while true do s = s .. table.concat(t) end",
  closures: "local t = {} while true do local x = #t t[x + 1] = function() return x end end",
  coroutines: "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end",
  "suspended coroutines": "local t = {} while true do local f = coroutine.wrap(function() coroutine.yield() end) f() t[#t + 1] = f end",
  "deep recursion": "local function f() return 1 + f() end f()",
  "a chunk that is too large": "local f, m = loadstring(('local a = 1 '):rep(100000)) error(m, 0)",
  "results of unpack": "local t = {} for i = 1, 200 do t[i] = i end local all = {} while true do all[#all + 1] = { unpack(t) } end",
  userdata: "local t = {} while true do t[#t + 1] = make() end",
  "strings of the host": "local t = {} while true do t[#t + 1] = text(#t) end",
};

for (const [shape, source] of Object.entries(leaks)) {
  test(`a leak of ${shape} ends in "not enough memory", and the state stays usable`, () => {
    const { lua, run, evaluate, define } = bench({ heap: HEAP });
    const made = lua.defineClass("made", {});
    define("make", () => made.wrap({}));
    define("text", (call) => `${call.number(1)}`.padStart(100, "."));
    const error = thrownBy(() => run(source, "leak.lua"));
    assert.ok(error instanceof LuaError, String(error));
    assert.equal(error.message, "not enough memory");
    assert.equal(error.outOfMemory, true);
    run("collectgarbage()");
    assert.ok(lua.heap.used < HEAP / 2, `${lua.heap.used} bytes are still in use`);
    assert.deepEqual(evaluate("return 1 + 1"), [2]);
  });

  test(`pcall catches the memory error of ${shape}`, () => {
    const { lua, evaluate, define } = bench({ heap: HEAP });
    const made = lua.defineClass("made", {});
    define("make", () => made.wrap({}));
    define("text", (call) => `${call.number(1)}`.padStart(100, "."));
    assert.deepEqual(evaluate(`return pcall(function() ${source} end)`), [false, "not enough memory"]);
  });
}

test("the heap's count is Lua's own, byte for byte", () => {
  const { lua, run, define } = bench({ heap: 1024 * 1024 });
  const differences: number[] = [];
  define("compare", (call) => {
    differences.push(lua.heap.used - call.number(1) * 1024);
  });
  run(`compare(collectgarbage("count"))
    local keep = {}
    for i = 1, 200 do keep[i] = { ("x"):rep(i), function() return i end, coroutine.create(function() end) } compare(collectgarbage("count")) end
    keep = nil collectgarbage() compare(collectgarbage("count"))`);
  assert.equal(differences.length, 202);
  assert.deepEqual(new Set(differences), new Set([0]));
});

test("a loop that makes only garbage runs in a small heap, however much it makes", () => {
  const { lua, evaluate } = bench({ heap: 32 * 1024 });
  const source = "local n = 0 for i = 1, 20000 do local s = tostring(i) .. ('x'):rep(500) n = n + #s end return n > 1e7";
  assert.deepEqual(evaluate(source), [true]);
  assert.ok(lua.heap.used <= lua.heap.limit);
});

test("garbage is collected in an emergency even when the script has slowed its collector down", () => {
  const { evaluate } = bench({ heap: 48 * 1024 });
  const source = "collectgarbage('setpause', 1000) local s for i = 1, 5000 do s = tostring(i) .. ('x'):rep(500) end return #s";
  assert.deepEqual(evaluate(source), [504]);
});

test("a script that catches a memory error can let go of what took the memory, and go on", () => {
  const { lua, evaluate } = bench({ heap: HEAP });
  const source = `local rounds = 0
    for round = 1, 50 do
      local keep = {}
      local ok, message = pcall(function() while true do keep[#keep + 1] = { #keep } end end)
      assert(not ok and message == "not enough memory")
      local note = "round " .. round .. " ended with " .. #keep
      keep = {}
      if #note > 10 then rounds = rounds + 1 end
    end
    return rounds`;
  assert.deepEqual(evaluate(source), [50]);
  assert.ok(lua.heap.peak < HEAP * 1.5, `${lua.heap.peak} bytes at the peak`);
});

test("a script that only catches memory errors, and keeps what it has, does not get more and more", () => {
  const { lua, run } = bench({ heap: HEAP });
  run(
    "local keep, caught = {}, 0 for i = 1, 300 do if not pcall(function() while true do keep[#keep + 1] = {} end end) then caught = i end end assert(caught == 300)",
  );
  assert.ok(lua.heap.peak < HEAP * 2, `${lua.heap.peak} bytes at the peak`);
});

test("limit is the option, free is what is left, and peak is the highest count", () => {
  const { lua, run } = bench({ heap: HEAP });
  const before = lua.heap.used;
  assert.equal(lua.heap.limit, HEAP);
  assert.equal(lua.heap.free, HEAP - before);
  run("local s = ('x'):rep(20000) s = nil collectgarbage()");
  assert.ok(lua.heap.peak >= before + 20_000);
  assert.ok(lua.heap.used < before + 10_000);
});

test("an argument larger than the heap is a Lua error at the function that should have got it", () => {
  const { lua, run, compile, evaluate } = bench({ heap: HEAP });
  const fn = compile("return #...");
  const error = thrownBy(() => lua.call(fn, Buffer.alloc(200_000)));
  assert.ok(error instanceof LuaError);
  assert.equal(error.outOfMemory, true);
  assert.deepEqual(error.place, { file: "test.lua", line: 1 });
  assert.deepEqual(evaluate("return 'alive'"), ["alive"]);
  run("x = 1");
});

test("an argument that fits only without the rest is a memory error inside the function", () => {
  const { lua, compile } = bench({ heap: HEAP });
  const fn = compile("\n local s = ... return #s");
  const error = thrownBy(() => lua.call(fn, Buffer.alloc(60_000)));
  assert.ok(error instanceof LuaError && error.outOfMemory);
  assert.deepEqual(error.place, { file: "test.lua", line: 2 });
});

test("a result of a host function larger than the heap is a memory error that pcall catches", () => {
  const { evaluate, define } = bench({ heap: HEAP });
  define("big", () => Buffer.alloc(100_000));
  assert.deepEqual(evaluate("return pcall(big)"), [false, "not enough memory"]);
});

test("a host function cannot swallow a memory error of its own reading", () => {
  const { evaluate, define } = bench({ heap: HEAP });
  define("careless", (call) => {
    const table = call.table(1);
    try {
      for (;;) table.get("x".repeat(100_000));
    } catch {
      return "swallowed";
    }
  });
  assert.deepEqual(evaluate("return pcall(careless, {})"), [false, "not enough memory"]);
  assert.deepEqual(evaluate("return 1"), [1]);
});

test("the place of a memory error is the line that ran out", () => {
  const { run } = bench({ heap: HEAP });
  const error = thrownBy(() => run("local t = {}\nfor i = 1, 1e9 do\n  t[i] = { i }\nend", "leak.lua"));
  assert.ok(error instanceof LuaError);
  assert.deepEqual(error.place, { file: "leak.lua", line: 3 });
  assert.match(error.traceback, /^stack traceback:\n\tleak\.lua:3: in main chunk$/);
});

test("a heap too small for the libraries is refused with both numbers", () => {
  assert.throws(() => bench({ heap: 4096 }), /4096 bytes is too small: Lua with its libraries takes \d{5}/);
});

test("a computation at the edge of its heap, collecting all the time, gives what it gives with plenty", () => {
  const source = `local t = {} for i = 1, 300 do t[i] = { n = i, s = ("k" .. i):rep(2), f = function() return i end } end
    table.sort(t, function(a, b) return a.s < b.s end)
    local co = coroutine.wrap(function() for i = 1, 50 do coroutine.yield(t[i].f()) end end)
    local sum = 0 for i = 1, 50 do sum = sum + co() * i end
    return sum, (("%d-"):rep(3) % { 1, 2, 3 }):gsub("%d", function(d) return { d .. d } and d .. d end)`;
  const roomy = bench().evaluate(source);
  const attempt = (heap: number): unknown => {
    try {
      return bench({ heap }).evaluate(source);
    } catch (error) {
      return error instanceof LuaError && error.outOfMemory ? "out of memory" : error;
    }
  };
  const results = Array.from({ length: 40 }, (_, i) => attempt(60_000 + i * 3000));
  const firstSuccess = results.findIndex((result) => result !== "out of memory");
  assert.ok(firstSuccess > 0 && firstSuccess < 35, `first success: ${firstSuccess}`);
  for (const result of results.slice(firstSuccess)) assert.deepEqual(result, roomy);
});

test("a storm of allocations and caught errors, in coroutines and through the host, leaves the count exact and nothing behind", () => {
  const storm = `
    local keep, caught = {}, 0
    local acts = {
      function() keep[#keep + 1] = make() end,
      function() keep[#keep + 1] = ("x"):rep(math.random(2000)) .. #keep end,
      function() local co = coroutine.wrap(function() coroutine.yield(make():text()) end) keep[#keep + 1] = co co() end,
      function(depth) return again(function() local ok, m = pcall(step, depth) if not ok and math.random(2) == 1 then error(m, 0) end end) end,
      function() keep[#keep + 1] = loadstring("return {" .. ("1,"):rep(math.random(500)) .. "}")() end,
      function(depth) coroutine.wrap(function() step(depth) end)() end,
      function() return #table.concat({ ("y"):rep(math.random(9000)), "z" }):gsub("y", "yy") end,
    }
    function step(depth) if depth < 8 then return acts[math.random(#acts)](depth + 1) end end
    for i = 1, 1500 do
      local ok, message = pcall(step, 1)
      if not ok then assert(message:find("not enough memory$"), message) caught = caught + 1 keep = {} end
    end
    assert(caught > 20)`;
  for (let seed = 1; seed <= 6; seed++) {
    const { lua, run, define } = bench({ heap: 60_000 + seed * 5000 });
    let alive = 0;
    const made: LuaClass<object> = lua.defineClass("made", { text: (call) => void call.self(made) }, () => alive--);
    define("make", () => {
      alive++;
      return made.wrap({});
    });
    define("again", (call) => lua.call(call.callback(1)));
    define("compare", (call) => assert.equal(lua.heap.used, call.number(1) * 1024));
    run(`math.randomseed(${seed}) ${storm}`);
    run("compare(collectgarbage('count'))");
    lua.close();
    assert.deepEqual([alive, lua.heap.used], [0, 0]);
  }
});
