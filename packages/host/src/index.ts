/**
 * NodeMCU devices off the chip, for programs and tests. The command line is `nodemcu`.
 *
 * @packageDocumentation
 */
export { DEFAULT_HEAP, DEFAULT_WATCHDOG_MS, Device } from "./device/index.ts";
export type {
  DeviceEvents,
  DeviceOptions,
  Diagnostic,
  Exchange,
  Flash,
  HostClock,
  NetworkSettings,
  Outcome,
  Place,
  Severity,
} from "./device/index.ts";
export { openFolderFlash, openOverlayFlash } from "./flash/index.ts";
