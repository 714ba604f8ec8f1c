import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runOnClock } from "./helpers/clocked-run.ts";

async function prints(source: string): Promise<string[]> {
  const { printed, outcome, diagnostics } = await runOnClock(source);
  assert.deepEqual(diagnostics, []);
  assert.equal(outcome.end, "idle");
  return printed;
}

describe("the wifi station", () => {
  test("is on its network from the start", async () => {
    const source = `print(wifi.getmode() == wifi.STATION, wifi.sta.status() == wifi.STA_GOTIP, wifi.sta.getip())`;
    assert.deepEqual(await prints(source), ["true\ttrue\t192.168.1.100\t255.255.255.0\t192.168.1.1"]);
  });

  test("has no address while the mode leaves the station out", async () => {
    const source = `print(wifi.setmode(wifi.SOFTAP), wifi.sta.getip(), wifi.sta.status()) print(wifi.setmode(wifi.STATIONAP), (wifi.sta.getip()))`;
    assert.deepEqual(await prints(source), ["2\tnil\t0", "3\t192.168.1.100"]);
  });

  test("takes its configuration as strings, the form of 2016", async () => {
    const source = `print(wifi.sta.config("home", "secret99")) print(wifi.sta.getconfig())
      print(wifi.sta.config("home", "", 0, "12:34:56:78:90:12")) print(wifi.sta.getconfig())
      print(wifi.sta.config("home", "secret99", "AA:BB:CC:DD:EE:FF")) print(wifi.sta.getconfig())`;
    assert.deepEqual(await prints(source), [
      "true",
      "home\tsecret99\t0\t02:00:00:00:00:01",
      "true",
      "home\t\t1\t12:34:56:78:90:12",
      "true",
      "home\tsecret99\t1\tAA:BB:CC:DD:EE:FF",
    ]);
  });

  test("takes its configuration as a table, and gives it back as one", async () => {
    const source = `print(wifi.sta.config{ssid = "home", pwd = "secret99", auto = false, save = true})
      local c = wifi.sta.getconfig(true) print(c.ssid, c.pwd, c.bssid_set, c.bssid)
      wifi.sta.config{ssid = "open"} print(wifi.sta.getconfig(true).pwd)`;
    assert.deepEqual(await prints(source), ["true", "home\tsecret99\tfalse\t02:00:00:00:00:01", "nil"]);
  });

  test("accepts connect, disconnect and autoconnect, and keeps radio settings", async () => {
    const source = `wifi.sta.connect() wifi.sta.disconnect() wifi.sta.autoconnect(1)
      print(wifi.setphymode(wifi.PHYMODE_G), wifi.getphymode(), wifi.sta.sleeptype(wifi.NONE_SLEEP), wifi.sleeptype())`;
    assert.deepEqual(await prints(source), ["2\t2\t0\t0"]);
  });

  test("has the name and addresses that follow from the chip's number", async () => {
    const source = `print(wifi.sta.gethostname(), wifi.sta.getmac()) print(wifi.sta.sethostname("kitchen-1"), wifi.sta.gethostname())`;
    assert.deepEqual(await prints(source), ["NODE-C0FFEE\t5c:cf:7f:c0:ff:ee", "true\tkitchen-1"]);
  });

  const wrong: [string, string][] = [
    ["wifi.setmode(4)", "bad argument #1 to 'setmode' (Invalid mode)"],
    ["wifi.sta.config{pwd = 'x'}", "bad argument #1 to 'config' (ssid required)"],
    ["wifi.sta.config{ssid = {}}", "bad argument #1 to 'config' (ssid:not string)"],
    ["wifi.sta.config{ssid = 'a', auto = 1}", "bad argument #1 to 'config' (auto:not boolean)"],
    ["wifi.sta.config{ssid = 'a', bssid = 'b'}", "bad argument #1 to 'config' (bssid: FF:FF:FF:FF:FF:FF)"],
    ["wifi.sta.config('a', 'short')", "pwd:0,8~64"],
    ["wifi.sta.config(('a'):rep(33), '')", "ssid:<32"],
    ["wifi.sta.config('a')", "bad argument #2 to 'config' (string expected, got no value)"],
    ["wifi.sta.sethostname('-bad')", "bad argument #1 to 'sethostname' (Invalid hostname)"],
    ["wifi.sta.autoconnect(2)", "bad argument #1 to 'autoconnect' (0 or 1)"],
    ["wifi.eventmon.register(10, print)", "valid wifi events:0-9"],
  ];
  for (const [call, message] of wrong) {
    test(`${call} raises ${message}`, async () => {
      assert.deepEqual(await prints(`print(pcall(function() ${call} end))`), [`false\tscript.lua:1: ${message}`]);
    });
  }
});

describe("wifi.eventmon", () => {
  test("tells of the network once, soon after the callbacks were registered", async () => {
    const source = `
      wifi.eventmon.register(wifi.eventmon.STA_GOT_IP, function(T) print(T.IP, T.netmask, T.gateway) end)
      wifi.eventmon.register(wifi.eventmon.STA_CONNECTED, function(T) print(T.SSID, T.BSSID, T.channel) end)
      wifi.sta.config("home", "secret99") wifi.sta.connect() print("script")`;
    assert.deepEqual(await prints(source), ["script", "home\t02:00:00:00:00:01\t6", "192.168.1.100\t255.255.255.0\t192.168.1.1"]);
  });

  test("tells again after a later connect, and of disconnections never", async () => {
    const source = `local n = 0
      wifi.eventmon.register(wifi.eventmon.STA_DISCONNECTED, function() print("never") end)
      wifi.eventmon.register(wifi.eventmon.STA_GOT_IP, function() n = n + 1 print(n) if n == 1 then wifi.sta.connect() end end)`;
    assert.deepEqual(await prints(source), ["1", "2"]);
  });

  test("forgets a callback that is unregistered", async () => {
    const source = `wifi.eventmon.register(wifi.eventmon.STA_GOT_IP, function() print("never") end) wifi.eventmon.unregister(wifi.eventmon.STA_GOT_IP)`;
    assert.deepEqual(await prints(source), []);
  });
});
