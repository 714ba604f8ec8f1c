import { LUA_GLOBALSINDEX, LUA_REGISTRYINDEX, LUA_TSTRING } from "./capi.ts";
import type { Thread } from "./capi.ts";
import type { ByteString, LuaInput } from "./engine.ts";
import type { Values } from "./values.ts";

type Missing = (field: ByteString) => void;
type Fields = ReadonlyMap<ByteString | number, LuaInput>;

/** The tables that modules are to Lua, and who is told of a field that is not there. */
export class Modules {
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  /**
   * Pushes the module's table, after setting it as global and in `package.loaded`: the firmware's `require` finds ROM modules too
   * (app/lua/loadlib.c, ll_require).
   */
  define(L: Thread, { name, fields, missing }: { name: string; fields: Fields; missing: Missing | undefined }): void {
    const { api, memory } = this.#values.machine;
    this.#pushTable(L, { fields, prefix: "", missing });
    this.setGlobal(L, name, -1);
    api.lua_getfield(L, LUA_REGISTRYINDEX, memory.name("_LOADED"));
    api.lua_pushvalue(L, -2);
    api.lua_setfield(L, -2, memory.name(name));
    api.lua_settop(L, -2);
  }

  /** Sets a global raw, to the value at a negative stack index. */
  setGlobal(L: Thread, name: string, index: number): void {
    this.#values.push(L, name);
    this.#values.machine.api.lua_pushvalue(L, index - 1);
    this.#values.machine.api.lua_rawset(L, LUA_GLOBALSINDEX);
  }

  /** Gives `_G` a metatable that reports reads of what is nil. A script may put its own in its place. */
  watchGlobals(L: Thread, missing: Missing): void {
    const { api } = this.#values.machine;
    api.lua_pushvalue(L, LUA_GLOBALSINDEX);
    this.#watch(L, "", missing);
  }

  #pushTable(L: Thread, { fields, prefix, missing }: { fields: Fields; prefix: string; missing: Missing | undefined }): void {
    const { api } = this.#values.machine;
    this.#values.reserve(L, 4);
    api.lua_createtable(L, 0, fields.size);
    for (const [key, value] of fields) {
      this.#values.push(L, key);
      if (value instanceof Map) this.#pushTable(L, { fields: value as Fields, prefix: `${prefix}${key}.`, missing });
      else this.#values.push(L, value);
      api.lua_rawset(L, -3);
    }
    if (missing !== undefined) this.#watch(L, prefix, missing);
  }

  /** Has the table on top of the stack report reads of fields that it lacks; Lua still gets its nil. */
  #watch(L: Thread, prefix: string, missing: Missing): void {
    const { api, functions, memory } = this.#values.machine;
    const report = (thread: Thread): number => {
      if (api.lua_type(thread, 2) === LUA_TSTRING) missing(prefix + memory.stackString(thread, 2));
      return 0;
    };
    api.lua_createtable(L, 0, 1);
    functions.push(L, functions.add(report));
    api.lua_setfield(L, -2, memory.name("__index"));
    api.lua_setmetatable(L, -2);
  }
}
