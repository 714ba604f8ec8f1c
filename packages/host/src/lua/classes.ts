import { LUA_REGISTRYINDEX, LUA_TNIL } from "./capi.ts";
import type { Thread } from "./capi.ts";
import type { HostFunction, LuaClass, LuaRef } from "./engine.ts";
import { Reference } from "./reference.ts";
import type { Values } from "./values.ts";

const ID_BYTES = 4;

/** Who is told that a userdata is gone. */
interface Owner {
  collected(id: number): void;
}

/** The userdata of one state: four bytes each that hold a number. Every full userdata that a script can get hold of is one of these. */
export class Userdata {
  readonly values: Values;
  readonly #owners = new Map<number, Owner>();
  readonly #weak: number;
  /** Numbers of userdata that are gone, to be used again: the weak table stays as small as it can. */
  readonly #unused: number[] = [];

  constructor(values: Values) {
    this.values = values;
    this.#weak = values.entries.inside((L) => this.#weakTable(L));
  }

  /** Puts a new userdata in the place of its metatable, on top of the stack; its number. */
  create(L: Thread, owner: Owner): number {
    const { api, memory } = this.values.machine;
    const address = api.lua_newuserdata(L, ID_BYTES);
    const id = this.#unused.pop() ?? this.#owners.size + 1;
    memory.setInt32(address, id);
    this.#owners.set(id, owner);
    api.lua_insert(L, -2);
    api.lua_setmetatable(L, -2);
    api.lua_rawgeti(L, LUA_REGISTRYINDEX, this.#weak);
    api.lua_pushvalue(L, -2);
    api.lua_rawseti(L, -2, id);
    api.lua_settop(L, -2);
    return id;
  }

  /** Pushes the userdata of that number; false, and nothing pushed, when Lua has collected it. */
  find(L: Thread, id: number): boolean {
    const { api } = this.values.machine;
    api.lua_rawgeti(L, LUA_REGISTRYINDEX, this.#weak);
    api.lua_rawgeti(L, -1, id);
    api.lua_remove(L, -2);
    if (api.lua_type(L, -1) !== LUA_TNIL) return true;
    api.lua_settop(L, -2);
    return false;
  }

  /** The number of the userdata at a stack index. */
  idAt(L: Thread, index: number): number {
    const { api, memory } = this.values.machine;
    return memory.int32(api.lua_touserdata(L, index));
  }

  /** `__gc`. It runs wherever Lua happens to collect: a script must not get an error of the host's there. */
  collect(L: Thread): number {
    try {
      this.#bury(this.idAt(L, 1));
    } catch (error) {
      throw this.values.machine.stop(error);
    }
    return 0;
  }

  /** For a state that could not be closed by Lua itself. */
  collectAll(): void {
    for (const id of this.#owners.keys()) this.#bury(id);
  }

  #bury(id: number): void {
    const owner = this.#owners.get(id);
    if (!this.#owners.delete(id)) return;
    this.#unused.push(id);
    owner?.collected(id);
  }

  #weakTable(L: Thread): number {
    const { api } = this.values.machine;
    this.values.push(L, new Map());
    this.values.push(L, new Map([["__mode", "v"]]));
    api.lua_setmetatable(L, -2);
    return api.luaL_ref(L, LUA_REGISTRYINDEX);
  }
}

/** One class of userdata. */
export class UserdataClass<T extends object> implements LuaClass<T> {
  readonly name: string;
  readonly #userdata: Userdata;
  readonly #metatable: number;
  readonly #onCollect: ((object: T) => void) | undefined;
  readonly #objects = new Map<number, T>();
  readonly #ids = new WeakMap<T, number>();

  constructor(
    userdata: Userdata,
    name: string,
    parts: { methods: Record<string, HostFunction>; onCollect: ((object: T) => void) | undefined },
  ) {
    this.name = name;
    this.#userdata = userdata;
    this.#onCollect = parts.onCollect;
    this.#metatable = userdata.values.entries.inside((L) => this.#makeMetatable(L, parts.methods));
  }

  /** Whether the class is of the engine with those values. */
  belongsTo(values: Values): boolean {
    return this.#userdata.values === values;
  }

  wrap(object: T): LuaRef {
    return this.#userdata.values.entries.inside((L) => {
      this.push(L, object);
      return new UserdataReference(this.#userdata.values, L, (thread) => this.push(thread, object));
    });
  }

  /** Pushes the userdata of the object, a new one when Lua has none (any more). */
  push(L: Thread, object: T): void {
    const known = this.#ids.get(object);
    if (known !== undefined && this.#userdata.find(L, known)) return;
    this.#userdata.values.machine.api.lua_rawgeti(L, LUA_REGISTRYINDEX, this.#metatable);
    const id = this.#userdata.create(L, this);
    this.#ids.set(object, id);
    this.#objects.set(id, object);
  }

  /** The object behind the full userdata at a stack index, if it is of this class. */
  at(L: Thread, index: number): T | undefined {
    return this.#objects.get(this.#userdata.idAt(L, index));
  }

  /** The object may have got a new userdata after the old one became unreachable and before its `__gc` ran: then it is still in use. */
  collected(id: number): void {
    const object = this.#objects.get(id);
    this.#objects.delete(id);
    if (object === undefined || this.#ids.get(object) !== id) return;
    this.#ids.delete(object);
    this.#onCollect?.(object);
  }

  #makeMetatable(L: Thread, methods: Record<string, HostFunction>): number {
    const { values } = this.#userdata;
    const { api, memory, functions } = values.machine;
    values.push(
      L,
      new Map<string, Map<string, HostFunction> | string>([
        ["__index", new Map(Object.entries(methods))],
        ["__metatable", this.name],
      ]),
    );
    functions.push(
      L,
      functions.add((thread) => this.#userdata.collect(thread)),
    );
    api.lua_setfield(L, -2, memory.name("__gc"));
    functions.push(
      L,
      functions.add((thread) => this.#tell(thread)),
    );
    api.lua_setfield(L, -2, memory.name("__tostring"));
    return api.luaL_ref(L, LUA_REGISTRYINDEX);
  }

  /** As Lua 5.3 writes a userdata whose metatable has a `__name`. */
  #tell(L: Thread): number {
    const { values } = this.#userdata;
    values.push(L, `${this.name}: 0x${values.machine.api.lua_touserdata(L, 1).toString(16).padStart(8, "0")}`);
    return 1;
  }
}

/** What {@link UserdataClass.wrap} gives. It keeps the userdata until it is released or handed over, and stands for the object in any case. */
class UserdataReference extends Reference {
  readonly #pushObject: (L: Thread) => void;
  readonly #made: number;
  #handedOver = false;

  /** Takes the userdata on top of the stack. */
  constructor(values: Values, L: Thread, pushObject: (L: Thread) => void) {
    super(values, "userdata", { L, index: -1 });
    this.#pushObject = pushObject;
    this.#made = values.crossings;
  }

  override push(L: Thread): void {
    if (this.#handedOver) this.#pushObject(L);
    else super.push(L);
  }

  override handOver(since: number): void {
    if (this.#handedOver || this.#made < since) return;
    this.release();
    this.#handedOver = true;
  }
}
