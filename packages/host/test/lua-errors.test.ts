import assert from "node:assert/strict";
import { test } from "node:test";
import { HostFault, LuaError, LuaStop } from "../src/lua/index.ts";
import { bench, text, thrownBy } from "./fixtures/lua/bench.ts";

function luaError(work: () => unknown): LuaError {
  const error = thrownBy(work);
  assert.ok(error instanceof LuaError, String(error));
  return error;
}

test("an uncaught error has Lua's message, its place and Lua's traceback", () => {
  const { run } = bench();
  const error = luaError(() =>
    run("local t = {}\nlocal function inner()\n  return t.x.y\nend\nlocal function outer()\n  inner()\nend\nouter()", "init.lua"),
  );
  assert.equal(error.message, "init.lua:3: attempt to index field 'x' (a nil value)");
  assert.deepEqual(error.place, { file: "init.lua", line: 3 });
  assert.equal(
    error.traceback,
    "stack traceback:\n\tinit.lua:3: in function 'inner'\n\tinit.lua:6: in function 'outer'\n\tinit.lua:8: in main chunk",
  );
  assert.equal(error.outOfMemory, false);
});

test("the traceback is what debug.traceback writes, long ones shortened at the same place", () => {
  for (const depth of [1, 5, 8, 9, 10, 11, 20, 21, 22, 23, 24, 25, 40, 200]) {
    const { run, define } = bench();
    let expected = "";
    define("note", (call) => {
      expected = call.string(1);
    });
    const source = `local function f(n) if n > 0 then f(n - 1) return end note(debug.traceback()) error("x") end f(${depth})`;
    const { traceback } = luaError(() => run(source, "deep.lua"));
    // Lua's has the host's own entry as its last line, and its own function where the error has \`error\`
    const own = expected.split("\n").slice(1);
    assert.equal(own.at(-1), "\t[C]: ?");
    const count = own.length - 1;
    const lines = traceback.split("\n").slice(2);
    assert.equal(traceback.split("\n")[1], "\t[C]: in function 'error'");
    if (depth < 18) assert.deepEqual(lines, own.slice(0, count));
    if (depth > 24) assert.deepEqual([lines.length, lines.indexOf("\t..."), lines.at(-1)], [21, 10, own[count - 1]]);
  }
});

test("a syntax error has its place and no traceback", () => {
  const { run } = bench();
  const error = luaError(() => run("local a = 1\nlocal b = = 2", "init.lua"));
  assert.equal(error.message, "init.lua:2: unexpected symbol near '='");
  assert.deepEqual(error.place, { file: "init.lua", line: 2 });
  assert.equal(error.traceback, "");
});

test("an error without a place in its message still has the place where it was raised", () => {
  const { run } = bench();
  const error = luaError(() => run("\n\nerror('plain', 0)", "a.lua"));
  assert.equal(error.message, "plain");
  assert.deepEqual(error.place, { file: "a.lua", line: 3 });
});

test("error values that are no strings are told by their type, or by their __tostring", () => {
  const { run } = bench();
  assert.equal(luaError(() => run("error({})")).message, "(error object is a table value)");
  assert.equal(luaError(() => run("error()")).message, "(error object is a nil value)");
  assert.equal(luaError(() => run("error(true)")).message, "(error object is a boolean value)");
  assert.equal(luaError(() => run("error(print)")).message, "(error object is a function value)");
  assert.equal(luaError(() => run("error(42, 0)")).message, "42");
  assert.equal(luaError(() => run("error(setmetatable({}, { __tostring = function() return 'E: told' end }))")).message, "E: told");
});

test("an error in an error's own __tostring does not hide that there was one", () => {
  const { run, evaluate } = bench();
  assert.ok(luaError(() => run("error(setmetatable({}, { __tostring = function(e) return e.x.y end }))")).message.length > 0);
  assert.deepEqual(evaluate("return 1"), [1]);
});

test("a long chunk name is whole in the place, where Lua's message cuts it", () => {
  const { run } = bench();
  const name = `${"folder/".repeat(12)}init.lua`;
  const error = luaError(() => run("\nerror('x')", name));
  assert.deepEqual(error.place, { file: name, line: 2 });
  assert.match(error.message, /^\.\.\..*init\.lua:2: x$/);
});

test("code from a string is placed by the name Lua gives it", () => {
  const { run } = bench();
  const error = luaError(() => run("loadstring('\\nerror(1)')()"));
  assert.deepEqual(error.place, { file: '[string "..."]', line: 2 });
});

test("an error inside a coroutine keeps its message when the coroutine is resumed by wrap", () => {
  const { run } = bench();
  const error = luaError(() => run("local co = coroutine.wrap(function()\n  error('inside', 0)\nend)\nco()", "co.lua"));
  assert.match(error.message, /inside$/);
  assert.deepEqual(error.place, { file: "co.lua", line: 4 });
});

test("what a host function throws is a Lua error with the caller's place, which pcall catches", () => {
  const { run, evaluate, define } = bench();
  define("fail", () => {
    throw new Error("the host failed");
  });
  const error = luaError(() => run("local function f()\n  fail()\nend\nf()", "init.lua"));
  assert.equal(error.message, "init.lua:2: the host failed");
  assert.deepEqual(error.place, { file: "init.lua", line: 2 });
  assert.match(
    error.traceback,
    /^stack traceback:\n\t\[C\]: in function 'fail'\n\tinit\.lua:2: in function 'f'\n\tinit\.lua:4: in main chunk$/,
  );
  assert.deepEqual(evaluate("return select(2, pcall(function() fail() end))"), ["test.lua:1: the host failed"]);
});

test("a message of the host with characters beyond bytes becomes UTF-8", () => {
  const { evaluate, define } = bench();
  define("fail", () => {
    throw new Error("no \u20ac");
  });
  assert.deepEqual(evaluate("return select(2, pcall(fail))"), ["no \u00e2\u0082\u00ac"]);
});

test("an error that passes through a host function keeps its message, its first place and its traceback", () => {
  const { lua, run, define } = bench();
  define("call", (call) => lua.call(call.callback(1)));
  const error = luaError(() => run("call(function()\n  local x\n  x()\nend)", "init.lua"));
  assert.equal(error.message, "init.lua:3: attempt to call local 'x' (a nil value)");
  assert.deepEqual(error.place, { file: "init.lua", line: 3 });
  assert.match(error.traceback, /init\.lua:3: in function <init\.lua:1>/);
});

test("a memory error that passes through a host function is still one", () => {
  const { lua, run, define } = bench({ heap: 64 * 1024 });
  define("call", (call) => lua.call(call.callback(1)));
  const error = luaError(() => run("call(function() local t = {} while true do t[#t + 1] = {} end end)"));
  assert.equal(error.outOfMemory, true);
});

test("a defect of the host is no Lua error: no pcall sees it, its cause is kept, and the engine is dead", () => {
  for (const defect of [new TypeError("x is not a function"), new RangeError("invalid length"), new ReferenceError("y is not defined")]) {
    const { lua, run, define } = bench();
    define("broken", () => {
      throw defect;
    });
    const error = thrownBy(() => run("\npcall(broken)", "init.lua"));
    assert.ok(error instanceof HostFault);
    assert.equal(error.cause, defect);
    assert.deepEqual(error.place, { file: "init.lua", line: 2 });
    assert.throws(() => run("x = 1"), /the Lua engine has ended: the host failed/);
    lua.close();
  }
});

test("a host function that gives what Lua has no form for is a defect", () => {
  const { run, define } = bench();
  define("later", () => JSON.parse("{}"));
  const error = thrownBy(() => run("pcall(later)"));
  assert.ok(error instanceof HostFault);
  assert.match(error.message, /no form for: \{\}/);
});

test("a host function ends the state with LuaStop, past every pcall", () => {
  const { lua, run, define, printed } = bench();
  const stop = new LuaStop("restarting");
  define("restart", () => {
    throw stop;
  });
  assert.equal(
    thrownBy(() => run("pcall(coroutine.wrap(function() pcall(restart) print('after') end)) print('after')")),
    stop,
  );
  assert.deepEqual(printed, []);
  assert.throws(() => run("x = 1"), /the Lua engine has ended: restarting/);
  lua.close();
});

test("an overflow of the JavaScript stack in Lua's own C code ends the engine with a clear error", () => {
  const { lua, run } = bench();
  const error = thrownBy(() => run("\nlocal s = ('a'):rep(200000) pcall(string.find, s, ('a?'):rep(100000))", "bomb.lua"));
  assert.ok(error instanceof HostFault, String(error));
  assert.deepEqual(error.place, { file: "bomb.lua", line: 2 });
  assert.throws(() => run("x = 1"), /the Lua engine has ended/);
  lua.close();
});

test("Lua and the host calling each other for ever end in Lua's C stack overflow, a Lua error", () => {
  const { lua, run, evaluate, define } = bench();
  let depth = 0;
  define("call", (call) => {
    depth++;
    return lua.call(call.callback(1));
  });
  const error = luaError(() => run("local function f() call(f) end f()", "deep.lua"));
  assert.equal(error.message, "C stack overflow");
  assert.deepEqual(error.place, { file: "deep.lua", line: 1 });
  assert.ok(depth > 50, `only ${depth} deep`);
  assert.deepEqual(evaluate("return 1"), [1]);
});

test("deep nesting of pcall and of coroutines ends the same way", () => {
  const { evaluate } = bench();
  const [ok, message] = evaluate("local function f() local ok, m = pcall(f) if not ok then error(m, 0) end end return pcall(f)");
  assert.equal(ok, false);
  assert.match(text(message), /C stack overflow|error in error handling/);
  const nested = evaluate(
    "local n = 0 local function f() n = n + 1 local co = coroutine.create(f) local ok, m = coroutine.resume(co) assert(ok, m) end return pcall(f)",
  );
  assert.match(text(nested[1]), /C stack overflow/);
});

test("endless recursion in Lua is a stack overflow", () => {
  const { run } = bench({ heap: 64 * 1024 * 1024 });
  assert.match(luaError(() => run("local function f() return 1 + f() end f()", "r.lua")).message, /^r\.lua:1: stack overflow/);
});
