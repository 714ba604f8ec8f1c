import type { WasmMemory, WasmTable } from "./webassembly.ts";

/** A `lua_State *`: a thread of the one Lua state. */
export type Thread = number;
/** An address in the wasm memory. */
export type Pointer = number;

/** Pseudo-indices, status codes and options of lua.h (Lua 5.1). */
export const LUA_REGISTRYINDEX = -10000;
export const LUA_GLOBALSINDEX = -10002;
export const LUA_MULTRET = -1;
export const LUA_ERRRUN = 2;
export const LUA_ERRSYNTAX = 3;
export const LUA_ERRMEM = 4;
export const LUA_MASKCOUNT = 8;
export const LUA_GCCOLLECT = 2;
export const LUA_GCSETPAUSE = 6;

export const LUA_TNIL = 0;
export const LUA_TSTRING = 4;
export const LUA_TTABLE = 5;
export const LUA_TFUNCTION = 6;
export const LUA_TUSERDATA = 7;

/** `lua_upvalueindex`. */
export const upvalue = (n: number): number => LUA_GLOBALSINDEX - n;

/** What the Lua wasm exports. */
export interface LuaExports extends LuaApi {
  /** Where a C function pointer is an index. */
  readonly __indirect_function_table: WasmTable;
  readonly __wasm_call_ctors: () => void;
  emscripten_stack_init(): void;
}

/** The Lua 5.1 C API with its own names, as far as it is used, and emscripten's few helpers. */
export interface LuaApi {
  readonly memory: WasmMemory;
  stackSave(): Pointer;
  stackRestore(stack: Pointer): void;
  setThrew(threw: number, value: number): void;
  malloc(size: number): Pointer;
  realloc(block: Pointer, size: number): Pointer;
  free(block: Pointer): void;

  lua_newstate(allocator: number, userData: Pointer): Thread;
  lua_close(L: Thread): void;
  lua_gettop(L: Thread): number;
  lua_settop(L: Thread, index: number): void;
  lua_pushvalue(L: Thread, index: number): void;
  lua_remove(L: Thread, index: number): void;
  lua_insert(L: Thread, index: number): void;
  lua_replace(L: Thread, index: number): void;
  lua_checkstack(L: Thread, slots: number): number;
  lua_type(L: Thread, index: number): number;
  lua_isnumber(L: Thread, index: number): number;
  lua_isstring(L: Thread, index: number): number;
  lua_tonumber(L: Thread, index: number): number;
  lua_tointeger(L: Thread, index: number): number;
  lua_toboolean(L: Thread, index: number): number;
  lua_tolstring(L: Thread, index: number, length: Pointer): Pointer;
  lua_objlen(L: Thread, index: number): number;
  lua_tocfunction(L: Thread, index: number): number;
  lua_touserdata(L: Thread, index: number): Pointer;
  lua_pushnil(L: Thread): void;
  lua_pushnumber(L: Thread, value: number): void;
  lua_pushinteger(L: Thread, value: number): void;
  lua_pushlstring(L: Thread, bytes: Pointer, length: number): void;
  lua_pushcclosure(L: Thread, fn: number, upvalues: number): void;
  lua_pushboolean(L: Thread, value: number): void;
  lua_pushlightuserdata(L: Thread, value: Pointer): void;
  lua_getfield(L: Thread, index: number, name: Pointer): void;
  lua_setfield(L: Thread, index: number, name: Pointer): void;
  lua_rawget(L: Thread, index: number): void;
  lua_rawset(L: Thread, index: number): void;
  lua_rawgeti(L: Thread, index: number, n: number): void;
  lua_rawseti(L: Thread, index: number, n: number): void;
  lua_createtable(L: Thread, items: number, fields: number): void;
  lua_newuserdata(L: Thread, size: number): Pointer;
  lua_getmetatable(L: Thread, index: number): number;
  lua_setmetatable(L: Thread, index: number): number;
  lua_next(L: Thread, index: number): number;
  lua_call(L: Thread, args: number, results: number): void;
  lua_pcall(L: Thread, args: number, results: number, handler: number): number;
  lua_error(L: Thread): number;
  lua_gc(L: Thread, what: number, data: number): number;
  lua_sethook(L: Thread, hook: number, mask: number, count: number): number;
  lua_gethookcount(L: Thread): number;
  lua_getstack(L: Thread, level: number, record: Pointer): number;
  lua_getinfo(L: Thread, what: Pointer, record: Pointer): number;

  luaL_argerror(L: Thread, n: number, message: Pointer): number;
  luaL_typerror(L: Thread, n: number, expected: Pointer): number;
  luaL_callmeta(L: Thread, index: number, event: Pointer): number;
  luaL_loadbuffer(L: Thread, bytes: Pointer, length: number, name: Pointer): number;
  luaL_ref(L: Thread, table: number): number;
  luaL_unref(L: Thread, table: number, slot: number): void;
  luaopen_base(L: Thread): number;
  luaopen_package(L: Thread): number;
  luaopen_string(L: Thread): number;
  luaopen_table(L: Thread): number;
  luaopen_math(L: Thread): number;
  luaopen_debug(L: Thread): number;
}
