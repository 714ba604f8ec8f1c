import assert from "node:assert/strict";
import { test } from "node:test";
import type { LuaInput } from "../src/lua/index.ts";
import { bench } from "./fixtures/lua/bench.ts";

test("a module is a global table of functions and constants, with tables inside", () => {
  const { lua, evaluate } = bench();
  const station = new Map<string, LuaInput>([["getip", () => ["127.0.0.1", "255.0.0.0"]]]);
  lua.defineModule(
    "wifi",
    new Map<string, LuaInput>([
      ["getmode", () => 1],
      ["STATION", 1],
      ["sta", station],
    ]),
  );
  assert.deepEqual(evaluate("return wifi.STATION, wifi.getmode(), select(2, wifi.sta.getip()), type(wifi)"), [1, 1, "255.0.0.0", "table"]);
});

test("require finds a module of the host", () => {
  const { lua, evaluate } = bench();
  lua.defineModule("net", new Map([["TCP", 1]]));
  assert.deepEqual(evaluate("return require('net') == net, require('net').TCP"), [true, 1]);
});

test("the result of defineModule is the table", () => {
  const { lua, compile } = bench();
  const ref = lua.defineModule("m", new Map([["x", 5]]));
  assert.deepEqual(lua.call(compile("return (...).x, ... == m"), ref), [5, true]);
  ref.release();
});

test("a missing field is reported with its name, and Lua goes on with nil and its own error", () => {
  const { lua, run, evaluate } = bench();
  const missing: string[] = [];
  lua.defineModule("wifi", new Map([["sta", new Map<string, never>()]]), (field) => {
    missing.push(`${field} at ${lua.where()?.file}:${lua.where()?.line}`);
  });
  assert.deepEqual(evaluate("return wifi.scan == nil, wifi.sta.getrssi == nil, pcall(function() wifi.sta.connect() end)"), [
    true,
    true,
    false,
    "test.lua:1: attempt to call field 'connect' (a nil value)",
  ]);
  assert.deepEqual(missing, ["scan at test.lua:1", "sta.getrssi at test.lua:1", "sta.connect at test.lua:1"]);
  run("wifi.mine = 1 assert(wifi.mine == 1) assert(wifi[1] == nil)");
  assert.equal(missing.length, 3);
});

test("a missing global is reported, and reads of what is there are not", () => {
  const { lua, run } = bench();
  const missing: string[] = [];
  lua.onMissingGlobal((name) => missing.push(name));
  run("x = 1 local y = x local z = print z = nil assert(gpio == nil) pcall(function() adc.read(0) end)");
  assert.deepEqual(missing, ["gpio", "adc"]);
});

test("reporting missing globals disturbs neither environments nor module nor metatables", () => {
  const { lua, run, files } = bench();
  const missing: string[] = [];
  lua.onMissingGlobal((name) => missing.push(name));
  files.set("old.lua", Buffer.from("module(..., package.seeall) function hello() return type(string), absent end"));
  run("require('old') assert(old.hello() == 'table') assert(old._NAME == 'old')");
  assert.deepEqual(missing, ["absent"]);
  run("local f = setfenv(function() return inside, outside end, { inside = 1 }) assert(f() == 1) assert(select(2, f()) == nil)");
  assert.deepEqual(missing, ["absent"]);
  run("assert(type(getmetatable(_G)) == 'table') setmetatable(_G, { __index = function(_, k) error('undeclared ' .. k, 2) end })");
  assert.throws(() => run("return nothere"), /undeclared nothere/);
  assert.deepEqual(missing, ["absent"]);
});

test("what the callback for a missing field throws is an error at the line that reads it", () => {
  const { lua, run } = bench();
  lua.defineModule("m", new Map(), (field) => {
    throw new Error(`m.${field} is not there`);
  });
  assert.throws(() => run("\nlocal x = m.y", "a.lua"), { message: "a.lua:2: m.y is not there" });
});

test("setGlobal sets what it is given, past a script's own metatable", () => {
  const { lua, evaluate, run } = bench();
  run("setmetatable(_G, { __newindex = function() error('locked') end })");
  lua.setGlobal("late", [1, 2, 3]);
  assert.deepEqual(evaluate("return #late"), [3]);
});
