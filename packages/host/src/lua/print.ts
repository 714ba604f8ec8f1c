import { LUA_GLOBALSINDEX } from "./capi.ts";
import type { Thread } from "./capi.ts";
import type { RawFunction } from "./functions.ts";
import type { Machine } from "./machine.ts";

/**
 * `print` as the firmware has it (app/lua/lbaselib.c, luaB_print): values through the global `tostring`, tabs between them, a line feed at the
 * end; each is written as a C string, so up to its first NUL.
 */
export function printFunction(machine: Machine, print: (bytes: Uint8Array) => void): RawFunction {
  const { api } = machine;
  return (L) => {
    const count = api.lua_gettop(L);
    const texts: string[] = [];
    api.lua_getfield(L, LUA_GLOBALSINDEX, machine.memory.name("tostring"));
    for (let n = 1; n <= count; n++) texts.push(upToNul(text(machine, L, n)));
    print(Buffer.from(`${texts.join("\t")}\n`, "latin1"));
    return 0;
  };
}

/** What `tostring`, on top of the stack, makes of a value. */
function text({ api, memory }: Machine, L: Thread, n: number): string {
  api.lua_pushvalue(L, -1);
  api.lua_pushvalue(L, n);
  api.lua_call(L, 1, 1);
  if (api.lua_isstring(L, -1) === 0) throw new Error("'tostring' must return a string to 'print'");
  const result = memory.stackString(L, -1);
  api.lua_settop(L, -2);
  return result;
}

function upToNul(bytes: string): string {
  const end = bytes.indexOf("\0");
  return end < 0 ? bytes : bytes.slice(0, end);
}
