import type { HostFunction, LuaCall, LuaInput } from "../lua/index.ts";
import type { Host, Module } from "./host.ts";
import { WifiEvents } from "./wifi-events.ts";
import { stationCalls } from "./wifi-station.ts";

/** Constants of app/modules/wifi.c and the SDK's user_interface.h. */
const MODE_NAMES = { NULLMODE: 0, STATION: 1, SOFTAP: 2, STATIONAP: 3 } as const;
const PHYMODES = { PHYMODE_B: 1, PHYMODE_G: 2, PHYMODE_N: 3 } as const;
const SLEEP_TYPES = { NONE_SLEEP: 0, LIGHT_SLEEP: 1, MODEM_SLEEP: 2 } as const;
const STATUSES = { STA_IDLE: 0, STA_CONNECTING: 1, STA_WRONGPWD: 2, STA_APNOTFOUND: 3, STA_FAIL: 4, STA_GOTIP: 5 } as const;
const AUTH_MODES = { OPEN: 0, WPA_PSK: 2, WPA2_PSK: 3, WPA_WPA2_PSK: 4 } as const;

const isOneOf = (values: Readonly<Record<string, number>>, value: number): boolean => Object.values(values).includes(value);

/** `wifi.setmode(mode, [save])`: the mode. */
function setMode(host: Host): HostFunction {
  return (call) => {
    const mode = call.integer(1);
    if (!isOneOf(MODE_NAMES, mode)) call.argumentError(1, "Invalid mode");
    host.station.mode = mode;
    return mode;
  };
}

/** A radio setting that has no effect off the chip: remembered, and given back. */
function radioSetting(values: Readonly<Record<string, number>>, initial: number): { get: HostFunction; set: HostFunction } {
  let setting = initial;
  const set = (call: LuaCall): number => {
    const value = call.integer(1);
    if (!isOneOf(values, value)) throw new Error("wrong arg type");
    return (setting = value);
  };
  return { get: () => setting, set };
}

/** Module wifi: a station that is on its network from the start. There is no access point and no scan. */
export const wifi: Module = (host) => {
  const events = new WifiEvents(host);
  const phy = radioSetting(PHYMODES, PHYMODES.PHYMODE_N);
  const sleep = radioSetting(SLEEP_TYPES, SLEEP_TYPES.MODEM_SLEEP);
  const sleepType = (call: LuaCall): ReturnType<HostFunction> => (call.type(1) === "number" ? sleep.set(call) : sleep.get(call));
  const fields: [string, LuaInput][] = [
    ["getmode", () => host.station.mode],
    ["setmode", setMode(host)],
    ["getphymode", phy.get],
    ["setphymode", phy.set],
    ["sleeptype", sleepType],
    ["sta", stationCalls(host, events, sleepType)],
    ["eventmon", events.calls()],
    ...Object.entries({ ...MODE_NAMES, ...PHYMODES, ...SLEEP_TYPES, ...STATUSES, ...AUTH_MODES }),
  ];
  host.lua.defineModule("wifi", new Map(fields), host.missing("wifi"));
};
