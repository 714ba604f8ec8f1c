import type { ByteString, HostFunction, LuaCall, LuaInput, LuaTable } from "../lua/index.ts";
import { ACCESS_POINT_MAC, HOST_NAME, RSSI, STATION_MAC } from "./chip.ts";
import type { Host, Station } from "./host.ts";
import type { WifiEvents } from "./wifi-events.ts";

type Config = Station["config"];

const STATION_BIT = 1;
const IDLE = 0;
const GOT_IP = 5;

const MAC_LENGTH = "AA:BB:CC:DD:EE:FF".length;
const INVALID_MAC = "MAC:FF:FF:FF:FF:FF:FF";

/** Letters, digits and inner hyphens, 32 at most (RFC 952, RFC 1123; app/modules/wifi.c: wifi_sta_checkhostname). */
const HOST_NAME_RULE = /^(?!.{33})[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i;

const isOn = (station: Station): boolean => (station.mode & STATION_BIT) !== 0;

/** The third argument of 2016: 0 or 1 for auto-connect, or the BSSID already. */
function positionalAuto(call: LuaCall): boolean {
  if (call.type(3) === "nil") throw new Error("wrong arg type");
  if (call.type(3) !== "number") return true;
  const auto = call.integer(3);
  if (auto !== 0 && auto !== 1) throw new Error("wrong arg type");
  return auto === 1;
}

function positionalBssid(call: LuaCall): string | undefined {
  const position = [3, 4].find((each) => call.type(each) === "string");
  if (position === undefined) return undefined;
  const bssid = call.string(position);
  return bssid.length === MAC_LENGTH ? bssid : call.argumentError(1, INVALID_MAC);
}

/** `config(ssid, password, [auto], [bssid])`, the form of 2016, with its limits. */
function positionalConfig(call: LuaCall): Config {
  const ssid = call.string(1);
  if (ssid.length > 32) throw new Error("ssid:<32");
  const password = call.string(2);
  if (password.length !== 0 && (password.length < 8 || password.length > 64)) throw new Error("pwd:0,8~64");
  return { ssid, password, auto: positionalAuto(call), bssid: positionalBssid(call) };
}

/** A field of the table that must be a string when it is there; numbers count as in Lua. */
function stringField(call: LuaCall, table: LuaTable, name: string): ByteString | undefined {
  const value = table.get(name);
  if (value === undefined) return undefined;
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : call.argumentError(1, `${name}:not string`);
}

function booleanField(call: LuaCall, table: LuaTable, name: string): boolean | undefined {
  const value = table.get(name);
  return value === undefined || typeof value === "boolean" ? value : call.argumentError(1, `${name}:not boolean`);
}

/** Fields of the table form whose functions would have to be called. */
const CALLBACK_FIELDS = ["connect_cb", "disconnect_cb", "authmode_change_cb", "got_ip_cb", "dhcp_timeout_cb"];

/** `config{ ssid, pwd, [auto], [bssid], [save] }`, the later form. */
function tableConfig(host: Host, call: LuaCall): Config {
  const table = call.table(1);
  const ssid = stringField(call, table, "ssid") ?? call.argumentError(1, "ssid required");
  const password = stringField(call, table, "pwd") ?? "";
  const bssid = stringField(call, table, "bssid");
  if (ssid.length > 32) call.argumentError(1, "ssid: length:0-32");
  if (password.length > 64) call.argumentError(1, "pwd: length:0-64");
  if (bssid !== undefined && bssid.length !== MAC_LENGTH) call.argumentError(1, "bssid: FF:FF:FF:FF:FF:FF");
  booleanField(call, table, "save");
  for (const field of CALLBACK_FIELDS) if (table.get(field) !== undefined) host.missing("wifi")(`sta.config.${field}`);
  return { ssid, password, bssid, auto: booleanField(call, table, "auto") ?? true };
}

function config(host: Host, events: WifiEvents): HostFunction {
  return (call) => {
    host.station.config = call.type(1) === "table" ? tableConfig(host, call) : positionalConfig(call);
    if (host.station.config.auto) events.join();
    return true;
  };
}

/** `getconfig([table])`: ssid, password, 1 with a BSSID of its own, BSSID. */
function getConfig(host: Host): HostFunction {
  return (call) => {
    const { ssid, password, bssid } = host.station.config;
    const address = bssid ?? ACCESS_POINT_MAC;
    if (!call.boolean(1)) return [ssid, password, bssid === undefined ? 0 : 1, address];
    const fields = new Map<string, LuaInput>([
      ["ssid", ssid],
      ["bssid_set", bssid !== undefined],
      ["bssid", address],
    ]);
    return password === "" ? fields : fields.set("pwd", password);
  };
}

function autoconnect(host: Host): HostFunction {
  return (call) => {
    const auto = call.integer(1);
    if (auto !== 0 && auto !== 1) call.argumentError(1, "0 or 1");
    host.station.config.auto = auto === 1;
  };
}

function hostName(): { get: HostFunction; set: HostFunction } {
  let name: ByteString = HOST_NAME;
  const set: HostFunction = (call) => {
    const wanted = call.string(1);
    if (!HOST_NAME_RULE.test(wanted)) call.argumentError(1, "Invalid hostname");
    name = wanted;
    return true;
  };
  return { get: () => name, set };
}

/** The table `wifi.sta`. */
export function stationCalls(host: Host, events: WifiEvents, sleepType: HostFunction): Map<string, LuaInput> {
  const { station } = host;
  const name = hostName();
  return new Map<string, LuaInput>([
    ["autoconnect", autoconnect(host)],
    ["config", config(host, events)],
    ["connect", () => events.join()],
    // Accepted; the station stays on its network.
    ["disconnect", () => {}],
    ["getconfig", getConfig(host)],
    ["gethostname", name.get],
    ["getip", () => (isOn(station) ? [station.address.ip, station.address.netmask, station.address.gateway] : [null])],
    ["getmac", () => STATION_MAC],
    ["getrssi", () => (isOn(station) ? RSSI : [null])],
    ["sethostname", name.set],
    ["sleeptype", sleepType],
    ["status", () => (isOn(station) ? GOT_IP : IDLE)],
  ]);
}
