import type { HostFunction, LuaInput, LuaRef } from "../lua/index.ts";
import type { Host } from "./host.ts";
import { ACCESS_POINT_MAC } from "./chip.ts";

/** Numbers of app/modules/wifi_eventmon.c and the SDK's user_interface.h. */
const EVENTS = {
  STA_CONNECTED: 0,
  STA_DISCONNECTED: 1,
  STA_AUTHMODE_CHANGE: 2,
  STA_GOT_IP: 3,
  STA_DHCP_TIMEOUT: 4,
  AP_STACONNECTED: 5,
  AP_STADISCONNECTED: 6,
  AP_PROBEREQRECVED: 7,
  WIFI_MODE_CHANGED: 8,
  EVENT_MAX: 9,
} as const;

const CHANNEL = 6;
const LOW = 0;

/** What happens when a station joins its network, in order. */
const JOINING: readonly [event: number, details: (host: Host) => LuaInput][] = [
  [
    EVENTS.STA_CONNECTED,
    ({ station }) =>
      new Map<string, LuaInput>([
        ["SSID", station.config.ssid],
        ["BSSID", station.config.bssid ?? ACCESS_POINT_MAC],
        ["channel", CHANNEL],
      ]),
  ],
  [
    EVENTS.STA_GOT_IP,
    ({ station: { address } }) =>
      new Map<string, LuaInput>([
        ["IP", address.ip],
        ["netmask", address.netmask],
        ["gateway", address.gateway],
      ]),
  ],
];

/**
 * `wifi.eventmon`: this station is always on its network, so a callback hears of the joining soon after it was registered, and again after each
 * `wifi.sta.config` or `wifi.sta.connect`. Nothing else ever happens to it.
 */
export class WifiEvents {
  readonly #host: Host;
  readonly #callbacks = new Map<number, LuaRef>();
  readonly #untold = new Set<number>();
  #posted = false;

  constructor(host: Host) {
    this.#host = host;
  }

  /** The station joins its network, now or again. */
  join(): void {
    for (const [event] of JOINING) this.#tell(event);
  }

  /** The module's table. */
  calls(): Map<string, LuaInput> {
    const register: HostFunction = (call) => {
      const event = call.integer(1);
      if (event < 0 || event > EVENTS.EVENT_MAX) throw new Error(`valid wifi events:0-${EVENTS.EVENT_MAX}`);
      this.register(event, call.type(2) === "function" ? call.callback(2) : undefined);
    };
    return new Map<string, LuaInput>([["register", register], ["unregister", register], ...Object.entries(EVENTS)]);
  }

  /** One callback per event, as on the chip; undefined takes it away. */
  register(event: number, callback: LuaRef | undefined): void {
    this.#callbacks.get(event)?.release();
    this.#callbacks.delete(event);
    if (!callback) return;
    this.#callbacks.set(event, callback);
    this.#tell(event);
  }

  #tell(event: number): void {
    this.#untold.add(event);
    if (this.#posted) return;
    this.#posted = true;
    this.#host.post(LOW, () => this.#announce());
  }

  #announce(): void {
    this.#posted = false;
    const untold = new Set(this.#untold);
    this.#untold.clear();
    for (const [event, details] of JOINING) {
      const callback = this.#callbacks.get(event);
      if (callback && untold.has(event)) this.#host.lua.call(callback, details(this.#host));
    }
  }
}
