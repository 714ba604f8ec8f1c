import type { HostFunction, HostResult, LuaCall, LuaClass, LuaInput } from "../lua/index.ts";
import type { Host, Module } from "./host.ts";
import { MODES, Timer } from "./timer.ts";
import type { Mode } from "./timer.ts";

/** The SDK's limit in milliseconds (app/modules/tmr.c: MAX_TIMEOUT). */
const MAX_INTERVAL = 6_870_947;
const STATIC_TIMERS = 7;

type Select = (call: LuaCall) => Timer;

function interval(call: LuaCall): number {
  const ms = call.integer(2);
  return ms > 0 && ms <= MAX_INTERVAL ? ms : call.argumentError(2, `Range: 1-${MAX_INTERVAL}`);
}

function register(call: LuaCall, timer: Timer): void {
  const ms = interval(call);
  const number = call.integer(3);
  const mode = Object.values(MODES).find((each: Mode) => each === number) ?? call.argumentError(3, "Invalid mode");
  if (call.type(4) !== "function") call.argumentError(4, "Must be function");
  timer.register(ms, mode, call.callback(4));
}

function start(call: LuaCall, timer: Timer): boolean {
  if (!["none", "nil", "boolean"].includes(call.type(2))) call.argumentError(2, "boolean expected");
  return timer.start(call.boolean(2));
}

/** The calls that take a timer, by their names in the module and in the timer object. */
const TIMER_CALLS: Readonly<Record<string, (call: LuaCall, timer: Timer) => HostResult>> = {
  register,
  start,
  alarm(call, timer) {
    register(call, timer);
    return timer.start();
  },
  stop: (_call, timer) => timer.stop(),
  unregister: (_call, timer) => timer.unregister(),
  interval: (call, timer) => timer.setInterval(interval(call)),
  state: (_call, timer) => timer.state ?? [null],
};

function timerCalls(select: Select): Record<string, HostFunction> {
  return Object.fromEntries(Object.entries(TIMER_CALLS).map(([name, act]) => [name, (call: LuaCall) => act(call, select(call))]));
}

/** A timer named by number 0–6 (until 2019) or by its object. */
function selectTimer(timers: LuaClass<Timer>, statics: readonly Timer[]): Select {
  return (call) => {
    if (call.type(1) === "userdata") return call.self(timers);
    if (!["number", "string"].includes(call.type(1))) call.argumentError(1, "timer object or numerical ID expected");
    return statics[call.integer(1)] ?? call.argumentError(1, "invalid timer index");
  };
}

const nothing = (): void => {};

/** `tmr.softwd`: restarts the device unless it is called again in time. A negative number of seconds ends it. */
function softWatchdog(host: Host): HostFunction {
  let disarm = nothing;
  return (call) => {
    const seconds = call.integer(1);
    disarm();
    if (seconds <= 0) return;
    const cancel = host.clock.after(seconds * 1000, () => host.restart(`tmr.softwd(${seconds})`));
    const release = host.hold("soft watchdog", cancel);
    disarm = () => {
      cancel();
      release();
    };
  };
}

/** `tmr.delay(µs)`: the watchdog does not count it (tmr.c feeds it). */
function delay(host: Host): HostFunction {
  return (call) => {
    const us = call.integer(1);
    if (us <= 0) call.argumentError(1, "wrong arg range");
    host.sleep(us / 1000);
  };
}

const wrapAt31Bits = (count: number): number => Math.floor(count) % 2 ** 31;

/** Module tmr: the numbered timers of 2016, the timer objects that replaced them, and the counters. */
export const tmr: Module = (host) => {
  const objects: LuaClass<Timer> = host.lua.defineClass<Timer>(
    "tmr.timer",
    timerCalls((call) => call.self(objects)),
    (timer) => timer.unregister(),
  );
  const statics = Array.from({ length: STATIC_TIMERS }, (_, id) => new Timer(host, () => id));
  const fields: [string, LuaInput][] = [
    ...Object.entries(timerCalls(selectTimer(objects, statics))),
    ["create", () => objects.wrap(new Timer(host, (timer) => objects.wrap(timer)))],
    ["delay", delay(host)],
    ["now", () => wrapAt31Bits(host.clock.now() * 1000)],
    ["softwd", softWatchdog(host)],
    ["time", () => wrapAt31Bits(host.clock.now() / 1000)],
    ["wdclr", () => host.lua.feedWatchdog()],
    ["ALARM_SINGLE", MODES.SINGLE],
    ["ALARM_SEMI", MODES.SEMI],
    ["ALARM_AUTO", MODES.AUTO],
  ];
  host.lua.defineModule("tmr", new Map(fields), host.missing("tmr"));
};
