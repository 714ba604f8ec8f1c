import { ArgumentError } from "./argument-error.ts";
import { LUA_TFUNCTION, LUA_TNIL, LUA_TTABLE, LUA_TUSERDATA } from "./capi.ts";
import type { Thread } from "./capi.ts";
import { UserdataClass } from "./classes.ts";
import type { ByteString, LuaCall, LuaClass, LuaEngine, LuaRef, LuaTable, LuaType, LuaValue } from "./engine.ts";
import { Reference } from "./reference.ts";
import type { Values } from "./values.ts";

/** The arguments of a host function on the Lua stack. A wrong one throws; the dispatcher turns that into Lua's own message. */
export class CallArguments implements LuaCall {
  readonly count: number;
  readonly #values: Values;
  readonly #thread: Thread;
  #ended = false;

  constructor(values: Values, L: Thread) {
    this.#values = values;
    this.#thread = L;
    this.count = values.machine.api.lua_gettop(L);
  }

  get engine(): LuaEngine {
    return this.#values.engine;
  }

  type(n: number): LuaType {
    return n > this.count ? "none" : this.#values.type(this.#stack, n);
  }

  string(n: number): ByteString {
    const { api, memory } = this.#values.machine;
    if (n > this.count || api.lua_isstring(this.#stack, n) === 0) this.#wrongType(n, "string");
    return memory.stackString(this.#thread, n);
  }

  optString(n: number): ByteString | undefined {
    return this.#absent(n) ? undefined : this.string(n);
  }

  number(n: number): number {
    const { api } = this.#values.machine;
    if (n > this.count || api.lua_isnumber(this.#stack, n) === 0) this.#wrongType(n, "number");
    return api.lua_tonumber(this.#thread, n);
  }

  integer(n: number): number {
    const value = Math.trunc(this.number(n));
    return Number.isFinite(value) ? value : 0;
  }

  optInteger(n: number): number | undefined {
    return this.#absent(n) ? undefined : this.integer(n);
  }

  boolean(n: number): boolean {
    return n <= this.count && this.#values.machine.api.lua_toboolean(this.#stack, n) !== 0;
  }

  callback(n: number): LuaRef {
    this.#expect(n, LUA_TFUNCTION, "function");
    return new Reference(this.#values, "function", { L: this.#thread, index: n });
  }

  optCallback(n: number): LuaRef | undefined {
    return this.#absent(n) ? undefined : this.callback(n);
  }

  table(n: number): LuaTable {
    this.#expect(n, LUA_TTABLE, "table");
    return this.#values.table(this.#thread, n);
  }

  value(n: number): LuaValue {
    return n > this.count ? undefined : this.#values.read(this.#stack, n);
  }

  self<T extends object>(lua: LuaClass<T>, n = 1): T {
    if (!isOurs(lua, this.#values)) throw new TypeError(`the class ${lua.name} is not of this engine`);
    const isUserdata = n <= this.count && this.#values.machine.api.lua_type(this.#stack, n) === LUA_TUSERDATA;
    return (isUserdata ? lua.at(this.#thread, n) : undefined) ?? this.#wrongType(n, lua.name);
  }

  argumentError(n: number, message: string): never {
    throw new ArgumentError(n, { message });
  }

  /** From here on the arguments are gone. */
  end(): void {
    this.#ended = true;
  }

  get #stack(): Thread {
    if (this.#ended) throw new TypeError("the arguments of a call from Lua were read after the host function had returned");
    return this.#thread;
  }

  #absent(n: number): boolean {
    return n > this.count || this.#values.machine.api.lua_type(this.#stack, n) === LUA_TNIL;
  }

  #expect(n: number, type: number, name: string): void {
    if (n > this.count || this.#values.machine.api.lua_type(this.#stack, n) !== type) this.#wrongType(n, name);
  }

  #wrongType(n: number, expected: string): never {
    throw new ArgumentError(n, { expected });
  }
}

function isOurs<T extends object>(lua: LuaClass<T>, values: Values): lua is UserdataClass<T> {
  return lua instanceof UserdataClass && lua.belongsTo(values);
}
