import type { Place } from "./engine.ts";

/**
 * A Lua error that no pcall caught. `message` is Lua's own byte string, with its place; `traceback` is Lua's `stack traceback:` text or empty.
 * Thrown out of a host function it goes on as a Lua error with that message.
 */
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

/** Thrown by a host function to end the state from inside: no pcall can catch it, it arrives at the outermost entry; the engine is dead after it. */
export class LuaStop extends Error {
  override readonly name: string = "LuaStop";
}

/**
 * The host itself failed while Lua ran: a TypeError, RangeError or the like in a host function, an overflow of the JavaScript stack, a trap of the
 * wasm. It is not a Lua error, so that no script can swallow it; `cause` is what was thrown. The engine is dead after it.
 */
export class HostFault extends Error {
  override readonly name: string = "HostFault";
  readonly place: Place | undefined;

  constructor(cause: unknown, place: Place | undefined) {
    super(`the host failed while Lua was running: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.place = place;
  }
}
