import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { array, assert as check, asyncProperty, double, integer, sample, string } from "fast-check";
import { printed } from "./helpers/run-script.ts";

/** A Lua string literal of any bytes. */
const quoted = (bytes: string): string =>
  `"${bytes.replace(/[^ !#-[\]-~]/g, (byte) => `\\${String(byte.charCodeAt(0)).padStart(3, "0")}`)}"`;

/** What one Lua expression evaluates to, as `tostring` gives it. */
async function valueOf(expression: string): Promise<string> {
  const lines = await printed(`print(${expression})`);
  return lines.join("\n");
}

/** The error that one Lua expression raises, without its place. */
async function errorOf(expression: string): Promise<string> {
  const [ok, message = ""] = await printed(`local ok, message = pcall(function() return ${expression} end) print(ok) print(message)`);
  assert.equal(ok, "false", `${expression} raised nothing`);
  return message.replace(/^test\.lua:\d+: /, "");
}

const tables = (depth: number): string => "{".repeat(depth) + "}".repeat(depth);

const nested = (depth: number, inner = ""): string => "[".repeat(depth) + inner + "]".repeat(depth);

for (const json of ["sjson", "cjson"]) {
  describe(`${json}.encode`, () => {
    const cases: [name: string, expression: string, text: string][] = [
      ["keeps the order of an array", '{1, "two", true, false}', '[1,"two",true,false]'],
      ["fills the holes of an array with null", "{1, nil, 3}", "[1,null,3]"],
      ["makes an object of string keys", "{answer = 42}", '{"answer":42}'],
      ["makes an object of keys that are no positive numbers", "{[0] = 1}", '{"0":1}'],
      ["makes an object of mixed keys", "{[-1] = {x = {}} and 1}", '{"-1":1}'],
      ["nests", '{a = {b = {1, {c = "d"}}}}', '{"a":{"b":[1,{"c":"d"}]}}'],
      ["escapes quotes, backslashes and control bytes", '{"\\"\\\\\\b\\f\\n\\r\\t\\0\\31"}', '["\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f"]'],
      ["leaves bytes above 127 as they are", '{"\\195\\169\\255"}', '["\xc3\xa9\xff"]'],
      ["writes NULL as null", `{${json}.NULL}`, "[null]"],
      [
        "writes numbers as Lua prints them",
        "{1/3, 1e15, -0.5, 123456, 1e-7, 2^53}",
        "[0.33333333333333,1e+15,-0.5,123456,1e-07,9.007199254741e+15]",
      ],
    ];
    for (const [name, expression, text] of cases) {
      test(name, async () => assert.equal(await valueOf(`${json}.encode(${expression})`), text));
    }
  });

  describe(`${json}.decode`, () => {
    const cases: [name: string, text: string, use: string, value: string][] = [
      ["reads members of objects", '{"a":{"b":"c"}}', ".a.b", "c"],
      ["reads elements of arrays", "[10, 20 ,30]", "[3]", "30"],
      ["reads numbers of every form", "[-0.5e+3]", "[1]", "-500"],
      ["reads true and false", "[true,false]", "[2]", "false"],
      ["gives NULL for null", "[null]", `[1] == ${json}.NULL`, "true"],
      ["reads every escape", '["\\"\\\\\\/\\b\\f\\n\\r\\t"]', '[1] == "\\"\\\\/\\b\\f\\n\\r\\t"', "true"],
      ["turns \\u escapes into UTF-8", '["\\u0041\\u00e9\\u20AC"]', '[1] == "A\\195\\169\\226\\130\\172"', "true"],
      ["joins a surrogate pair to one character", '["\\ud83d\\uDE00"]', '[1] == "\\240\\159\\152\\128"', "true"],
      ["puts ? for half a surrogate pair", '["\\ud83dx\\ude00\\ude00"]', "[1]", "?x??"],
      ["keeps bytes above 127, UTF-8 or not", '["\xc3\xa9\xff\xfe"]', '[1] == "\\195\\169\\255\\254"', "true"],
      ["keeps a \\u0000", '["a\\u0000b"]', '[1] == "a\\0b"', "true"],
      ["keeps the last of two members of one name", '{"a":1,"a":2}', ".a", "2"],
      ["keeps numeric names as strings", '{"1":"x"}', '["1"]', "x"],
      ["allows white space everywhere", ' \t\r\n{ "a" : [ ] } ', ".a[1]", "nil"],
      ["reads the names of Object.prototype as plain names", '{"__proto__":1,"constructor":2}', ".__proto__", "1"],
    ];
    for (const [name, text, use, value] of cases) {
      test(name, async () => assert.equal(await valueOf(`(${json}.decode(${quoted(text)}))${use}`), value));
    }
  });

  test(`${json}: what encode writes, decode reads back, whatever the bytes`, async () => {
    const key = string({ unit: integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)), maxLength: 20 });
    await check(
      asyncProperty(array(key, { maxLength: 5 }), async (strings) => {
        const list = strings.map(quoted);
        const source = `local given = {${list.join(",")}}
          local t = {list = given, map = {}}
          for i, s in ipairs(given) do t.map[s] = i end
          local back = ${json}.decode(${json}.encode({t}))[1]
          for i, s in ipairs(given) do print(back.list[i] == s, back.map[s] == t.map[s]) end`;
        assert.deepEqual(
          await printed(source),
          strings.map(() => "true\ttrue"),
        );
      }),
      { numRuns: 25 },
    );
  });
}

test("numbers are written as C writes %.14g", async () => {
  const numbers = sample(double({ noNaN: true, noDefaultInfinity: true }), { numRuns: 300, seed: 7 });
  const ties = [
    12345678901234.5,
    12345678901235.5,
    0.5,
    1.5,
    2 ** 60,
    1e14,
    99999999999999.5,
    -0,
    5e-324,
    1.7976931348623157e308,
    100,
    1e5,
  ];
  const all = [...numbers, ...ties];
  const literals = all.map((value) => (Object.is(value, -0) ? "-(0)" : value.toExponential(20)));
  const list = `{${literals.join(",")}}`;
  const expected = await printed(`for _, n in ipairs(${list}) do print(("%.14g"):format(n)) end`);
  const text = await valueOf(`(sjson.encode(${list}):sub(2, -2):gsub(",", "\\n"))`);
  assert.deepEqual(text.split("\n"), expected);
});

describe("sjson.encode", () => {
  test("writes an empty table as an array", async () => assert.equal(await valueOf("sjson.encode({})"), "[]"));

  test("takes a table for an object when its largest key is more than 16 bits hold", async () => {
    assert.equal(await valueOf("sjson.encode({[32768] = 1})"), '{"32768":1}');
    assert.equal(await valueOf("#sjson.encode({[4000] = 1})"), String("[null,".length + 3998 * "null,".length + "1]".length));
  });

  test("leaves slashes and byte 127 alone", async () => assert.equal(await valueOf('sjson.encode({"/\\127"})'), '["/\x7f"]'));

  test("calls functions for their values", async () => {
    assert.equal(await valueOf("sjson.encode({function() return {x = function() return 7 end} end})"), '[{"x":7}]');
    assert.equal(await valueOf("sjson.encode({function() return nil end})"), "[null]");
  });

  test("gives up on a function that returns functions for ever", async () => {
    assert.equal(await errorOf("(function() local function f() return f end return sjson.encode({f}) end)()"), "Cannot encode type 6");
  });

  test("passes on an error of a function that it calls", async () => {
    assert.match(await errorOf('sjson.encode({function() error("oh", 0) end})'), /oh$/);
  });

  test("takes one string for null when told so", async () => {
    assert.equal(await valueOf('sjson.encode({"none", "some"}, {null = "none"})'), '[null,"some"]');
  });

  test("nests 20 tables, no more, unless told otherwise", async () => {
    assert.equal(await valueOf(`sjson.encode(${tables(20)})`), nested(20));
    assert.equal(await errorOf(`sjson.encode(${tables(21)})`), "encoder stack overflow");
    assert.equal(await valueOf(`sjson.encode(${tables(30)}, {depth = 30})`), nested(30));
    assert.equal(await errorOf(`sjson.encode(${tables(31)}, {depth = 30})`), "encoder stack overflow");
    assert.equal(await valueOf(`sjson.encode(${tables(4)}, {depth = 1})`), nested(4));
  });

  test("a table that holds itself is an error", async () => {
    assert.equal(await errorOf("(function() local t = {} t[1] = t return sjson.encode(t) end)()"), "encoder stack overflow");
  });

  const refusals: [expression: string, message: string][] = [
    ["sjson.encode()", "bad argument #1 to 'encode' (table expected, got no value)"],
    ['sjson.encode("x")', "bad argument #1 to 'encode' (table expected, got string)"],
    ["sjson.encode({coroutine.create(function() end)})", "Cannot encode type 8"],
    ["sjson.encode({[true] = 1})", "Cannot encode type 1"],
    ["sjson.encode({[{}] = 1})", "Cannot encode type 5"],
  ];
  for (const [expression, message] of refusals) {
    test(`refuses ${expression}`, async () => assert.equal(await errorOf(expression), message));
  }
});

describe("cjson.encode", () => {
  test("writes an empty table as an object", async () => assert.equal(await valueOf("cjson.encode({})"), "{}"));

  test("escapes slashes and byte 127", async () => assert.equal(await valueOf('cjson.encode({"/\\127"})'), '["\\/\\u007f"]'));

  test("takes any value", async () => {
    assert.equal(await valueOf('cjson.encode("x")'), '"x"');
    assert.equal(await valueOf("cjson.encode(nil)"), "null");
  });

  const refusals: [expression: string, message: string][] = [
    ["cjson.encode()", "bad argument #1 to 'encode' (expected 1 argument)"],
    ["cjson.encode({print})", "Cannot serialise function: type not supported"],
    ["cjson.encode({1/0})", "Cannot serialise number: must not be NaN or Infinity"],
    ["cjson.encode({[true] = 1})", "Cannot serialise boolean: table key must be a number or string"],
    ["cjson.encode({[100] = 1})", "Cannot serialise table: excessively sparse array"],
  ];
  for (const [expression, message] of refusals) {
    test(`refuses ${expression}`, async () => assert.equal(await errorOf(expression), message));
  }
});

describe("sjson.decode", () => {
  const refusals: [text: string, message: string][] = [
    ["", "Incomplete JSON object passed to sjson.decode"],
    ["  ", "Incomplete JSON object passed to sjson.decode"],
    ['{"a":', "Incomplete JSON object passed to sjson.decode"],
    ['{"a', "Incomplete JSON object passed to sjson.decode"],
    ["[1,2", "Incomplete JSON object passed to sjson.decode"],
    ["5", "Incomplete JSON object passed to sjson.decode"],
    ['"text"', "JSON parse error: STRING_OUTSIDE_CONTAINER"],
    ["<html>502</html>", "JSON parse error: SPECIAL_EXPECTED"],
    ["[1,]", "JSON parse error: TRAILING_COMMA"],
    ['{"a":1,}', "JSON parse error: TRAILING_COMMA"],
    ["[1}", "JSON parse error: BRACKET_MISMATCH"],
    ['{"a":}', "JSON parse error: VALUE_EXPECTED"],
    ['{"a" "b"}', "JSON parse error: MISSING_TOKEN"],
    ["{1:2}", "JSON parse error: HKEY_EXPECTED"],
    ["[,1]", "JSON parse error: STRAY_TOKEN"],
    ["[01]", "JSON parse error: INVALID_NUMBER"],
    ["[1.]", "JSON parse error: INVALID_NUMBER"],
    ["[+1]", "JSON parse error: INVALID_NUMBER"],
    ["[nul]", "JSON parse error: SPECIAL_EXPECTED"],
    ["[NaN]", "JSON parse error: SPECIAL_EXPECTED"],
    ["['a']", "JSON parse error: SPECIAL_EXPECTED"],
    ['["\\x"]', "JSON parse error: ESCAPE_INVALID"],
    ['["\\u12g4"]', "JSON parse error: UESCAPE_TOOSHORT"],
    ['["a\nb"]', "JSON parse error: WEIRD_WHITESPACE"],
    [nested(20), "JSON parse error: LEVELS_EXCEEDED"],
    [nested(19, "1"), "JSON parse error: LEVELS_EXCEEDED"],
  ];
  for (const [text, message] of refusals) {
    test(`refuses ${JSON.stringify(text)}`, async () => assert.equal(await errorOf(`sjson.decode(${quoted(text)})`), message));
  }

  test("the -1 of a failed request, whose body is nil, is a bad argument", async () => {
    assert.equal(await errorOf("sjson.decode(nil)"), "bad argument #1 to 'decode' (string expected, got nil)");
  });

  test("reads no further than the outermost bracket", async () => {
    assert.equal(await valueOf(`sjson.decode('{"a":1} and more').a`), "1");
  });

  test("takes 19 levels, and as many as it is told", async () => {
    assert.equal(await valueOf(`type(sjson.decode("${nested(19)}"))`), "table");
    assert.equal(await valueOf(`type(sjson.decode("${nested(40)}", {depth = 41}))`), "table");
    assert.equal(await errorOf(`sjson.decode("${nested(40)}", {depth = 40})`), "JSON parse error: LEVELS_EXCEEDED");
  });

  test("gives what the options say for null, and nothing when they do not say", async () => {
    assert.equal(await valueOf(`sjson.decode('[null,2]', {null = "none"})[1]`), "none");
    assert.equal(await valueOf(`sjson.decode('[null,2]', {})[1]`), "nil");
    assert.equal(await valueOf(`sjson.decode('[null,2]', {})[2]`), "2");
  });

  test("gives every table the metatable, whose __newindex sees every value in order", async () => {
    const source = `
      local seen = {}
      local metatable = {__newindex = function(t, k, v) seen[#seen + 1] = tostring(k) rawset(t, k, v) end}
      local back = sjson.decode('{"a":[10,{"b":null}],"c":"d"}', {metatable = metatable, null = "none"})
      print(table.concat(seen, " "))
      print(back.a[1], back.a[2].b, back.c)
      print(getmetatable(back) == metatable, getmetatable(back.a[2]) == metatable)`;
    assert.deepEqual(await printed(source), ["a 1 2 b c", "10\tnone\td", "true\ttrue"]);
  });

  test("asks checkpath for each table, with its path, and leaves out what it does not want", async () => {
    const source = `
      local paths = {}
      local metatable = {checkpath = function(t, path)
        paths[#paths + 1] = "/" .. table.concat(path, "/")
        return path[1] ~= "skip"
      end}
      local back = sjson.decode('{"foo":[1,2,[]],"skip":{"deep":[1]}}', {metatable = metatable})
      print(table.concat(paths, " "))
      print(type(back.foo[3]), back.skip)`;
    assert.deepEqual(await printed(source), ["/ /foo /foo/3 /skip /skip/deep", "table\tnil"]);
  });

  test("an error in the metatable's functions reaches the script", async () => {
    const expression = `sjson.decode('{"a":1}', {metatable = {__newindex = function() error("no", 0) end}})`;
    assert.match(await errorOf(expression), /no$/);
  });
});

describe("cjson.decode", () => {
  const refusals: [text: string, message: string][] = [
    ["", "Expected value but found T_END at character 1"],
    ["[1,2", "Expected comma or array end but found T_END at character 5"],
    ["{} x", "Expected the end but found invalid token at character 4"],
    ['{"a" 1}', "Expected colon but found T_NUMBER at character 6"],
    ["<html>", "Expected value but found invalid token at character 1"],
    [nested(1001), "Found too many nested data structures (1001) at character 1001"],
  ];
  for (const [text, message] of refusals) {
    test(`refuses ${JSON.stringify(text).slice(0, 40)}`, async () => {
      assert.equal(await errorOf(`cjson.decode((${quoted(text)}))`), message);
    });
  }

  test("takes a value outside of any bracket", async () => {
    assert.equal(await valueOf('cjson.decode("5")'), "5");
    assert.equal(await valueOf(`cjson.decode('"x"')`), "x");
  });

  test("takes exactly one argument", async () => {
    assert.equal(await errorOf('cjson.decode("[]", 1)'), "bad argument #1 to 'decode' (expected 1 argument)");
  });
});

test("NULL is one value for both modules, and userdata", async () => {
  assert.equal(await valueOf("sjson.NULL == cjson.NULL and type(sjson.NULL)"), "userdata");
});
