import { LUA_GCSETPAUSE, LUA_GLOBALSINDEX, LUA_TTABLE } from "./capi.ts";
import type { Thread } from "./capi.ts";
import type { Chunks } from "./chunks.ts";
import type { Entry } from "./entries.ts";
import type { RawFunction } from "./functions.ts";
import type { Machine } from "./machine.ts";
import { printFunction } from "./print.ts";
import type { Values } from "./values.ts";

const OPENERS = {
  "": "luaopen_base",
  package: "luaopen_package",
  string: "luaopen_string",
  table: "luaopen_table",
  math: "luaopen_math",
  debug: "luaopen_debug",
} as const;

/**
 * The firmware's Lua 5.1 has these alone of `math` (app/lua/lmathlib.c) and `debug` (app/lua/ldblib.c in the minimal build). Of debug's,
 * `getregistry` and `getstrings` are left out: the registry holds the host's references, which a script could break.
 */
const KEPT: Record<string, readonly string[]> = {
  math: ["abs", "ceil", "floor", "huge", "max", "min", "pi", "pow", "random", "randomseed", "sqrt"],
  debug: ["traceback"],
};

/** LUAI_GCPAUSE of the firmware's luaconf.h, in percent. */
const GC_PAUSE = 110;

/** Opens the libraries as the firmware has them. */
export class Libraries {
  readonly #machine: Machine;
  readonly #values: Values;
  readonly #chunks: Chunks;

  constructor(values: Values, chunks: Chunks) {
    this.#machine = values.machine;
    this.#values = values;
    this.#chunks = chunks;
  }

  open(L: Thread, entry: Entry, print: (bytes: Uint8Array) => void): void {
    for (const [name, opener] of Object.entries(OPENERS)) this.#openOne(L, entry, { name, opener });
    for (const [name, fields] of Object.entries(KEPT)) this.#keepOnly(L, name, fields);
    this.#trim(L);
    this.#replaceBase(L, print);
    this.#replacePackage(L);
    this.#addFormatOperator(L);
    this.#machine.api.lua_gc(L, LUA_GCSETPAUSE, GC_PAUSE);
  }

  /** As a call of a C function: `luaopen_package` sets the environment of the function that runs it. */
  #openOne(L: Thread, entry: Entry, { name, opener }: { name: string; opener: (typeof OPENERS)[keyof typeof OPENERS] }): void {
    const { api, functions } = this.#machine;
    functions.push(L, functions.add(api[opener]));
    this.#values.push(L, name);
    entry.call(L, 1, 0);
  }

  #keepOnly(L: Thread, library: string, fields: readonly string[]): void {
    const { api } = this.#machine;
    this.#global(L, library);
    const names: unknown[] = [];
    api.lua_pushnil(L);
    while (api.lua_next(L, -2) !== 0) {
      names.push(this.#values.read(L, -2));
      api.lua_settop(L, -2);
    }
    for (const name of names) if (!fields.includes(String(name))) this.#set(L, String(name));
    api.lua_settop(L, -2);
  }

  /** `newproxy` (not in the firmware) would make `__gc` functions that the watchdog cannot stop; there are no C libraries to load. */
  #trim(L: Thread): void {
    const { api } = this.#machine;
    api.lua_pushvalue(L, LUA_GLOBALSINDEX);
    this.#set(L, "newproxy");
    this.#global(L, "package");
    this.#set(L, "loadlib");
    this.#set(L, "cpath", "");
    api.lua_settop(L, 0);
  }

  #replaceBase(L: Thread, print: (bytes: Uint8Array) => void): void {
    const { api } = this.#machine;
    const chunks = this.#chunks;
    api.lua_pushvalue(L, LUA_GLOBALSINDEX);
    this.#set(L, "print", printFunction(this.#machine, print));
    this.#set(L, "dofile", (thread) => chunks.doFile(thread));
    this.#set(L, "loadfile", (thread) => chunks.loadFile(thread));
    this.#set(L, "loadstring", chunks.loadString(this.#original(L, "loadstring")));
    this.#set(L, "load", chunks.loadPieces(this.#original(L, "load")));
    api.lua_settop(L, 0);
  }

  /** Searchers: `package.preload`, then the host's files. */
  #replacePackage(L: Thread): void {
    const { api, functions, memory } = this.#machine;
    this.#global(L, "package");
    this.#set(L, "path", "?.lc;?.lua");
    api.lua_getfield(L, -1, memory.name("loaders"));
    functions.push(
      L,
      functions.add((thread) => this.#chunks.search(thread)),
    );
    api.lua_rawseti(L, -2, 2);
    for (const n of [3, 4]) {
      api.lua_pushnil(L);
      api.lua_rawseti(L, -2, n);
    }
    api.lua_settop(L, 0);
  }

  /** `"%d" % 5` and `"%s %s" % { a, b }`: the firmware's string format operator. Numeric strings never come here, they are calculated with. */
  #addFormatOperator(L: Thread): void {
    const { api } = this.#machine;
    this.#global(L, "string");
    const format = this.#original(L, "format");
    this.#values.push(L, "");
    api.lua_getmetatable(L, -1);
    this.#set(L, "__mod", (thread) => {
      this.#spread(thread);
      return format(thread);
    });
    api.lua_settop(L, 0);
  }

  /** A table as second argument becomes as many arguments as it has items. */
  #spread(L: Thread): void {
    const { api } = this.#machine;
    api.lua_settop(L, 2);
    if (api.lua_type(L, 2) !== LUA_TTABLE) return;
    const count = api.lua_objlen(L, 2);
    this.#values.reserve(L, count);
    for (let n = 1; n <= count; n++) api.lua_rawgeti(L, 2, n);
    api.lua_remove(L, 2);
  }

  /** Sets a field of the table on top of the stack. */
  #set(L: Thread, field: string, value?: string | RawFunction): void {
    const { functions } = this.#machine;
    this.#values.push(L, field);
    if (typeof value === "function") functions.push(L, functions.add(value));
    else this.#values.push(L, value);
    this.#machine.api.lua_rawset(L, -3);
  }

  #global(L: Thread, name: string): void {
    this.#machine.api.lua_getfield(L, LUA_GLOBALSINDEX, this.#machine.memory.name(name));
  }

  /** The C function in a field of the table on top of the stack, to be called in the frame of the one that replaces it. */
  #original(L: Thread, field: string): RawFunction {
    const { api, memory, table } = this.#machine;
    api.lua_getfield(L, -1, memory.name(field));
    const pointer = api.lua_tocfunction(L, -1);
    api.lua_settop(L, -2);
    return table.get(pointer);
  }
}
