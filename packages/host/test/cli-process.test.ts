import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { closeSync, cpSync, existsSync, mkdirSync, openSync } from "node:fs";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { listen } from "../../../test/helpers/listen.ts";
import { workspace } from "./helpers/workspace.ts";

const BIN = fileURLToPath(new URL("../bin/nodemcu.js", import.meta.url));

/** A process that lingers is killed, and its exit is then null. Less than the 10 s that a request may take by itself. */
const PATIENCE_MS = 9000;

interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString();

function start(cwd: string, args: readonly string[], bin = BIN): { child: ChildProcessWithoutNullStreams; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [bin, ...args], { cwd, timeout: PATIENCE_MS, killSignal: "SIGKILL" });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const ended = once(child, "close").then(() => ({ exit: child.exitCode, out: text(out), err: text(err) }));
  return { child, ended };
}

const nodemcu = (cwd: string, ...args: string[]): Promise<Ended> => start(cwd, args).ended;

describe("the program nodemcu", () => {
  test("runs scripts; output, messages and exit code go where a shell looks for them", async () => {
    const folder = workspace({ "ok.lua": "print('hello')", "bad.lua": "error('x')" });
    assert.deepEqual(await nodemcu(folder, "run", "ok.lua"), { exit: 0, out: "hello\n", err: "" });
    const bad = await nodemcu(folder, "run", "bad.lua");
    assert.deepEqual([bad.exit, bad.out], [1, ""]);
    assert.match(bad.err, /^bad\.lua:1: error\[script-error\]: x\nstack traceback:\n/);
    assert.equal((await nodemcu(folder, "run", "none.lua")).exit, 2);
  });

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    test(`ends with exit ${code} after ${signal}`, async () => {
      const folder = workspace({ "ever.lua": "print('started') tmr.create():alarm(60000, tmr.ALARM_AUTO, function() end)" });
      const { child, ended } = start(folder, ["run", "ever.lua"]);
      child.stdout.once("data", () => child.kill(signal));
      const { exit, err } = await ended;
      assert.equal(exit, code);
      assert.equal(err, `ever.lua: note[stopped]: ended by ${signal}; still pending: 1 timer.\n`);
    });
  }

  const busy: [what: string, lua: string][] = [
    ["feeds the watchdog for ever", "while true do tmr.wdclr() end"],
    ["sleeps for ever", "while true do tmr.delay(2e9) end"],
  ];
  for (const [what, lua] of busy) {
    test(`ends a script that ${what} with --for`, async () => {
      const folder = workspace({ "busy.lua": lua });
      const { exit, err } = await nodemcu(folder, "run", "--for", "200ms", "busy.lua");
      assert.deepEqual([exit, err], [0, "busy.lua: note[stopped]: ended by --for 0.2s.\n"]);
    });

    test(`lets a signal end a script that ${what}`, async () => {
      const folder = workspace({ "busy.lua": `print("started") ${lua}` });
      const { child, ended } = start(folder, ["run", "busy.lua"]);
      let again: NodeJS.Timeout | undefined;
      child.stdout.once("data", () => (again = setInterval(() => child.kill("SIGINT"), 200)));
      const { out } = await ended;
      clearInterval(again);
      assert.deepEqual([out, child.signalCode], ["started\n", "SIGINT"]);
    });
  }

  test("ends a script that never returns when its reader goes away", async () => {
    const folder = workspace({ "flood.lua": "while true do print(('x'):rep(1000)) tmr.wdclr() end" });
    const { child, ended } = start(folder, ["run", "flood.lua"]);
    child.stdout.once("data", () => child.stdout.destroy());
    const { exit, err } = await ended;
    assert.deepEqual([exit, err], [0, ""]);
  });

  test("says why its output cannot be written, and exits with 2", { skip: !existsSync("/dev/full") }, async () => {
    const folder = workspace({ "many.lua": "tmr.create():alarm(1, tmr.ALARM_AUTO, function() print('x') end)" });
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [BIN, "run", "many.lua"], {
      cwd: folder,
      stdio: ["ignore", full, "pipe"],
      timeout: PATIENCE_MS,
      killSignal: "SIGKILL",
    });
    closeSync(full);
    const err: Buffer[] = [];
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
    await once(child, "close");
    assert.equal(child.exitCode, 2);
    assert.match(text(err), /^many\.lua: note\[stopped\]: ended by an output that cannot be written \(ENOSPC: [^\n]+\n$/);
  });

  test("ends quietly when its reader goes away", async () => {
    const folder = workspace({ "many.lua": "tmr.create():alarm(1, tmr.ALARM_AUTO, function() print(('x'):rep(1000)) end)" });
    const { child, ended } = start(folder, ["run", "many.lua"]);
    child.stdout.once("data", () => child.stdout.destroy());
    const { exit, err } = await ended;
    assert.deepEqual([exit, err], [0, ""]);
  });

  test("says how to build it when it is not built", async () => {
    const folder = workspace();
    mkdirSync(join(folder, "bin"));
    cpSync(BIN, join(folder, "bin/nodemcu.mjs"));
    const { exit, err } = await start(folder, ["--version"], join(folder, "bin/nodemcu.mjs")).ended;
    assert.deepEqual([exit, err], [2, "nodemcu is not built yet: run `npm run build` first\n"]);
  });
});

describe("the process ends by itself, with nothing left open,", () => {
  const peers = new Set<Socket>();
  const silent = createServer((socket) => {
    peers.add(socket);
    socket.on("error", () => {});
  });
  let port = 0;

  before(async () => {
    port = await listen(silent);
  });
  after(() => {
    for (const peer of peers) peer.destroy();
    silent.close();
  });

  const open = (): string => `tmr.create():alarm(60000, tmr.ALARM_AUTO, function() end)
    local s = net.createConnection(net.TCP, 0)
    s:on("connection", function() print("connected") FINALLY end)
    s:connect(${port}, "127.0.0.1")`;

  const endings: [string, string, number][] = [
    ["an uncaught error", "error('x')", 1],
    ["the watchdog", "while true do end", 1],
    ["the end of memory", "local t = {} while true do t[#t + 1] = {} end", 1],
    ["a restart", "node.restart()", 0],
  ];
  for (const [what, lua, code] of endings) {
    test(`after ${what} with a timer and a connection open`, async () => {
      const folder = workspace({ "a.lua": open().replace("FINALLY", lua) });
      const { exit, out } = await nodemcu(folder, "run", "--watchdog", "100ms", "a.lua");
      assert.deepEqual([exit, out], [code, "connected\n"]);
    });
  }

  test("after --for with a timer and a connection open", async () => {
    const folder = workspace({ "a.lua": open().replace("FINALLY", "") });
    const { exit, err } = await nodemcu(folder, "run", "--for", "300ms", "a.lua");
    assert.equal(exit, 0);
    assert.match(err, /^a\.lua: note\[stopped\]: ended by --for 0\.3s; still pending: 1 timer/);
  });

  test("after a signal with a request in flight", async () => {
    const folder = workspace({ "a.lua": `print("asked") http.get("http://127.0.0.1:${port}/", nil, function() print("never") end)` });
    const { child, ended } = start(folder, ["run", "a.lua"]);
    child.stdout.once("data", () => child.kill("SIGINT"));
    const { exit, out } = await ended;
    assert.deepEqual([exit, out], [130, "asked\n"]);
  });
});
