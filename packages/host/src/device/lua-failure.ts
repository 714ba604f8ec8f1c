import { LuaError, WatchdogError } from "../lua/index.ts";
import type { Place } from "../lua/index.ts";
import type { Diagnostic } from "../modules/index.ts";
import { text } from "./text.ts";

/** What the device was doing when Lua raised. */
export type Activity = "script" | "callback";

// The place is printed in front of every diagnostic already.
const PLACE = /^([^\n:]+):(\d+): /;
const withoutPlace = (message: string): string => message.replace(PLACE, "");

/** An error that has come through coroutine.wrap has left its stack behind; its message still says where it was. */
function placeIn(message: string): Place | undefined {
  const [, file, line] = PLACE.exec(message) ?? [];
  return file === undefined ? undefined : { file, line: Number(line) };
}

function watchdogReset(error: WatchdogError, watchdogMs: number): Diagnostic {
  return {
    code: "watchdog",
    severity: "error",
    message:
      `Lua ran for ${watchdogMs / 1000} s without returning to the system, and the watchdog ended it. A device would have reset. ` +
      "Split long work into tasks (node.task.post) or timers.",
    place: error.place,
    traceback: text(error.traceback),
  };
}

function memoryEnded(error: LuaError, heap: number): Diagnostic {
  return {
    code: "out-of-memory",
    severity: "error",
    message: `not enough memory: the script holds more than the ${heap} bytes of the heap. A device would have reset.`,
    place: error.place,
    traceback: text(error.traceback),
  };
}

function uncaught(error: LuaError, during: Activity): Diagnostic {
  const place = error.place ?? placeIn(error.message);
  return {
    code: `${during}-error`,
    severity: "error",
    message: text(place ? withoutPlace(error.message) : error.message),
    place,
    traceback: text(error.traceback),
  };
}

/** The diagnostic for what ended Lua, or undefined when the error is not Lua's but a fault of this program. */
export function luaFailure(error: unknown, during: Activity, limits: { heap: number; watchdogMs: number }): Diagnostic | undefined {
  if (error instanceof WatchdogError) return watchdogReset(error, limits.watchdogMs);
  if (!(error instanceof LuaError)) return undefined;
  return error.outOfMemory ? memoryEnded(error, limits.heap) : uncaught(error, during);
}
