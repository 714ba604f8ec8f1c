import type { LuaEngine, LuaRef } from "../lua/index.ts";

const HANDOVER = "_nodemcu_host";

/** A function from Lua source text, for what only Lua can do. The caller releases it. */
export function compileFunction(lua: LuaEngine, source: string): LuaRef {
  let made: LuaRef | undefined;
  lua.setGlobal(HANDOVER, (call) => {
    made = call.callback(1);
  });
  lua.run(Buffer.from(`${HANDOVER}(${source})`), "=host");
  lua.setGlobal(HANDOVER, undefined);
  if (made === undefined) throw new TypeError("no function was handed over");
  return made;
}
