export type { DeviceEvents } from "./boot.ts";
export { DEFAULT_HEAP, DEFAULT_WATCHDOG_MS, Device } from "./device.ts";
export type { DeviceOptions } from "./device.ts";
export type { NetworkSettings } from "./network.ts";
export type { Outcome } from "./outcome.ts";
