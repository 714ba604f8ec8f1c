import type { Flash } from "../flash/index.ts";
import { modules } from "../modules/index.ts";
import type { HostClock, Module } from "../modules/index.ts";
import { Boot } from "./boot.ts";
import type { DeviceEvents } from "./boot.ts";
import { realClock } from "./clock.ts";
import { HostNetwork } from "./network.ts";
import type { NetworkSettings } from "./network.ts";
import type { Outcome } from "./outcome.ts";
import { newStation } from "./station.ts";

/** Bytes of Lua heap that a script has unless told otherwise. */
export const DEFAULT_HEAP = 65_536;

/** Milliseconds of Lua without a return to the system, as the chip's soft watchdog allows. */
export const DEFAULT_WATCHDOG_MS = 3000;

/** Settings of a {@link Device}. */
export interface DeviceOptions {
  /** The file system that scripts see. */
  readonly flash: Flash;
  /** Bytes of Lua heap. Default 65 536. */
  readonly heap?: number | undefined;
  /** Milliseconds of Lua without a return to the system; then the run ends with an error that no pcall catches. Default 3000. */
  readonly watchdogMs?: number | undefined;
  /** Default: the computer's time, counted from the start of each run. */
  readonly clock?: HostClock | undefined;
  readonly network?: NetworkSettings | undefined;
  readonly events?: DeviceEvents | undefined;
  /**
   * Asked about every millisecond while Lua runs, when nothing else of the program can: with the milliseconds since Lua was entered. A reason
   * ends the run as {@link Device.stop} does.
   */
  readonly interrupted?: ((busyMs: number) => string | undefined) | undefined;
  /** Default: every module of this host. */
  readonly modules?: readonly Module[] | undefined;
}

/**
 * A NodeMCU device that runs Lua scripts. Each run is one boot: a fresh Lua state on the same flash. Many devices live side by side.
 *
 * @example
 *   const device = new Device({ flash: openOverlayFlash("."), events: { print: (bytes) => process.stdout.write(bytes) } });
 *   const { exit } = await device.run(Buffer.from("print('hello')"), "hello.lua");
 */
export class Device {
  readonly #options: DeviceOptions;
  #boot: Boot | undefined;

  constructor(options: DeviceOptions) {
    this.#options = options;
  }

  /** What the present run waits for, as named by the modules: `timer`, `GET http://…`. Empty when nothing runs. */
  get pending(): readonly string[] {
    return this.#boot?.pending ?? [];
  }

  /**
   * Runs a script to its end: until no task, timer, socket or request is pending, or an uncaught error, a restart, or {@link stop}.
   * `chunkName` is the script's name in error messages. Nothing of the run is left afterwards.
   *
   * Lua's errors are no rejections: they are told as diagnostics, and `exit` is 1. Rejects when a run is under way already.
   */
  async run(source: Uint8Array, chunkName: string): Promise<Outcome> {
    if (this.#boot) throw new Error("the device is running a script already");
    this.#boot = new Boot(this.#settings());
    try {
      return await this.#boot.run(source, chunkName);
    } finally {
      this.#boot = undefined;
    }
  }

  /** Ends the present run; nothing happens when there is none. */
  stop(reason: string): void {
    this.#boot?.stop(reason);
  }

  #settings(): ConstructorParameters<typeof Boot>[0] {
    const { heap = DEFAULT_HEAP, watchdogMs = DEFAULT_WATCHDOG_MS, clock = realClock(), events = {} } = this.#options;
    const network = new HostNetwork(this.#options.network);
    return {
      heap,
      watchdogMs,
      clock,
      events,
      network,
      interrupted: this.#options.interrupted,
      station: newStation(),
      flash: this.#options.flash,
      modules: this.#options.modules ?? modules,
    };
  }
}
