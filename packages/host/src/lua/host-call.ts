import { CallArguments } from "./call-arguments.ts";
import type { Thread } from "./capi.ts";
import type { HostFunction, HostResult, LuaInput } from "./engine.ts";
import { Reference } from "./reference.ts";
import type { Values } from "./values.ts";

/** Runs a host function for Lua: its arguments on the stack of `L`, its results after them. */
export function callHost(values: Values, L: Thread, fn: HostFunction): number {
  const outer = values.scope;
  const scope: Reference[] = [];
  values.scope = scope;
  const since = ++values.crossings;
  const call = new CallArguments(values, L);
  try {
    return pushResults(values, L, { results: fn(call), since });
  } finally {
    values.scope = outer;
    values.crossings++;
    call.end();
    for (const reference of scope) reference.release();
  }
}

function pushResults(values: Values, L: Thread, { results, since }: { results: HostResult; since: number }): number {
  if (results === undefined) return 0;
  const list: readonly LuaInput[] = Array.isArray(results) ? results : [results];
  values.reserve(L, list.length);
  for (const value of list) values.push(L, value);
  handOver(list, since);
  return list.length;
}

/** Ends the references that were made only to pass a userdata on: those made since the crossing of that number. */
export function handOver(list: readonly LuaInput[], since: number): void {
  for (const value of list) {
    if (value instanceof Reference) value.handOver(since);
  }
}
