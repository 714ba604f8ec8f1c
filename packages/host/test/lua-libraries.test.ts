import assert from "node:assert/strict";
import { test } from "node:test";
import { bench, text } from "./fixtures/lua/bench.ts";

const BYTECODE = Buffer.from("\u001bLua whatever follows", "latin1");
const REFUSED = "precompiled code is not supported here, only Lua source";

test("the globals are the firmware's, and no others", () => {
  const { evaluate } = bench();
  const [names] = evaluate(
    "local t = {} for k in pairs(_G) do if k ~= '__keep' then t[#t + 1] = k end end table.sort(t) return table.concat(t, ' ')",
  );
  assert.equal(
    names,
    "_G _VERSION assert collectgarbage coroutine debug dofile error gcinfo getfenv getmetatable ipairs load loadfile loadstring math module next " +
      "package pairs pcall print rawequal rawget rawset require select setfenv setmetatable string table tonumber tostring type unpack xpcall",
  );
});

test("each library has the firmware's functions, and no others", () => {
  const { evaluate } = bench();
  const fields = (library: string): unknown =>
    evaluate(`local t = {} for k in pairs(${library}) do t[#t + 1] = k end table.sort(t) return table.concat(t, ' ')`)[0];
  assert.equal(fields("math"), "abs ceil floor huge max min pi pow random randomseed sqrt");
  assert.equal(fields("debug"), "traceback");
  assert.equal(fields("package"), "config cpath loaded loaders path preload seeall");
  assert.equal(fields("string"), "byte char dump find format gfind gmatch gsub len lower match rep reverse sub upper");
  assert.equal(fields("table"), "concat foreach foreachi getn insert maxn remove setn sort");
  assert.equal(fields("coroutine"), "create resume running status wrap yield");
});

test("print writes what tostring says, tabs between, a line feed after, in one piece", () => {
  const { run, printed } = bench();
  run("print(1, nil, 'x', true, 1.5) print() print('\\255\\128') print(setmetatable({}, { __tostring = function() return 'told' end }))");
  assert.deepEqual(printed, ["1\tnil\tx\ttrue\t1.5\n", "\n", "\u00ff\u0080\n", "told\n"]);
});

test("print writes each value up to its first NUL, as the firmware's C strings end there", () => {
  const { run, printed } = bench();
  run("print('a\\0b', 'c')");
  assert.deepEqual(printed, ["a\tc\n"]);
});

test("print asks the script's own tostring, and says so when that gives no string", () => {
  const { run, printed, evaluate } = bench();
  run("local old = tostring tostring = function(x) return '<' .. old(x) .. '>' end print(1, 2)");
  assert.deepEqual(printed, ["<1>\t<2>\n"]);
  run("tostring = function() return {} end");
  assert.deepEqual(evaluate("return pcall(print, 1)"), [false, "'tostring' must return a string to 'print'"]);
});

test("a string divided by a value, or by a table of values, is formatted", () => {
  const { evaluate } = bench();
  assert.deepEqual(evaluate("return '%d' % 5, '%s=%d' % { 'a', 1 }, '%%.%df' % 2 % 0.5, 'plain' % {}, '10' % 3"), [
    "5",
    "a=1",
    "0.50",
    "plain",
    1,
  ]);
});

test("the format operator's errors are those of format, at the line that formats", () => {
  const { evaluate } = bench();
  assert.match(
    text(evaluate("return select(2, pcall(function() return '%d' % 'x' end))")[0]),
    /^test\.lua:1: bad argument #2 to '.*' \(number expected, got string\)$/,
  );
  assert.match(text(evaluate("return select(2, pcall(function() return '%d' % nil end))")[0]), /number expected, got nil/);
  assert.match(
    text(evaluate("return select(2, pcall(function() return 5 % {} end))")[0]),
    /attempt to perform arithmetic on a table value/,
  );
});

test("dofile runs a file and gives its results", () => {
  const { files, evaluate } = bench();
  files.set("sum.lua", Buffer.from("local a = 2\nreturn a + 3, 'x'"));
  assert.deepEqual(evaluate("return dofile('sum.lua')"), [5, "x"]);
});

test("dofile, loadfile and require of a file that is not there say so as the firmware does", () => {
  const { evaluate } = bench();
  assert.deepEqual(evaluate("return pcall(dofile, 'no.lua')"), [false, "cannot open no.lua"]);
  assert.deepEqual(evaluate("return loadfile('no.lua')"), [undefined, "cannot open no.lua"]);
  assert.deepEqual(evaluate("return pcall(dofile)"), [false, "filename is NULL"]);
  assert.deepEqual(evaluate("return pcall(loadfile, {})"), [false, "bad argument #1 to '?' (string expected, got table)"]);
  assert.deepEqual(evaluate("return pcall(require, 'a.b')"), [
    false,
    "module 'a.b' not found:\n\tno field package.preload['a.b']\n\tno file 'a/b.lc'\n\tno file 'a/b.lua'",
  ]);
});

test("errors in a file have its name and line, also behind a first line for the shell", () => {
  const { files, evaluate } = bench();
  files.set("bad.lua", Buffer.from("#!/usr/bin/lua\nlocal x\nx()"));
  files.set("worse.lua", Buffer.from("local = 1"));
  assert.deepEqual(evaluate("return pcall(dofile, 'bad.lua')"), [false, "bad.lua:3: attempt to call local 'x' (a nil value)"]);
  assert.deepEqual(evaluate("return loadfile('worse.lua')"), [undefined, "worse.lua:1: '<name>' expected near '='"]);
  files.set("only.lua", Buffer.from("# nothing but this"));
  assert.deepEqual(evaluate("return dofile('only.lua')"), []);
});

test("require loads a file once, by package.path, with dots as folders", () => {
  const { files, evaluate } = bench();
  files.set("lib/list.lua", Buffer.from("loads = (loads or 0) + 1 return { name = ... }"));
  assert.deepEqual(evaluate("local a, b = require('lib.list'), require('lib.list') return a == b, a.name, loads"), [true, "lib.list", 1]);
  files.set("deep/other.txt", Buffer.from("return 'other'"));
  assert.deepEqual(evaluate("package.path = 'nowhere/?.lua;deep/?.txt' return require('other')"), ["other"]);
});

test("the searchers, which scripts can call too, check what they are given", () => {
  const { evaluate } = bench();
  assert.deepEqual(evaluate("return #package.loaders, pcall(package.loaders[2])"), [
    2,
    false,
    "bad argument #1 to '?' (string expected, got no value)",
  ]);
  assert.deepEqual(evaluate("return pcall(getmetatable('').__mod)"), [false, "bad argument #1 to '?' (string expected, got nil)"]);
});

test("require prefers package.preload, then .lc, then .lua", () => {
  const { files, evaluate } = bench();
  files.set("m.lua", Buffer.from("return 'lua'"));
  assert.deepEqual(evaluate("return require('m')"), ["lua"]);
  files.set("m.lc", Buffer.from("return 'lc'"));
  assert.deepEqual(evaluate("package.loaded.m = nil return require('m')"), ["lc"]);
  assert.deepEqual(evaluate("package.loaded.m = nil package.preload.m = function() return 'preload' end return require('m')"), ["preload"]);
});

test("require of a file with an error names module, file and line", () => {
  const { files, evaluate } = bench();
  files.set("broken.lua", Buffer.from("x = = 1"));
  assert.deepEqual(evaluate("return pcall(require, 'broken')"), [
    false,
    "error loading module 'broken' from file 'broken.lua':\n\tbroken.lua:1: unexpected symbol near '='",
  ]);
  assert.match(text(evaluate("package.path = nil return select(2, pcall(require, 'x'))")[0]), /'package\.path' must be a string/);
});

test("bytecode is refused wherever it comes from", () => {
  const { files, evaluate, lua } = bench();
  files.set("x.lc", BYTECODE);
  assert.throws(() => lua.run(BYTECODE, "x.lc"), { message: `x.lc: ${REFUSED}` });
  assert.deepEqual(evaluate("return pcall(dofile, 'x.lc')"), [false, `x.lc: ${REFUSED}`]);
  assert.deepEqual(evaluate("return loadfile('x.lc')"), [undefined, `x.lc: ${REFUSED}`]);
  assert.deepEqual(evaluate("return pcall(require, 'x')"), [false, `error loading module 'x' from file 'x.lc':\n\tx.lc: ${REFUSED}`]);
  assert.deepEqual(evaluate("return loadstring(string.dump(function() end))"), [undefined, REFUSED]);
  assert.deepEqual(evaluate("return load(function() return string.dump(function() end) end)"), [undefined, REFUSED]);
  assert.deepEqual(
    evaluate("local code = string.dump(function() end) local n = 0 return load(function() n = n + 1 return code:sub(n, n) end)"),
    [undefined, REFUSED],
  );
  files.set("hash.lua", Buffer.concat([Buffer.from("#!"), Buffer.from("\n"), BYTECODE]));
  assert.equal(evaluate("return loadfile('hash.lua')")[0], undefined);
});

test("load takes pieces of source from a function, and passes on its errors", () => {
  const { evaluate } = bench();
  assert.deepEqual(evaluate("local n = 0 return load(function() n = n + 1 return ({ 'return ', '1', '+1' })[n] end)()"), [2]);
  assert.deepEqual(evaluate("return load(function() error('no more', 0) end)"), [undefined, "no more"]);
  assert.deepEqual(evaluate("return load(function() return {} end)"), [undefined, "test.lua:1: reader function must return a string"]);
  assert.deepEqual(evaluate("return pcall(load, 'return 1')"), [false, "bad argument #1 to '?' (function expected, got string)"]);
  assert.deepEqual(evaluate("return load(function() return nil end, 'name') ~= nil"), [true]);
});

test("loadstring names its chunk, and gives nil and a message for what does not compile", () => {
  const { evaluate } = bench();
  assert.deepEqual(evaluate("return loadstring('return 7')()"), [7]);
  assert.deepEqual(evaluate("return loadstring('x =', '@conf.lua')"), [undefined, "conf.lua:1: unexpected symbol near '<eof>'"]);
  assert.deepEqual(evaluate("return pcall(loadstring)"), [false, "bad argument #1 to '?' (string expected, got no value)"]);
});

test("collectgarbage does what the manual says", () => {
  const { evaluate } = bench();
  assert.deepEqual(
    evaluate(
      "return collectgarbage(), collectgarbage('collect'), type(collectgarbage('count')), collectgarbage('stop'), collectgarbage('restart')",
    ),
    [0, 0, "number", 0, 0],
  );
  assert.deepEqual(
    evaluate("return collectgarbage('setpause', 150), collectgarbage('setpause', 110), type(collectgarbage('step')), gcinfo() > 10"),
    [110, 150, "boolean", true],
  );
});

test("an error of the host's reader is a Lua error", () => {
  const { evaluate } = bench({
    readChunk: () => {
      throw new Error("the flash is broken");
    },
  });
  assert.deepEqual(evaluate("return pcall(dofile, 'x.lua')"), [false, "the flash is broken"]);
});
