import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runOnClock } from "./helpers/clocked-run.ts";

/** What the script prints, after a run that must end well. */
async function prints(source: string): Promise<string[]> {
  const { printed, outcome, diagnostics } = await runOnClock(source);
  assert.deepEqual(diagnostics, []);
  assert.equal(outcome.end, "idle");
  return printed;
}

const at = "local function at() return math.floor(tmr.now() / 1000) end ";

describe("a timer object", () => {
  test("calls back once in single mode, with itself, and is unregistered then", async () => {
    const source = `${at} local t = tmr.create()
      print(t:alarm(1500, tmr.ALARM_SINGLE, function(self) print(at(), self == t, t:state()) end), t:state())`;
    assert.deepEqual(await prints(source), ["true\ttrue\t0", "1500\ttrue\tnil"]);
  });

  test("calls back again and again in automatic mode, on the beat", async () => {
    const source = `${at} local n = 0
      tmr.create():alarm(100, tmr.ALARM_AUTO, function(t) n = n + 1 print(at()) if n == 3 then t:unregister() end end)`;
    assert.deepEqual(await prints(source), ["100", "200", "300"]);
  });

  test("loses the beats that a slow callback missed, and catches up with none", async () => {
    const source = `${at} local n = 0
      tmr.create():alarm(100, tmr.ALARM_AUTO, function(t) n = n + 1 print(at()) if n == 1 then tmr.delay(350000) end if n == 3 then t:stop() end end)`;
    assert.deepEqual(await prints(source), ["100", "450", "550"]);
  });

  test("waits to be started again in semi-automatic mode", async () => {
    const source = `${at} local n = 0
      tmr.create():alarm(100, tmr.ALARM_SEMI, function(t) n = n + 1 print(at(), t:state()) if n == 1 then print(t:start()) end end)`;
    assert.deepEqual(await prints(source), ["100\tfalse\t2", "true", "200\tfalse\t2"]);
  });

  test("does nothing between register and start", async () => {
    const source = `${at} local t = tmr.create() t:register(50, tmr.ALARM_SINGLE, function() print(at()) end) print(t:state())
      print(t:start(), t:start(), t:stop(), t:stop(), t:start())`;
    assert.deepEqual(await prints(source), ["false\t0", "true\tfalse\ttrue\tfalse\ttrue", "50"]);
  });

  test("starts over when start is told so", async () => {
    const source = `${at} local t = tmr.create() t:alarm(100, tmr.ALARM_SINGLE, function() print(at()) end)
      tmr.create():alarm(60, tmr.ALARM_SINGLE, function() print(t:start(true)) end)`;
    assert.deepEqual(await prints(source), ["true", "160"]);
  });

  test("takes a new interval, which begins at once when it runs", async () => {
    const source = `${at} local t = tmr.create() t:alarm(100, tmr.ALARM_SINGLE, function() print(at()) end)
      tmr.create():alarm(60, tmr.ALARM_SINGLE, function() t:interval(10) end)`;
    assert.deepEqual(await prints(source), ["70"]);
  });

  test("may register itself anew inside its callback", async () => {
    const source = `${at} tmr.create():alarm(10, 0, function(t) print(at()) t:alarm(20, 0, function() print("then", at()) end) end)`;
    assert.deepEqual(await prints(source), ["10", "then\t30"]);
  });

  test("lives while it runs, though the script has forgotten it", async () => {
    const source = `${at} tmr.create():alarm(100, tmr.ALARM_SINGLE, function() print(at()) end) collectgarbage() collectgarbage()`;
    assert.deepEqual(await prints(source), ["100"]);
  });

  test("is collected when nothing refers to it, with its callback", async () => {
    const source = `local function count() collectgarbage() collectgarbage() return collectgarbage("count") end
      local function make() for i = 1, 50 do tmr.create():register(10, 0, function() return i end) end end
      local function burst() for i = 1, 2 do make() end return count() end
      burst() burst() local before = burst() burst() print(burst() - before)`;
    assert.deepEqual(await prints(source), ["0"]);
  });

  test("that was stopped does not hold the run", async () => {
    assert.deepEqual(await prints(`local t = tmr.create() t:alarm(100, 1, function() print("never") end) t:stop()`), []);
  });

  test("is unregistered once and for all", async () => {
    const source = `local t = tmr.create() t:alarm(100, 1, function() print("never") end) t:unregister() print(t:state(), t:start(), t:stop())`;
    assert.deepEqual(await prints(source), ["nil\tfalse\tfalse"]);
  });
});

describe("a numbered timer", () => {
  test("calls back with its number, modes as bare numbers", async () => {
    const source = `${at} tmr.alarm(6, 30, 0, function(id) print(id, at()) end) tmr.alarm(0, 20, 1, function(id) print(id, at()) tmr.stop(id) end)`;
    assert.deepEqual(await prints(source), ["0\t20", "6\t30"]);
  });

  test("has one registration: the later alarm replaces the earlier", async () => {
    assert.deepEqual(
      await prints(`tmr.alarm(1, 10, 0, function() print("first") end) tmr.alarm(1, 20, 0, function() print("second") end)`),
      ["second"],
    );
  });

  test("takes the module's calls, which also take a timer object", async () => {
    const source = `tmr.register(2, 10, tmr.ALARM_SEMI, function() print("2") end) print(tmr.state(2)) print(tmr.start(2), tmr.state(2))
      tmr.interval(2, 5) local t = tmr.create() tmr.alarm(t, 20, 0, function(o) print(o == t) end) print(tmr.stop(t), tmr.start(t))`;
    assert.deepEqual(await prints(source), ["false\t2", "true\ttrue\t2", "true\ttrue", "2", "true"]);
  });

  test("may be the seven that there are", async () => {
    assert.deepEqual(await prints(`for id = 0, 6 do tmr.alarm(id, 10, 0, function(n) print(n) end) end`), [
      "0",
      "1",
      "2",
      "3",
      "4",
      "5",
      "6",
    ]);
  });
});

describe("wrong arguments of tmr", () => {
  const wrong: [string, string][] = [
    ["tmr.alarm(7, 10, 0, print)", "bad argument #1 to 'alarm' (invalid timer index)"],
    ["tmr.alarm({}, 10, 0, print)", "bad argument #1 to 'alarm' (timer object or numerical ID expected)"],
    ["tmr.alarm(0, 0, 0, print)", "bad argument #2 to 'alarm' (Range: 1-6870947)"],
    ["tmr.alarm(0, 6870948, 0, print)", "bad argument #2 to 'alarm' (Range: 1-6870947)"],
    ["tmr.alarm(0, -5, 0, print)", "bad argument #2 to 'alarm' (Range: 1-6870947)"],
    ["tmr.alarm(0, 10, 3, print)", "bad argument #3 to 'alarm' (Invalid mode)"],
    ["tmr.alarm(0, 10, 0)", "bad argument #4 to 'alarm' (Must be function)"],
    ["tmr.alarm(0, {}, 0, print)", "bad argument #2 to 'alarm' (number expected, got table)"],
    ["tmr.create():alarm(10, 9, print)", "bad argument #2 to 'alarm' (Invalid mode)"],
    ["tmr.create():start(1)", "bad argument #1 to 'start' (boolean expected)"],
    ["tmr.delay(0)", "bad argument #1 to 'delay' (wrong arg range)"],
  ];
  for (const [call, message] of wrong) {
    test(`${call} raises ${message}`, async () => {
      assert.deepEqual(await prints(`print(pcall(function() ${call} end))`), [`false\tscript.lua:1: ${message}`]);
    });
  }

  test("6870947 ms is the longest interval", async () => {
    assert.deepEqual(await prints(`tmr.alarm(0, 6870947, 0, function() print(tmr.time()) end)`), ["6870"]);
  });
});

describe("the counters of tmr", () => {
  test("now counts microseconds in 31 bits, time seconds", async () => {
    const source = `tmr.alarm(0, 2147, 0, function() print(tmr.now(), tmr.time()) tmr.alarm(0, 1, 0, function() print(tmr.now(), tmr.time()) end) end)`;
    assert.deepEqual(await prints(source), ["2147000\t2", "2148000\t2"]);
    const late = await prints(`tmr.alarm(0, 2147484, 0, function() print(tmr.now(), tmr.time()) end)`);
    assert.deepEqual(late, ["352\t2147"]);
  });

  test("delay stands still: no timer fires meanwhile, and the watchdog does not count it", async () => {
    const source = `tmr.alarm(0, 10, 0, function() print("timer", tmr.now()) end) tmr.delay(5000000) print("delayed", tmr.now()) tmr.wdclr()`;
    assert.deepEqual(await prints(source), ["delayed\t5000000", "timer\t5000000"]);
  });
});

describe("the soft watchdog", () => {
  test("restarts the device unless it is fed", async () => {
    const { outcome, diagnostics, clock } = await runOnClock(`tmr.softwd(5) tmr.alarm(0, 60000, 0, function() print("never") end)`);
    assert.equal(outcome.end, "restart");
    assert.equal(clock.now(), 5000);
    assert.deepEqual(
      diagnostics.map(({ code, message }) => [code, message]),
      [["restart", "tmr.softwd(5) ends this boot."]],
    );
    assert.equal(clock.waiting, 0);
  });

  test("is put off by a later call and ended by a negative one", async () => {
    const source = `tmr.softwd(5) tmr.alarm(0, 4000, 0, function() tmr.softwd(5) end) tmr.alarm(1, 8000, 0, function() tmr.softwd(-1) print("fed") end)`;
    assert.deepEqual(await prints(source), ["fed"]);
  });
});
