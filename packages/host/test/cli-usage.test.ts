import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { nodemcu, workspace } from "./helpers/workspace.ts";

const manifest: { version: string } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

describe("nodemcu", () => {
  const folder = workspace({ "hello.lua": "print('hello')", "not-pem.txt": "hello" });

  test("prints its version", async () => {
    assert.deepEqual(await nodemcu(folder, ["--version"]), { exit: 0, out: `${manifest.version}\n`, err: "" });
  });

  for (const args of [["help"], ["--help"], ["-h"]]) {
    test(`${args.join(" ")} explains the commands on stdout`, async () => {
      const { exit, out, err } = await nodemcu(folder, args);
      assert.deepEqual([exit, err], [0, ""]);
      for (const word of ["nodemcu run FILE", "nodemcu httpbin", "--version", "Exit:"]) assert.ok(out.includes(word), word);
    });
  }

  for (const args of [
    ["run", "--help"],
    ["run", "hello.lua", "-h"],
    ["help", "run"],
  ]) {
    test(`${args.join(" ")} explains every option of run and runs nothing`, async () => {
      const { exit, out } = await nodemcu(folder, args);
      assert.equal(exit, 0);
      const options = ["--connect-to", "--cacert", "--insecure", "--heap", "--watchdog", "--flash", "--for", "--httpbin", "--report"];
      for (const option of options) assert.ok(out.includes(option), option);
    });
  }

  test("httpbin --help explains its ports", async () => {
    const { out } = await nodemcu(folder, ["httpbin", "--help"]);
    assert.match(out, /--port[^]*--tls-port/);
  });

  const wrong: [string[], RegExp][] = [
    [[], /^nodemcu: what should it do\?\nTry: nodemcu help\n$/],
    [["rum"], /no command rum; did you mean run\?/],
    [["hello.lua"], /to run a script: nodemcu run hello\.lua/],
    [["constructor"], /no command constructor\n/],
    [["run"], /run needs a script[^]*Try: nodemcu run --help\n$/],
    [["run", "--heep", "1", "hello.lua"], /no option --heep; did you mean --heap\?[^]*Try: nodemcu run --help/],
    [["run", "missing.lua"], /missing\.lua: there is no such file/],
    [["run", "hello.lua/x.lua"], /there is no such file/],
    [["run", "."], /\.: that is a directory/],
    [["run", "--flash", "nowhere", "hello.lua"], /--flash nowhere: there is no such directory/],
    [["run", "--flash", "hello.lua", "hello.lua"], /--flash hello\.lua: there is no such directory/],
    [["run", "--cacert", "missing.pem", "hello.lua"], /--cacert missing\.pem: there is no such file/],
    [["run", "--cacert", "not-pem.txt", "hello.lua"], /--cacert not-pem\.txt: there is no certificate in PEM form/],
    [["run", "--report", "nowhere/report.json", "hello.lua"], /--report nowhere\/report\.json: there is no such directory/],
    [["run", "--for", "0", "hello.lua"], /--for 0: a duration must be longer than nothing/],
    [["run", "--watchdog", "soon", "hello.lua"], /--watchdog soon: a duration is a number/],
    [["run", "--heap", "10", "hello.lua"], /--heap 10: the heap must be 4096 bytes at least/],
    [["run", "--connect-to", "a:80", "hello.lua"], /--connect-to a:80: it takes four parts/],
    [["httpbin", "--port", "http"], /--port http: a port is a number/],
    [["httpbin", "extra"], /httpbin takes options only, not extra/],
  ];
  for (const [args, message] of wrong) {
    test(`refuses ${["nodemcu", ...args].join(" ")}`, async () => {
      const { exit, out, err } = await nodemcu(folder, args);
      assert.equal(exit, 2);
      assert.equal(out, "");
      assert.match(err, message);
    });
  }

  test("runs none of the scripts when one cannot be read", async () => {
    const { exit, out } = await nodemcu(folder, ["run", "hello.lua", "missing.lua"]);
    assert.deepEqual([exit, out], [2, ""]);
  });
});
