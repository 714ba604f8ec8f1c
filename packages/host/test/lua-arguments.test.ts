import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostFunction, LuaCall } from "../src/lua/index.ts";
import { bench, text as textOf } from "./fixtures/lua/bench.ts";

/** The message that a call in Lua ends with, its place cut off. */
function message(fn: HostFunction, call: string): string {
  const { lua, evaluate } = bench();
  lua.defineModule("m", new Map([["get", fn]]));
  const [ok, text] = evaluate(`return pcall(function() ${call} end)`);
  assert.equal(ok, false);
  return textOf(text).replace(/^test\.lua:1: /, "");
}

/** What a reader makes of one argument. */
function read(reader: (call: LuaCall) => unknown, argument: string): unknown {
  const { run, define } = bench();
  let value: unknown;
  define("f", (call) => {
    value = reader(call);
  });
  run(`f(${argument})`);
  return value;
}

const string: HostFunction = (call) => call.string(1);

test("a wrong or missing argument has exactly Lua's message", () => {
  assert.equal(message(string, "m.get(nil)"), "bad argument #1 to 'get' (string expected, got nil)");
  assert.equal(message(string, "m.get()"), "bad argument #1 to 'get' (string expected, got no value)");
  assert.equal(message(string, "m.get({})"), "bad argument #1 to 'get' (string expected, got table)");
  assert.equal(message(string, "m.get(true)"), "bad argument #1 to 'get' (string expected, got boolean)");
  assert.equal(
    message((call) => call.number(2), "m.get(1, 'x')"),
    "bad argument #2 to 'get' (number expected, got string)",
  );
  assert.equal(
    message((call) => call.integer(1), "m.get('1x')"),
    "bad argument #1 to 'get' (number expected, got string)",
  );
  assert.equal(
    message((call) => void call.callback(3), "m.get(1, 2, 'f')"),
    "bad argument #3 to 'get' (function expected, got string)",
  );
  assert.equal(
    message((call) => void call.table(1), "m.get(print)"),
    "bad argument #1 to 'get' (table expected, got function)",
  );
  assert.equal(
    message((call) => call.optString(1), "m.get({})"),
    "bad argument #1 to 'get' (string expected, got table)",
  );
  assert.equal(
    message((call) => call.optInteger(1), "m.get('x')"),
    "bad argument #1 to 'get' (number expected, got string)",
  );
  assert.equal(
    message((call) => void call.optCallback(1), "m.get(1)"),
    "bad argument #1 to 'get' (function expected, got number)",
  );
  assert.equal(
    message((call) => call.argumentError(2, "out of range"), "m.get(1, 2)"),
    "bad argument #2 to 'get' (out of range)",
  );
});

test("the name in the message is the one that the script called by", () => {
  assert.equal(message(string, "local fetch = m.get fetch()"), "bad argument #1 to 'fetch' (string expected, got no value)");
  assert.equal(message(string, "local t = { f = m.get } t.f()"), "bad argument #1 to 'f' (string expected, got no value)");
  assert.equal(
    message((call) => call.string(2), "m:get()"),
    "bad argument #1 to 'get' (string expected, got no value)",
  );
  assert.equal(
    message((call) => call.number(1), "m:get()"),
    "calling 'get' on bad self (number expected, got table)",
  );
});

test("numbers are taken as strings and numeric strings as numbers, as Lua takes them", () => {
  assert.equal(
    read((call) => call.string(1), "12.5"),
    "12.5",
  );
  assert.equal(
    read((call) => call.string(1), "1e15"),
    "1e+15",
  );
  assert.equal(
    read((call) => call.number(1), "' 0x10 '"),
    16,
  );
  assert.equal(
    read((call) => call.integer(1), "-2.9"),
    -2,
  );
  assert.equal(
    read((call) => call.integer(1), "0/0"),
    0,
  );
  assert.equal(
    read((call) => call.integer(1), "2^40"),
    2 ** 40,
  );
});

test("optional arguments are undefined for nil and for nothing", () => {
  for (const argument of ["", "nil"]) {
    assert.equal(
      read((call) => call.optString(1), argument),
      undefined,
    );
    assert.equal(
      read((call) => call.optInteger(1), argument),
      undefined,
    );
    assert.equal(
      read((call) => call.optCallback(1), argument),
      undefined,
    );
    assert.equal(
      read((call) => call.value(1), argument),
      undefined,
    );
  }
  assert.equal(
    read((call) => call.optString(1), "'x'"),
    "x",
  );
  assert.equal(
    read((call) => call.optInteger(1), "7"),
    7,
  );
});

test("everything but nil and false is true", () => {
  assert.deepEqual(
    read((call) => [1, 2, 3, 4, 5, 6].map((n) => call.boolean(n)), "nil, false, 0, '', {}"),
    [false, false, true, true, true, false],
  );
});

const types = (call: LuaCall): unknown => [call.count, ...Array.from({ length: call.count + 1 }, (_, i) => call.type(i + 1))];

test("type and count tell what was given, nil and nothing apart", () => {
  assert.deepEqual(read(types, "nil, true, 1, 's', {}, print, coroutine.create(function() end)"), [
    7,
    "nil",
    "boolean",
    "number",
    "string",
    "table",
    "function",
    "thread",
    "none",
  ]);
  assert.deepEqual(read(types, ""), [0, "none"]);
});

test("values come as what they are", () => {
  const { lua, run, define } = bench();
  const seen: unknown[] = [];
  const none = lua.sentinel("none");
  lua.setGlobal("none", none);
  define("f", (call) => {
    for (let n = 1; n <= call.count; n++) seen.push(call.value(n));
    seen.push([6, 7].map((n) => call.type(n)));
  });
  run("f(nil, true, 1.5, 's\\0t', none, print, coroutine.create(function() end))");
  assert.deepEqual(seen.slice(0, 4), [undefined, true, 1.5, "s\0t"]);
  assert.equal(seen[4], none);
  assert.deepEqual(seen.at(-1), ["function", "thread"]);
});

test("arguments read after the host function has returned are a mistake of the host", () => {
  const { lua, run, define } = bench();
  let kept: LuaCall | undefined;
  define("f", (call) => {
    kept = call;
    assert.equal(call.engine, lua);
  });
  run("f(1)");
  assert.throws(() => kept?.number(1), /after the host function had returned/);
});

test("an argument error is catchable, and may be thrown across the host function's own finally", () => {
  const { evaluate, define } = bench();
  let cleaned = 0;
  define("f", (call) => {
    try {
      return call.string(1);
    } finally {
      cleaned++;
    }
  });
  assert.deepEqual(evaluate("return pcall(f)"), [false, "bad argument #1 to '?' (string expected, got no value)"]);
  assert.equal(cleaned, 1);
});

test("a class of another engine is refused as a mistake of the host", () => {
  const other = bench().lua.defineClass("thing", {});
  const { lua, run, define } = bench();
  define("f", (call) => void call.self(other));
  assert.throws(() => run("f({})"), { name: "HostFault", message: /the class thing is not of this engine/ });
  lua.close();
});
