import { LUA_REGISTRYINDEX, LUA_TNIL } from "./capi.ts";
import type { Thread } from "./capi.ts";
import type { ByteString, LuaRef, LuaTable, LuaValue } from "./engine.ts";
import type { Values } from "./values.ts";

/** A Lua value that the host holds through a slot of Lua's registry. */
export class Reference implements LuaRef {
  readonly type: LuaRef["type"];
  readonly values: Values;
  #slot: number;

  /** Takes the value at a stack index. */
  constructor(values: Values, type: LuaRef["type"], { L, index }: { L: Thread; index: number }) {
    const { api } = values.machine;
    this.values = values;
    this.type = type;
    api.lua_pushvalue(L, index);
    this.#slot = api.luaL_ref(L, LUA_REGISTRYINDEX);
  }

  push(L: Thread): void {
    if (this.#slot === 0) throw new TypeError(`a reference to a Lua ${this.type} was used after its release`);
    this.values.machine.api.lua_rawgeti(L, LUA_REGISTRYINDEX, this.#slot);
  }

  /** Allocates nothing on the Lua heap, so that it needs no protection. */
  release(): void {
    const { machine } = this.values;
    const slot = this.#slot;
    this.#slot = 0;
    if (slot !== 0 && machine.stopped === undefined) machine.api.luaL_unref(machine.thread, LUA_REGISTRYINDEX, slot);
  }

  /** Called when the value has been given to Lua; see {@link LuaClass.wrap} for the references that end by that. */
  handOver(_since: number): void {}
}

/** A table, read raw. */
export class TableReference extends Reference implements LuaTable {
  declare readonly type: "table";

  constructor(values: Values, place: { L: Thread; index: number }) {
    super(values, "table", place);
  }

  get length(): number {
    const { api } = this.values.machine;
    return this.values.entries.inside((L) => {
      this.push(L);
      return api.lua_objlen(L, -1);
    });
  }

  get(key: ByteString | number): LuaValue {
    const { api } = this.values.machine;
    return this.values.entries.inside((L) => {
      this.push(L);
      this.values.push(L, key);
      api.lua_rawget(L, -2);
      return this.values.read(L, -1);
    });
  }

  entries(): [LuaValue, LuaValue][] {
    return this.values.entries.inside((L) => this.#pairs(L));
  }

  #pairs(L: Thread): [LuaValue, LuaValue][] {
    const { api } = this.values.machine;
    const pairs: [LuaValue, LuaValue][] = [];
    this.push(L);
    const table = api.lua_gettop(L);
    api.lua_pushnil(L);
    while (api.lua_next(L, table) !== LUA_TNIL) {
      pairs.push([this.values.read(L, -2), this.values.read(L, -1)]);
      api.lua_settop(L, table + 1);
    }
    return pairs;
  }
}
