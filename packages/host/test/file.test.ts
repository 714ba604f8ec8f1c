import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openOverlayFlash } from "../src/flash/index.ts";
import { printed, runScript } from "./helpers/run-script.ts";

/** A flash that holds these files. */
function flashWith(files: Record<string, string>): ReturnType<typeof openOverlayFlash> {
  const flash = openOverlayFlash();
  for (const [name, content] of Object.entries(files)) {
    const file = flash.open(name, "w");
    file?.write(Buffer.from(content, "latin1"));
    file?.close();
  }
  return flash;
}

const run = (source: string, files: Record<string, string> = {}): Promise<readonly string[]> =>
  printed(source, { flash: flashWith(files) });

async function errorOf(expression: string, files: Record<string, string> = {}): Promise<string> {
  const [ok, message = ""] = await run(`local ok, message = pcall(function() return ${expression} end) print(ok) print(message)`, files);
  assert.equal(ok, "false", `${expression} raised nothing`);
  return message.replace(/^test\.lua:\d+: /, "");
}

/** The two forms of one script: `F:` stands for the file. */
const FORMS: Record<string, (source: string) => string> = {
  "module form": (source) => source.replace(/F:(\w+)\(/g, "file.$1("),
  "object form": (source) => source.replaceAll("F:", "fd:"),
};

for (const [form, inForm] of Object.entries(FORMS)) {
  const go = (source: string, files?: Record<string, string>): Promise<readonly string[]> => run(inForm(source), files);

  describe(`file, ${form}`, () => {
    test("reads 1024 bytes unless told otherwise, then the rest, then nil", async () => {
      const source = `fd = file.open("big") print(#F:read()) print(#F:read()) print(F:read())`;
      assert.deepEqual(await go(source, { big: "x".repeat(1500) }), ["1024", "476", "nil"]);
    });

    test("reads as many bytes as told, more than 1024 as well", async () => {
      const source = `fd = file.open("big") print(F:read(3)) print(#F:read(1400)) print(#F:read(1e6)) print(#(F:read(0) or ""))`;
      assert.deepEqual(await go(source, { big: "x".repeat(1500) }), ["xxx", "1400", "97", "0"]);
    });

    test("reads up to and with a character", async () => {
      const source = `fd = file.open("f") print(F:read(";")) print(F:read("#")) print(F:read(";"))`;
      assert.deepEqual(await go(source, { f: "a=1;b=2;" }), ["a=1;", "b=2;", "nil"]);
    });

    test("reads lines with their ends, a long one in pieces of 1024", async () => {
      const source = `fd = file.open("f") print(F:readline() == "one\\n") print(F:readline() == "\\n") print(#F:readline()) print(#F:readline()) print(F:readline())`;
      assert.deepEqual(await go(source, { f: `one\n\n${"y".repeat(1500)}` }), ["true", "true", "1024", "476", "nil"]);
    });

    test("keeps all byte values", async () => {
      const source = `
        local all = "" for i = 0, 255 do all = all .. string.char(i) end
        fd = file.open("f", "w+") print(F:write(all)) F:seek("set") print(F:read() == all)`;
      assert.deepEqual(await go(source), ["true", "true"]);
    });

    test("writes lines, and says true", async () => {
      const flash = openOverlayFlash();
      assert.deepEqual(
        await printed(inForm(`fd = file.open("f", "w") print(F:writeline("one")) print(F:write("two")) print(F:flush()) F:close()`), {
          flash,
        }),
        ["true", "true", "true"],
      );
      assert.equal(Buffer.from(flash.read("f") ?? []).toString(), "one\ntwo");
    });

    test("says nil when the mode does not allow it", async () => {
      assert.deepEqual(await go(`fd = file.open("f") print(F:write("x"))`, { f: "1" }), ["nil"]);
      assert.deepEqual(await go(`fd = file.open("f", "a") print(F:read())`, { f: "1" }), ["nil"]);
    });

    test("seeks as told and says where it is", async () => {
      const source = `fd = file.open("f") print(F:seek()) print(F:seek("end")) print(F:seek("set", 2)) print(F:seek("cur", 1)) print(F:seek("set", -1)) print(F:seek("end", 1)) print(F:read())`;
      assert.deepEqual(await go(source, { f: "012345" }), ["0", "6", "2", "3", "nil", "nil", "345"]);
    });

    for (const use of ["F:read()", "F:readline()", 'F:write("x")', 'F:writeline("x")', "F:seek()", "F:flush()"]) {
      test(`${use} on a closed file is an error`, async () => {
        const source = `fd = file.open("f") F:close() print(pcall(function() ${use} end))`;
        assert.deepEqual(await go(source, { f: "1" }), ["false\ttest.lua:1: open a file first"]);
      });
    }

    test("closing twice does nothing", async () => {
      assert.deepEqual(await go(`fd = file.open("f") F:close() F:close() print("fine")`, { f: "1" }), ["fine"]);
    });
  });
}

describe("file", () => {
  test("open gives an object that is true, or nil", async () => {
    const source = `print(type(file.open("f"))) print(file.open("g")) print(file.open("g", "r+")) print(file.open("../g", "w"))`;
    assert.deepEqual(await run(source, { f: "1" }), ["userdata", "nil", "nil", "nil"]);
  });

  test("an unknown mode reads", async () => {
    assert.deepEqual(await run(`local fd = file.open("f", "rb") print(fd:read(), fd:write("x"))`, { f: "1" }), ["1\tnil"]);
  });

  test("several objects are open side by side, the module form means the last one", async () => {
    const source = `
      local a = file.open("a") local b = file.open("b")
      print(a:read(1), b:read(1), file.read(1), a:read(1))
      a:close() print(file.read(1)) b:close() print(pcall(file.read))`;
    assert.deepEqual(await run(source, { a: "12345", b: "abcde" }), ["1\ta\tb\t2", "c", "false\topen a file first"]);
  });

  test("a failed open leaves no current file", async () => {
    assert.deepEqual(await run(`file.open("f") file.open("none") print(pcall(file.read))`, { f: "1" }), ["false\topen a file first"]);
  });

  test("functions of the module take an object as well", async () => {
    assert.deepEqual(
      await run(`local fd = file.open("f") print(file.read(fd, 2)) file.close(fd) print(pcall(fd.read, fd))`, { f: "123" }),
      ["12", "false\topen a file first"],
    );
  });

  test("a file nobody refers to is closed by the garbage collector", async () => {
    const source = `for i = 1, 200 do file.open("f") end file.close() collectgarbage() collectgarbage() print("fine")`;
    assert.deepEqual(await run(source, { f: "1" }), ["fine"]);
  });

  test("the current file lives without a reference to it", async () => {
    const source = `file.open("f") collectgarbage() collectgarbage() print(file.read(1)) collectgarbage() print(file.read(1))`;
    assert.deepEqual(await run(source, { f: "12" }), ["1", "2"]);
  });

  test("tells what is there", async () => {
    const source = `
      print(file.exists("a"), file.exists("b"))
      local s = file.stat("a")
      print(s.name, s.size, s.is_dir, s.is_rdonly, s.is_hidden, s.is_sys, s.is_arch, s.time.year, s.time.mon, s.time.day, s.time.hour)
      print(file.stat("b"))
      print(file.list()["a"], file.list()["dir/c"], next(file.list("^x")), file.list("c$")["dir/c"])
      local free, used, total = file.fsinfo()
      print(used, free + used == total)`;
    assert.deepEqual(await run(source, { a: "123", "dir/c": "12345" }), [
      "true\tfalse",
      "a\t3\tfalse\tfalse\tfalse\tfalse\tfalse\t1970\t1\t1\t0",
      "nil",
      "3\t5\tnil\t5",
      "8\ttrue",
    ]);
  });

  test("a bad pattern is string.match's own error", async () => {
    assert.match(await errorOf('file.list("[")', { f: "1" }), /malformed pattern \(missing ']'\)$/);
  });

  test("removes, renames and formats", async () => {
    const source = `
      print(file.rename("a", "c"), file.rename("none", "d"), file.rename("b", "c"))
      print(select("#", file.remove("b")), file.exists("b"), file.exists("c"))
      file.remove("none")
      file.format() print(next(file.list()))`;
    assert.deepEqual(await run(source, { a: "1", b: "2" }), ["true\tfalse\tfalse", "0\tfalse\ttrue", "nil"]);
  });

  test("getcontents and putcontents move whole files", async () => {
    const source = `
      print(file.putcontents("f", "a\\0b"), #file.getcontents("f"), file.getcontents("none"))
      print(#file.getcontents("big"), file.putcontents("../f", "x"))`;
    assert.deepEqual(await run(source, { big: "x".repeat(5000) }), ["true\t3\tnil", "5000\tnil"]);
  });

  test("/FLASH/ before a name is no part of it for dofile and loadfile either", async () => {
    const files = { "f.lua": "return 7" };
    assert.deepEqual(await run(`print(dofile("/FLASH/f.lua"), loadfile("/FLASH/f.lua")())`, files), ["7\t7"]);
    assert.equal(await errorOf(`dofile("/FLASH//f.lua")`, files), "cannot open /FLASH//f.lua");
  });

  test("/FLASH/ before a name is the file system's own", async () => {
    assert.deepEqual(await run(`print(file.exists("/FLASH/f"), file.open("/FLASH/f"):read())`, { f: "1" }), ["true\t1"]);
  });

  const refusals: [expression: string, message: string][] = [
    ["file.open()", "bad argument #1 to 'open' (string expected, got no value)"],
    [`file.open(("x"):rep(32))`, "bad argument #1 to 'open' (filename invalid)"],
    [`file.exists("a\\0b")`, "bad argument #1 to 'exists' (filename invalid)"],
    [`file.rename("a", ("x"):rep(32))`, "bad argument #2 to 'rename' (filename invalid)"],
    [`file.open("f"):read("ab")`, "wrong arg range"],
    [`file.open("f"):seek("there")`, "bad argument #1 to 'seek' (invalid option 'there')"],
    ["file.read()", "open a file first"],
  ];
  for (const [expression, message] of refusals) {
    test(`refuses ${expression}`, async () => assert.equal(await errorOf(expression, { f: "1" }), message));
  }

  test("a function this host lacks is nil, and said once", async () => {
    const { diagnostics } = await runScript("print(file.mount) print(file.mount)");
    assert.deepEqual(
      diagnostics.map(({ code, place }) => ({ code, line: place?.line })),
      [{ code: "function-missing", line: 1 }],
    );
  });
});
