import assert from "node:assert/strict";
import { test } from "node:test";
import { WatchdogError } from "../src/lua/index.ts";
import type { Bench } from "./fixtures/lua/bench.ts";
import { bench, thrownBy } from "./fixtures/lua/bench.ts";

/** A clock that goes on by one millisecond whenever somebody looks. */
function ticking(): () => number {
  let time = 0;
  return () => time++;
}

const watched = (watchdog = 50): Bench => bench({ watchdog, now: ticking() });

const loops: Record<string, string> = {
  "an empty loop": "while true do end",
  "a loop inside pcall": "while true do pcall(function() while true do end end) end",
  "a loop inside xpcall": "while true do xpcall(function() while true do end end, function() end) end",
  "a looping error handler": "xpcall(function() error('x') end, function() while true do end end)",
  "a coroutine": "coroutine.wrap(function() while true do end end)()",
  "a coroutine that is resumed for ever":
    "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do pcall(co) end",
  "a comparison of table.sort": "table.sort({ 3, 2, 1 }, function() while true do end end)",
  "a replacement of gsub": "(('x'):rep(10)):gsub('x', function() while true do end end)",
  "a metamethod": "local t = setmetatable({}, { __index = function() while true do end end }) return pcall(function() return t.x end)",
  "tail calls": "local function f() return f() end f()",
  "errors that are thrown and caught": "while true do pcall(error, 'x') end",
  "a reader of load": "load(function() while true do end end)",
  "a module body": "package.preload.m = function() while true do end end while true do pcall(require, 'm') end",
  "a callback of the host": "while true do pcall(callback, function() while true do end end) end",
};

for (const [shape, source] of Object.entries(loops)) {
  test(`the watchdog stops ${shape}, and no pcall sees it`, () => {
    const { lua, run, define } = watched();
    define("callback", (call) => lua.call(call.callback(1)));
    const error = thrownBy(() => run(source, "loop.lua"));
    assert.ok(error instanceof WatchdogError, String(error));
    assert.match(error.message, /more than 50 ms/);
    assert.equal(error.place?.file, "loop.lua");
  });
}

test("the watchdog's error tells the line that loops and how Lua came there", () => {
  const { run } = watched();
  const error = thrownBy(() => run("local function spin()\n  while true do\n  end\nend\n\npcall(spin)", "init.lua"));
  assert.ok(error instanceof WatchdogError);
  assert.ok(error.place?.line === 2 || error.place?.line === 3, JSON.stringify(error.place));
  assert.match(
    error.traceback,
    /^stack traceback:\n\tinit\.lua:[23]: in function <init\.lua:1>\n\t\[C\]: in function 'pcall'\n\tinit\.lua:6: in main chunk$/,
  );
});

test("after the watchdog the engine is dead, and every call says why", () => {
  const { lua, run, compile } = watched();
  const fn = compile("return 1");
  const table = lua.defineModule("m", new Map());
  assert.throws(() => run("while true do end"), WatchdogError);
  const dead = /the Lua engine has ended: Lua ran for more than 50 ms/;
  assert.throws(() => run("x = 1"), dead);
  assert.throws(() => lua.call(fn), dead);
  assert.throws(() => lua.setGlobal("x", 1), dead);
  assert.throws(() => lua.defineModule("n", new Map()), dead);
  fn.release();
  table.release();
  lua.close();
  assert.equal(lua.heap.used, 0);
});

test("the time counts from the outermost entry, and each entry starts it anew", () => {
  const { lua, compile } = watched(200);
  const busy = compile("for i = 1, 100000 do end");
  for (let i = 0; i < 5; i++) lua.call(busy); // 100 looks at the clock each
  const long = compile("for i = 1, 300000 do end");
  assert.throws(() => lua.call(long), WatchdogError);
});

test("host functions called from Lua run on the same time as their caller", () => {
  const { lua, run, define } = watched(200);
  define("again", (call) => lua.call(call.callback(1)));
  assert.throws(() => run("for i = 1, 5 do again(function() for i = 1, 100000 do end end) end"), WatchdogError);
});

test("feeding the watchdog gives the whole time again", () => {
  const { lua, run, define, evaluate } = watched(200);
  define("wdclr", () => lua.feedWatchdog());
  assert.deepEqual(evaluate("for i = 1, 5 do for i = 1, 100000 do end wdclr() end return 'done'"), ["done"]);
  assert.throws(() => run("for i = 1, 5 do for i = 1, 100000 do end end"), WatchdogError);
});

test("a host function that swallows the watchdog's error ends nothing but itself", () => {
  const { lua, run, define } = watched();
  define("careless", (call) => {
    try {
      lua.call(call.callback(1));
    } catch {
      // as if nothing had happened
    }
  });
  assert.throws(() => run("while true do pcall(careless, function() while true do end end) end"), WatchdogError);
});
