import { inspect } from "node:util";
import type { Pointer, Thread } from "./capi.ts";
import type { ByteString, HostFunction, LuaEngine, LuaInput, LuaSentinel, LuaType, LuaValue } from "./engine.ts";
import type { Entries } from "./entries.ts";
import { callHost } from "./host-call.ts";
import type { Machine } from "./machine.ts";
import { Reference, TableReference } from "./reference.ts";

/** By `lua_type`, from 0. */
const TYPES: readonly LuaType[] = ["nil", "boolean", "lightuserdata", "number", "string", "table", "function", "userdata", "thread"];
/** How deep arrays and maps of the host may nest: as deep as Lua's C code may call itself (LUAI_MAXCCALLS). */
const DEEPEST = 200;
/** Slots that pushing one value takes at most, nested tables reserving their own. */
const SLOTS = 4;

type Reader = (L: Thread, index: number) => LuaValue;

/** Values across the border, both ways. Everything here may raise Lua errors, so it runs inside a protected call. */
export class Values {
  readonly machine: Machine;
  readonly entries: Entries;
  readonly engine: LuaEngine;
  /** References that end with the host function that runs now; undefined outside of any. */
  scope: Reference[] | undefined;
  /** Counts the crossings: two things with the same number happened with none between them. */
  crossings = 0;
  readonly #functions = new WeakMap<HostFunction, number>();
  readonly #sentinels = new Map<Pointer, LuaSentinel>();
  readonly #readers: readonly Reader[];
  #depth = 0;

  constructor(machine: Machine, entries: Entries, engine: LuaEngine) {
    this.machine = machine;
    this.entries = entries;
    this.engine = engine;
    const { api, memory } = machine;
    const referenceTo =
      (type: Reference["type"]): Reader =>
      (L, index) =>
        this.#scoped(new Reference(this, type, { L, index }));
    this.#readers = [
      () => undefined,
      (L, index) => api.lua_toboolean(L, index) !== 0,
      (L, index) => this.#sentinelAt(api.lua_touserdata(L, index)),
      (L, index) => api.lua_tonumber(L, index),
      (L, index) => memory.stackString(L, index),
      (L, index) => this.table(L, index),
      referenceTo("function"),
      referenceTo("userdata"),
      referenceTo("thread"),
    ];
  }

  type(L: Thread, index: number): LuaType {
    return TYPES[this.machine.api.lua_type(L, index)] ?? "none";
  }

  read(L: Thread, index: number): LuaValue {
    return this.#readers[this.machine.api.lua_type(L, index)]?.(L, index);
  }

  table(L: Thread, index: number): TableReference {
    return this.#scoped(new TableReference(this, { L, index }));
  }

  /** Makes room for `slots` more values on the stack. */
  reserve(L: Thread, slots: number): void {
    if (this.machine.api.lua_checkstack(L, slots) === 0) throw new Error("stack overflow (too many values from the host)");
  }

  push(L: Thread, value: LuaInput): void {
    const { api } = this.machine;
    if (typeof value === "string" || value instanceof Uint8Array) this.#pushBytes(L, value);
    else if (typeof value === "number") api.lua_pushnumber(L, value);
    else if (typeof value === "boolean") api.lua_pushboolean(L, value ? 1 : 0);
    else if (value === undefined || value === null) api.lua_pushnil(L);
    else if (typeof value === "function") this.pushFunction(L, value);
    else this.#pushObject(L, value);
  }

  /** A host function is registered once, at its first push, and for as long as the state lives. */
  pushFunction(L: Thread, fn: HostFunction): void {
    const { functions } = this.machine;
    let id = this.#functions.get(fn);
    if (id === undefined) {
      id = functions.add((thread) => callHost(this, thread, fn));
      this.#functions.set(fn, id);
    }
    functions.push(L, id);
  }

  /** The constant of that name. A light userdata is a number to Lua; small ones are no addresses of anything else. */
  sentinel(name: string): LuaSentinel {
    const known = [...this.#sentinels.values()].find(({ sentinel }) => sentinel === name);
    const sentinel = known ?? { sentinel: name };
    if (known === undefined) this.#sentinels.set(this.#sentinels.size + 1, sentinel);
    return sentinel;
  }

  #pushBytes(L: Thread, bytes: ByteString | Uint8Array): void {
    const { api, memory } = this.machine;
    memory.lend(bytes, (address, length) => api.lua_pushlstring(L, address, length));
  }

  #pushObject(L: Thread, value: object): void {
    this.reserve(L, SLOTS);
    if (value instanceof Reference) this.#pushReference(L, value);
    else if (Array.isArray(value)) this.#nest(() => this.#pushArray(L, value));
    else if (value instanceof Map) this.#nest(() => this.#pushMap(L, value));
    else this.#pushSentinel(L, value);
  }

  #pushReference(L: Thread, reference: Reference): void {
    if (reference.values !== this) throw new TypeError(`a reference to a Lua ${reference.type} of another engine`);
    reference.push(L);
  }

  #nest(push: () => void): void {
    if (this.#depth === DEEPEST) throw new Error(`stack overflow (more than ${DEEPEST} tables inside each other)`);
    this.#depth++;
    try {
      push();
    } finally {
      this.#depth--;
    }
  }

  #pushArray(L: Thread, values: readonly LuaInput[]): void {
    const { api } = this.machine;
    api.lua_createtable(L, values.length, 0);
    values.forEach((value, i) => {
      this.push(L, value);
      api.lua_rawseti(L, -2, i + 1);
    });
  }

  #pushMap(L: Thread, fields: ReadonlyMap<ByteString | number, LuaInput>): void {
    const { api } = this.machine;
    api.lua_createtable(L, 0, fields.size);
    for (const [key, value] of fields) {
      this.push(L, key);
      this.push(L, value);
      api.lua_rawset(L, -3);
    }
  }

  #pushSentinel(L: Thread, value: object): void {
    for (const [address, sentinel] of this.#sentinels) {
      if (sentinel === value) return this.machine.api.lua_pushlightuserdata(L, address);
    }
    throw new TypeError(`the host gave a value that Lua has no form for: ${inspect(value)}`);
  }

  #sentinelAt(address: Pointer): LuaSentinel {
    return this.#sentinels.get(address) ?? { sentinel: `0x${address.toString(16)}` };
  }

  #scoped<T extends Reference>(reference: T): T {
    this.scope?.push(reference);
    return reference;
  }
}
