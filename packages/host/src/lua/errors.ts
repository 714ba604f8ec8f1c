import type { Place } from "./engine.ts";

/** A Lua error that no pcall caught. `message` is Lua's own, with its place; `traceback` is Lua's `stack traceback:` text or empty. */
export class LuaError extends Error {
  override readonly name: string = "LuaError";
  readonly traceback: string;
  readonly place: Place | undefined;
  /** True for Lua's "not enough memory" (LUA_ERRMEM). */
  readonly outOfMemory: boolean;

  constructor(message: string, details: { traceback?: string; place?: Place | undefined; outOfMemory?: boolean } = {}) {
    super(message);
    this.traceback = details.traceback ?? "";
    this.place = details.place;
    this.outOfMemory = details.outOfMemory ?? false;
  }
}

/** Lua ran longer than the watchdog allows without returning to the host. No pcall can catch it; the engine is dead after it. */
export class WatchdogError extends Error {
  override readonly name: string = "WatchdogError";
  readonly place: Place | undefined;
  readonly traceback: string;

  constructor(message: string, place: Place | undefined, traceback: string) {
    super(message);
    this.place = place;
    this.traceback = traceback;
  }
}
