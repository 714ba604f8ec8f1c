export type { Flash } from "../flash/index.ts";
export type { Place } from "../lua/index.ts";
export type { Diagnostic, Exchange, HostClock, Severity } from "../modules/index.ts";
export type { DeviceEvents } from "./boot.ts";
export { DEFAULT_HEAP, DEFAULT_WATCHDOG_MS, Device } from "./device.ts";
export type { DeviceOptions } from "./device.ts";
export type { NetworkSettings } from "./network.ts";
export type { Outcome } from "./outcome.ts";
