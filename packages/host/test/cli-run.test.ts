import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, mock, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { main } from "../src/cli/index.ts";
import { recordingIo } from "./helpers/recording-io.ts";
import type { RecordingIo } from "./helpers/recording-io.ts";
import { nodemcu, workspace } from "./helpers/workspace.ts";

const FOR_EVER = "print('started') tmr.create():alarm(60000, tmr.ALARM_AUTO, function() end)";

/** Acts when the script has printed its first bytes. */
async function afterOutput(io: RecordingIo, act: () => void): Promise<void> {
  while (io.out().length === 0) await nextTurn();
  act();
}

describe("nodemcu run", () => {
  test("writes what the script prints to stdout, byte for byte, and nothing to stderr", async () => {
    const io = recordingIo({ cwd: workspace({ "bytes.lua": String.raw`print("a\1b\255", 1, nil) print("\195\164")` }) });
    assert.equal(await main(["run", "bytes.lua"], io), 0);
    assert.deepEqual(io.out(), Buffer.from("a\x01b\xff\t1\tnil\n\xc3\xa4\n", "latin1"));
    assert.equal(io.err(), "");
  });

  test("runs several scripts one after the other, names each, gives each a fresh device; the highest exit counts", async () => {
    const files = {
      "a.lua": "x = 1 tmr.create():alarm(10, tmr.ALARM_SINGLE, function() print('a', x) end)",
      "b.lua": "print('b', x) error('broken')",
      "c.lua": "print('c', x)",
    };
    const { exit, out, err } = await nodemcu(workspace(files), ["run", "a.lua", "b.lua", "c.lua"]);
    assert.deepEqual([exit, out], [1, "a\t1\nb\tnil\nc\tnil\n"]);
    assert.match(err, /^== a\.lua\n== b\.lua\nb\.lua:1: error\[script-error\]: broken\nstack traceback:\n[^]*\n== c\.lua\n$/);
  });

  test("names the script in messages as it was named on the command line, other files by their names in flash", async () => {
    const folder = workspace({
      "dir/init.lua": "print(1)\ndofile('lib.lua')",
      "dir/lib.lua": "local function f()\n  error('x')\nend\nf()",
    });
    const { err } = await nodemcu(folder, ["run", "dir/init.lua"]);
    assert.match(err, /^lib\.lua:2: error\[script-error\]: x\n/);
    const other = await nodemcu(folder, ["run", "./dir/lib.lua"]);
    assert.match(other.err, /^\.\/dir\/lib\.lua:2: error\[script-error\]: x\n/);
  });

  test("shows names and messages beyond ASCII as they are", async () => {
    const folder = workspace({ "grüße.lua": 'print("ä")\nerror("wörter")' });
    const { out, err } = await nodemcu(folder, ["run", "./grüße.lua"]);
    assert.equal(out, "ä\n");
    assert.match(err, /^\.\/grüße\.lua:2: error\[script-error\]: wörter\n/);
  });

  test("lets a script read its folder, and keeps what it writes out of it", async () => {
    const folder = workspace({
      "w.lua": "file.open('config', 'r') print(file.read()) file.close() file.putcontents('new', 'data') print(file.getcontents('new'))",
      config: "42",
    });
    const { out } = await nodemcu(folder, ["run", "w.lua"]);
    assert.equal(out, "42\ndata\n");
    assert.deepEqual(readdirSync(folder).toSorted(), ["config", "w.lua"]);
  });

  test("--flash is the file system instead, and keeps what is written", async () => {
    const folder = workspace({ "w.lua": "print(file.exists('w.lua')) file.putcontents('new', 'data')", "flash/a": "" });
    const { out } = await nodemcu(folder, ["run", "--flash", "flash", "w.lua"]);
    assert.equal(out, "false\n");
    assert.equal(readFileSync(join(folder, "flash/new"), "utf8"), "data");
  });

  test("ends a script that never returns, told with its line", async () => {
    const { exit, err } = await nodemcu(workspace({ "loop.lua": "print('in')\nwhile true do end" }), [
      "run",
      "--watchdog",
      "100ms",
      "loop.lua",
    ]);
    assert.equal(exit, 1);
    assert.match(err, /^loop\.lua:2: error\[watchdog\]: Lua ran for 0\.1 s/);
  });

  test("ends a script that takes more than the heap", async () => {
    const { exit, err } = await nodemcu(workspace({ "leak.lua": "local t = {}\nwhile true do t[#t + 1] = {} end" }), [
      "run",
      "--heap",
      "48k",
      "leak.lua",
    ]);
    assert.equal(exit, 1);
    assert.match(err, /error\[out-of-memory\]: not enough memory: .* 49152 bytes/);
  });

  test("--for ends the script, says so, and is a success", async () => {
    const { exit, out, err } = await nodemcu(workspace({ "ever.lua": FOR_EVER }), ["run", "--for", "50ms", "ever.lua"]);
    assert.deepEqual([exit, out], [0, "started\n"]);
    assert.equal(err, "ever.lua: note[stopped]: ended by --for 0.05s; still pending: 1 timer.\n");
  });

  test("a restart ends the boot with a note, and is a success", async () => {
    const { exit, err } = await nodemcu(workspace({ "r.lua": "\nnode.restart()" }), ["run", "r.lua"]);
    assert.equal(exit, 0);
    assert.equal(err, "r.lua:2: note[restart]: node.restart() ends this boot.\n");
  });

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    test(`${signal} ends all scripts with exit ${code}, and the report is written`, async () => {
      const folder = workspace({ "ever.lua": FOR_EVER, "next.lua": "print('never')" });
      const { exit, out, err } = await nodemcu(folder, ["run", "--report", "r.json", "ever.lua", "next.lua"], (io) => {
        void afterOutput(io, () => {
          io.signal(signal);
          assert.equal(io.signal(signal), false, "a second signal finds its default action again");
        });
      });
      assert.deepEqual([exit, out], [code, "started\n"]);
      assert.match(err, new RegExp(`ended by ${signal}; still pending: 1 timer`));
      const report: { exit: number; scripts: unknown } = JSON.parse(readFileSync(join(folder, "r.json"), "utf8"));
      assert.deepEqual([report.exit, report.scripts], [code, [{ script: "ever.lua", end: "stopped", exit: 0, reason: signal }]]);
    });
  }

  test("ends quietly when nobody reads its output any more", async () => {
    const { exit, err } = await nodemcu(
      workspace({ "ever.lua": FOR_EVER }),
      ["run", "ever.lua"],
      (io) => void afterOutput(io, () => io.hangUp()),
    );
    assert.deepEqual([exit, err], [0, ""]);
  });
});

interface WrittenReport {
  exit: number;
  output: string;
  outputBase64?: string;
  diagnostics: { script: string; code: string; severity: string; message: string; place?: unknown; traceback?: string }[];
  exchanges: unknown[];
}
const read = (folder: string): WrittenReport => JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));

describe("the report of a run", () => {
  test("holds exit, output and diagnostics of all scripts, also when one fails", async () => {
    const folder = workspace({ "a.lua": "print('ä')", "b.lua": "print('b')\nerror('broken')" });
    await nodemcu(folder, ["run", "--report=report.json", "a.lua", "b.lua"]);
    const report = read(folder);
    assert.deepEqual([report.exit, report.output, report.outputBase64, report.exchanges], [1, "ä\nb\n", undefined, []]);
    const [diagnostic] = report.diagnostics;
    assert.deepEqual(
      { ...diagnostic, traceback: "" },
      { script: "b.lua", code: "script-error", severity: "error", message: "broken", place: { file: "b.lua", line: 2 }, traceback: "" },
    );
    assert.deepEqual(readdirSync(folder).toSorted(), ["a.lua", "b.lua", "report.json"]);
  });

  test("holds the exact bytes of output that is no UTF-8", async () => {
    const folder = workspace({ "a.lua": String.raw`print("\255")` });
    await nodemcu(folder, ["run", "--report", "report.json", "a.lua"]);
    assert.deepEqual([read(folder).output, read(folder).outputBase64], ["\ufffd\n", Buffer.from([255, 10]).toString("base64")]);
  });

  test("replaces an older one, and failing to write it is exit 2", async () => {
    const folder = workspace({ "a.lua": "print('new')", "report.json": "old", "taken/x": "" });
    await nodemcu(folder, ["run", "--report", "report.json", "a.lua"]);
    assert.equal(read(folder).output, "new\n");
    const { exit, out, err } = await nodemcu(folder, ["run", "--report", "taken", "a.lua"]);
    assert.deepEqual([exit, out], [2, "new\n"]);
    assert.match(err, /the report cannot be written to .*taken/);
    assert.equal(existsSync(join(folder, "taken/x")), true);
    assert.deepEqual(readdirSync(folder).toSorted(), ["a.lua", "report.json", "taken"]);
  });
});

/** Runs a script that waits ten seconds, on a clock turned by hand. */
async function waiting(terminal: boolean, columns?: number): Promise<RecordingIo> {
  const io = recordingIo({
    cwd: workspace({ "w.lua": "tmr.create():alarm(10000, tmr.ALARM_SINGLE, function() print('done') end)" }),
    terminal,
    ...(columns === undefined ? {} : { columns }),
  });
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const run = main(["run", "w.lua"], io);
    for (let second = 0; second < 10; second++) {
      await nextTurn();
      mock.timers.tick(1000);
    }
    assert.equal(await run, 0);
  } finally {
    mock.timers.reset();
  }
  return io;
}

describe("on a terminal", () => {
  test("messages are coloured, unless NO_COLOR is set", async () => {
    const cwd = workspace({ "e.lua": "error('x')" });
    const coloured = recordingIo({ cwd, terminal: true });
    await main(["run", "e.lua"], coloured);
    assert.ok(coloured.err().startsWith("e.lua:1: \u001b[1;31merror[script-error]:\u001b[0m x\n"));
    const plain = recordingIo({ cwd, terminal: true, env: { NO_COLOR: "1" } });
    await main(["run", "e.lua"], plain);
    assert.ok(plain.err().startsWith("e.lua:1: error[script-error]: x\n"));
  });

  test("two quiet seconds bring a line that says what the run waits for, gone before anything else is written", async () => {
    const io = await waiting(true);
    assert.match(io.err(), /^(\r\u001b\[Kwaiting: 1 timer)+\r\u001b\[K$/);
    assert.equal(io.out().toString(), "done\n");
  });

  test("that line is cut to the width", async () => {
    assert.match((await waiting(true, 12)).err(), /^(\r\u001b\[Kwaiting: 1…)+\r\u001b\[K$/);
  });

  test("and nowhere else", async () => {
    assert.equal((await waiting(false)).err(), "");
  });
});
