import type { LuaEngine, LuaRef } from "../lua/index.ts";

const HANDOVER = "_nodemcu_host";

const compiled = new WeakMap<LuaEngine, Map<string, LuaRef>>();

/**
 * A function from Lua source text, for what only Lua can do. Each text is compiled once per engine and kept: a module asks for it when it is
 * defined, before a script can put something of its own in the place of a library function.
 */
export function luaFunction(lua: LuaEngine, source: string): LuaRef {
  const functions = compiled.get(lua) ?? new Map<string, LuaRef>();
  compiled.set(lua, functions);
  const made = functions.get(source) ?? compile(lua, source);
  functions.set(source, made);
  return made;
}

function compile(lua: LuaEngine, source: string): LuaRef {
  let made: LuaRef | undefined;
  lua.setGlobal(HANDOVER, (call) => {
    made = call.callback(1);
  });
  lua.run(Buffer.from(`${HANDOVER}(${source})`), "=host");
  lua.setGlobal(HANDOVER, undefined);
  if (made === undefined) throw new TypeError("no function was handed over");
  return made;
}
