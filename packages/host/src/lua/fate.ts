import { LuaStop, WatchdogError } from "./errors.ts";

/** Thrown by JavaScript itself, these are defects of the host: no script shall see them, let alone swallow them. */
const DEFECTS = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError];

/** Thrown to end the state. */
export function isDeliberate(error: unknown): error is Error {
  return error instanceof LuaStop || error instanceof WatchdogError;
}

/** What becomes a Lua error when a host function throws it. Everything else passes by every pcall, and the state is dead. */
export function isVisible(error: unknown): error is Error {
  return error instanceof Error && !isDeliberate(error) && !isDefect(error);
}

function isDefect(error: unknown): boolean {
  return DEFECTS.some((defect) => error instanceof defect);
}
