import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runOnClock } from "./helpers/clocked-run.ts";

describe("node.task.post", () => {
  test("runs tasks after the script, high before medium before low, each with its priority", async () => {
    const { printed } = await runOnClock(`
      node.task.post(node.task.LOW_PRIORITY, function(p) print("low", p) end)
      node.task.post(function(p) print("default", p) end)
      node.task.post(node.task.HIGH_PRIORITY, function(p) print("high", p) end)
      node.task.post(1, function(p) print("medium", p) end)
      print("script")`);
    assert.deepEqual(printed, ["script", "high\t2", "default\t1", "medium\t1", "low\t0"]);
  });

  test("runs a task that a task posts, by its priority among those that wait", async () => {
    const { printed } = await runOnClock(`
      node.task.post(function() print("a") node.task.post(2, function() print("b") end) node.task.post(0, function() print("d") end) end)
      node.task.post(function() print("c") end)`);
    assert.deepEqual(printed, ["a", "b", "c", "d"]);
  });

  test("lets timers fire though tasks post tasks for ever", async () => {
    const { printed, outcome } = await runOnClock(`
      local function again() node.task.post(2, again) end again()
      tmr.create():alarm(50, tmr.ALARM_SINGLE, function() print("timer") again = function() end end)`);
    assert.deepEqual(printed, ["timer"]);
    assert.equal(outcome.end, "idle");
  });

  const wrong: [string, string][] = [
    ["node.task.post(3, print)", "bad argument #1 to 'post' (invalid  priority)"],
    ["node.task.post(-1, print)", "bad argument #1 to 'post' (invalid  priority)"],
    ["node.task.post(1)", "bad argument #2 to 'post' (invalid function)"],
    ["node.task.post('x')", "bad argument #1 to 'post' (invalid function)"],
  ];
  for (const [call, message] of wrong) {
    test(`${call} raises ${message}`, async () => {
      const { printed } = await runOnClock(`print(pcall(function() ${call} end))`);
      assert.deepEqual(printed, [`false\tscript.lua:1: ${message}`]);
    });
  }
});

describe("node", () => {
  test("restart lets the callback finish, then ends the boot with nothing left", async () => {
    const { printed, outcome, diagnostics, clock } = await runOnClock(`
      tmr.alarm(0, 1000, 1, function() print("never") end)
      node.task.post(function() print("never") end)
      node.restart()
      print("still here")`);
    assert.deepEqual(printed, ["still here"]);
    assert.deepEqual([outcome.end, outcome.exit, outcome.reason], ["restart", 0, "node.restart()"]);
    assert.deepEqual(
      diagnostics.map(({ code, severity, place }) => [code, severity, place]),
      [["restart", "note", { file: "script.lua", line: 4 }]],
    );
    assert.equal(clock.waiting, 0);
  });

  test("restart followed by an endless loop is a restart, not a watchdog's", async () => {
    const { outcome, diagnostics } = await runOnClock("node.restart() while true do end", { watchdogMs: 50, clock: undefined });
    assert.equal(outcome.end, "restart");
    assert.equal(diagnostics.length, 1);
  });

  test("heap is the free part of the budget, and falls when the script holds more", async () => {
    const { printed } = await runOnClock(
      `local before = node.heap() local kept = string.rep("x", 10000) print(before < 65536, before - node.heap() >= 10000, #kept)`,
    );
    assert.deepEqual(printed, ["true\ttrue\t10000"]);
  });

  test("gives the chip's number, and a power-on as the reason of the boot", async () => {
    const { printed } = await runOnClock(`print(string.format("%06x", node.chipid()), node.bootreason())`);
    assert.deepEqual(printed, ["c0ffee\t1\t0"]);
  });
});
