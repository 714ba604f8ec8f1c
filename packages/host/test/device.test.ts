import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rootCertificates } from "node:tls";
import { Device } from "../src/device/index.ts";
import type { NetworkSettings } from "../src/device/index.ts";
import { openOverlayFlash } from "../src/flash/index.ts";
import { modules } from "../src/modules/index.ts";
import type { Host, Module, Network } from "../src/modules/index.ts";
import { runOnClock } from "./helpers/clocked-run.ts";

/** The modules of the host and one more, made for a test. */
const withModule = (install: Module): readonly Module[] => [...modules, install];

const faulty: Module = (host) => host.post(1, () => JSON.parse("{"));

/** Gives scripts `enter(f)`, which has the host enter Lua at once. */
const entering: Module = (host) =>
  host.lua.setGlobal("enter", (call) => {
    const callback = call.callback(1);
    host.enter(() => void host.lua.call(callback));
  });

const holdingTwiceReleased: Module = (host) => {
  const release = host.hold("something");
  host.clock.after(500, () => {
    release();
    release();
  });
};

async function networkWith(settings: NetworkSettings): Promise<Network> {
  const found: { network?: Network } = {};
  await runOnClock("", { network: settings, modules: [(host) => void (found.network = host.network)] });
  assert.ok(found.network);
  return found.network;
}

describe("a run", () => {
  test("has the line of an error that comes out of coroutine.wrap, though its stack is gone", async () => {
    const { diagnostics } = await runOnClock("tmr.create():alarm(1, 0, coroutine.wrap(function()\nerror('inside')\nend))");
    assert.deepEqual(
      diagnostics.map(({ code, message, place }) => [code, message, place]),
      [["callback-error", "inside", { file: "script.lua", line: 2 }]],
    );
  });

  test("ends by itself when nothing is pending", async () => {
    const { outcome, printed } = await runOnClock(`print("hello")`);
    assert.deepEqual(outcome, { end: "idle", exit: 0, reason: undefined, pending: [] });
    assert.deepEqual(printed, ["hello"]);
  });

  test("prints bytes as they are", async () => {
    const bytes: Uint8Array[] = [];
    const device = new Device({ flash: openOverlayFlash(), events: { print: (line) => bytes.push(Uint8Array.from(line)) } });
    await device.run(Buffer.from(`local t = {} for i = 1, 255 do t[#t + 1] = string.char(i) end print(table.concat(t))`), "script.lua");
    assert.deepEqual(Buffer.concat(bytes), Buffer.from([...Array(256).keys(), 10].slice(1)));
  });

  test("ends with an uncaught error of the script, told with place and traceback, and leaves nothing behind", async () => {
    const { outcome, diagnostics, clock } = await runOnClock(`tmr.alarm(0, 1000, 1, function() end)\nlocal x = nil\nx.y = 1`);
    assert.deepEqual([outcome.end, outcome.exit, outcome.reason, outcome.pending], ["error", 1, "script-error", ["timer"]]);
    assert.equal(diagnostics.length, 1);
    assert.equal(diagnostics[0]?.code, "script-error");
    assert.equal(diagnostics[0]?.message, "attempt to index local 'x' (a nil value)");
    assert.deepEqual(diagnostics[0]?.place, { file: "script.lua", line: 3 });
    assert.match(diagnostics[0]?.traceback ?? "", /^stack traceback:\n/);
    assert.equal(clock.waiting, 0);
  });

  test("ends with an uncaught error in a callback", async () => {
    const { outcome, diagnostics } = await runOnClock(`tmr.alarm(0, 10, 1, function()\n error("boom") end)`);
    assert.deepEqual([outcome.exit, outcome.reason], [1, "callback-error"]);
    assert.deepEqual([diagnostics[0]?.message, diagnostics[0]?.place], ["boom", { file: "script.lua", line: 2 }]);
  });

  test("tells of a script that is no Lua", async () => {
    const { outcome, diagnostics } = await runOnClock(`print("a")\nlocal = 5`);
    assert.equal(outcome.exit, 1);
    assert.match(diagnostics[0]?.message ?? "", /'<name>' expected near '='/);
    assert.deepEqual(diagnostics[0]?.place, { file: "script.lua", line: 2 });
  });

  test("ends by the watchdog, which no pcall sees, told with the line", async () => {
    const source = `tmr.alarm(0, 1, 1, function() end)\npcall(function()\n  while true do end\nend)\nprint("never")`;
    const { outcome, diagnostics, printed } = await runOnClock(source, { watchdogMs: 50, clock: undefined });
    assert.deepEqual([outcome.exit, outcome.reason], [1, "watchdog"]);
    assert.deepEqual(diagnostics[0]?.place, { file: "script.lua", line: 3 });
    assert.match(diagnostics[0]?.message ?? "", /^Lua ran for 0\.05 s /);
    assert.deepEqual(printed, []);
  });

  test("ends when the script holds more than the heap", async () => {
    const { outcome, diagnostics } = await runOnClock(`local t = {}\nwhile true do t[#t + 1] = {} end`, { heap: 50_000 });
    assert.deepEqual([outcome.exit, outcome.reason], [1, "out-of-memory"]);
    assert.match(diagnostics[0]?.message ?? "", /^not enough memory: .* 50000 bytes/);
  });

  test("ends when it is stopped, and says what was pending", async () => {
    const { outcome, clock } = await runOnClock(`tmr.alarm(0, 1000, 1, function() end)`, { onTurn: (device) => device.stop("the test") });
    assert.deepEqual(outcome, { end: "stopped", exit: 0, reason: "the test", pending: ["timer"] });
    assert.equal(clock.waiting, 0);
  });
});

describe("a device", () => {
  test("boots afresh for every run, on the same flash", async () => {
    const printed: string[] = [];
    const flash = openOverlayFlash();
    const device = new Device({ flash, events: { print: (bytes) => printed.push(Buffer.from(bytes).toString()) } });
    flash.open("kept.lua", "w")?.write(Buffer.from("print('from flash')"));
    await device.run(Buffer.from("x = 1 dofile('kept.lua')"), "a.lua");
    await device.run(Buffer.from("print(x) dofile('kept.lua')"), "b.lua");
    assert.deepEqual(printed, ["from flash\n", "nil\n", "from flash\n"]);
  });

  test("runs one script at a time", async () => {
    const device = new Device({ flash: openOverlayFlash() });
    const first = device.run(Buffer.from("tmr.create():alarm(5, tmr.ALARM_SINGLE, function() end)"), "a.lua");
    await assert.rejects(device.run(Buffer.from(""), "b.lua"), /running a script already/);
    assert.deepEqual(device.pending, ["timer"]);
    assert.equal((await first).end, "idle");
    assert.deepEqual(device.pending, []);
  });

  test("lives beside others: one that fails does not touch the rest", async () => {
    const sources = ["while true do end", "error('x')", "tmr.create():alarm(20, 0, function() print('fine') end)"];
    const runs = await Promise.all(sources.map((source) => runOnClock(source, { watchdogMs: 50, clock: undefined })));
    assert.deepEqual(
      runs.map(({ outcome }) => outcome.exit),
      [1, 1, 0],
    );
    assert.deepEqual(runs[2]?.printed, ["fine"]);
  });

  test("rejects for a fault of a module, not of the script", async () => {
    await assert.rejects(runOnClock("", { modules: [faulty] }), SyntaxError);
  });
});

describe("what a module may ask of its host", () => {
  test("an entry while Lua runs waits until it has returned; the run goes on meanwhile", async () => {
    const { printed } = await runOnClock(`enter(function() print("entered") end) print("script")`, { modules: withModule(entering) });
    assert.deepEqual(printed, ["script", "entered"]);
  });

  test("a hold keeps the run alive until it is released, twice being once", async () => {
    const { outcome, clock } = await runOnClock("", { modules: withModule(holdingTwiceReleased) });
    assert.deepEqual([outcome.end, clock.now()], ["idle", 500]);
  });

  test("what is still held when the run ends is cancelled once, what was released is not", async () => {
    const cancelled: string[] = [];
    const holding: Module = (host) => {
      host.hold("kept", () => cancelled.push("kept"));
      host.hold("released", () => cancelled.push("released"))();
    };
    const { outcome } = await runOnClock("error('x')", { modules: withModule(holding) });
    assert.deepEqual(outcome.pending, ["kept"]);
    assert.deepEqual(cancelled, ["kept"]);
  });

  test("nothing enters Lua after the end", async () => {
    const lingering: { host?: Host } = {};
    const entries: string[] = [];
    await runOnClock("", { modules: withModule((host) => void (lingering.host = host)) });
    lingering.host?.enter(() => entries.push("late"));
    assert.ok(lingering.host);
    assert.deepEqual(entries, []);
  });
});

describe("what a script reads and the host lacks", () => {
  test("is told once per module, with the place", async () => {
    const { diagnostics } = await runOnClock(`local a = gpio\nlocal b = gpio\nlocal c = my_own_global\nlocal d = mqtt`);
    assert.deepEqual(
      diagnostics.map(({ code, severity, place, message }) => [code, severity, place?.line, message.slice(0, 30)]),
      [
        ["module-missing", "warning", 1, "NodeMCU documents the module g"],
        ["module-missing", "warning", 4, "NodeMCU documents the module m"],
      ],
    );
  });

  test("is told once per function, documented or not, and is nil", async () => {
    const { diagnostics, outcome } = await runOnClock(`local a = node.dsleep\nlocal b = node.dsleep, tmr.nonsense\nwifi.sta.getap()`);
    assert.deepEqual(
      diagnostics.map(({ code, place, message }) => [code, place?.line, message]),
      [
        ["function-missing", 1, "NodeMCU documents node.dsleep, this host does not have it: node.dsleep is nil."],
        ["function-missing", 2, "the module tmr has no field nonsense in this host: tmr.nonsense is nil."],
        ["function-missing", 3, "NodeMCU documents wifi.sta.getap, this host does not have it: wifi.sta.getap is nil."],
        ["script-error", 3, "attempt to call field 'getap' (a nil value)"],
      ],
    );
    assert.equal(outcome.exit, 1);
  });
});

describe("the network of a device", () => {
  const PEM = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";

  test("verifies nothing until the script asks, and warns", async () => {
    const network = await networkWith({});
    assert.equal(network.tls.verify, false);
    assert.equal(network.warnUnverified, true);
    network.verification = true;
    assert.deepEqual(network.tls, { verify: true, ca: undefined });
  });

  test("gives the same options as long as nothing changes", async () => {
    const network = await networkWith({});
    const before = network.tls;
    assert.equal(network.tls, before);
    network.verification = true;
    assert.notEqual(network.tls, before);
  });

  test("trusts the run's certificates beside the built-in ones, verifying or not", async () => {
    const network = await networkWith({ ca: PEM });
    assert.deepEqual(network.tls, { verify: false, ca: [...rootCertificates, PEM] });
    network.verification = true;
    assert.deepEqual(network.tls, { verify: true, ca: [...rootCertificates, PEM] });
  });

  test("trusts the script's certificate alone when it names one", async () => {
    const network = await networkWith({ ca: PEM });
    network.verification = "the script's";
    assert.deepEqual(network.tls, { verify: true, ca: "the script's" });
  });

  test("verifies nothing and warns of nothing when insecure, whatever the script asks", async () => {
    const network = await networkWith({ insecure: true, ca: PEM });
    network.verification = true;
    assert.deepEqual([network.tls.verify, network.warnUnverified], [false, false]);
  });
});
