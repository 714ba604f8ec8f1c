import type { ByteString, LuaEngine, LuaInput, LuaRef, LuaTable } from "../../lua/index.ts";
import type { JsonValue } from "./reader.ts";
import { luaFunction } from "../lua-function.ts";

type Container<N> = JsonValue<N>[] | Map<ByteString, JsonValue<N>>;
type Path = readonly (ByteString | number)[];

/** What the filling does in Lua. Called once before the script runs, it keeps the script's own `setmetatable` out. */
export function fillingFunctions(lua: LuaEngine): { make: LuaRef; assign: LuaRef } {
  return {
    make: luaFunction(lua, "(function(set) return function(metatable) return set({}, metatable) end end)(setmetatable)"),
    assign: luaFunction(lua, "function(table, key, value) table[key] = value end"),
  };
}

/**
 * Builds tables that have a metatable from the start, so that its `__newindex` sees every value, and asks its `checkpath(table, path)`
 * whether a table is wanted: in the order in which the device's parser comes upon them.
 */
export class TableFiller<N extends LuaInput> {
  readonly #lua: LuaEngine;
  readonly #metatable: LuaTable;
  readonly #make: LuaRef;
  readonly #assign: LuaRef;

  constructor(lua: LuaEngine, metatable: LuaTable) {
    this.#lua = lua;
    this.#metatable = metatable;
    ({ make: this.#make, assign: this.#assign } = fillingFunctions(lua));
  }

  /** The table for a JSON object or array; undefined when checkpath does not want it. */
  build(container: Container<N>): LuaRef | undefined {
    const root = this.#open([]);
    this.#fill(root.table, container, []);
    return root.wanted ? root.table : undefined;
  }

  #open(path: Path): { table: LuaRef; wanted: boolean } {
    const [table] = this.#lua.call(this.#make, this.#metatable);
    if (!isRef(table)) throw new TypeError("setmetatable gave no table");
    const checkpath = this.#metatable.get("checkpath");
    const wanted = !isRef(checkpath) || isTrue(this.#lua.call(checkpath, table, path)[0]);
    return { table, wanted };
  }

  #fill(table: LuaRef, container: Container<N>, path: Path): void {
    for (const [key, value] of members(container)) {
      if (Array.isArray(value) || value instanceof Map) this.#nest({ table, key }, value, [...path, key]);
      else this.#lua.call(this.#assign, table, key, value);
    }
  }

  #nest(parent: { table: LuaRef; key: ByteString | number }, value: Container<N>, path: Path): void {
    const child = this.#open(path);
    if (child.wanted) this.#lua.call(this.#assign, parent.table, parent.key, child.table);
    this.#fill(child.table, value, path);
    child.table.release();
  }
}

const members = <N>(container: Container<N>): Iterable<[ByteString | number, JsonValue<N>]> =>
  Array.isArray(container) ? container.map((value, index): [number, JsonValue<N>] => [index + 1, value]) : container;

const isRef = (value: unknown): value is LuaRef => typeof value === "object" && value !== null && "release" in value;

const isTrue = (value: unknown): boolean => value !== undefined && value !== false;
