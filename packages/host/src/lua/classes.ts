import { LUA_REGISTRYINDEX, LUA_TNIL } from "./capi.ts";
import type { Thread } from "./capi.ts";
import type { HostFunction, LuaClass, LuaRef } from "./engine.ts";
import { Reference } from "./reference.ts";
import type { Values } from "./values.ts";

const ID_BYTES = 4;

/** The userdata of one state: which are alive, of what class, and for which host object. */
export class Userdata {
  readonly values: Values;
  readonly #alive = new Map<number, { object: object; class: UserdataClass<object> }>();
  readonly #weak: number;
  #last = 0;

  constructor(values: Values) {
    this.values = values;
    this.#weak = values.entries.inside((L) => this.#weakTable(L));
  }

  /** Pushes a new userdata: four bytes that hold its number. Its metatable comes from the top of the stack, and is taken from there. */
  create(L: Thread, object: object, userdataClass: UserdataClass<object>): number {
    const { api, memory } = this.values.machine;
    const address = api.lua_newuserdata(L, ID_BYTES);
    const id = ++this.#last;
    memory.setInt32(address, id);
    api.lua_insert(L, -2);
    this.#alive.set(id, { object, class: userdataClass });
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

  /** The object at a stack index, if it is of that class. Every full userdata that a script can get hold of is one of these. */
  at<T extends object>(L: Thread, index: number, userdataClass: UserdataClass<T>): T | undefined {
    const entry = this.#alive.get(this.#idAt(L, index));
    return entry !== undefined && entry.class === (userdataClass as unknown) ? (entry.object as T) : undefined;
  }

  /** `__gc`. */
  collect(L: Thread): number {
    this.#bury(this.#idAt(L, 1));
    return 0;
  }

  /** For a state that could not be closed by Lua itself. */
  collectAll(): void {
    for (const id of this.#alive.keys()) this.#bury(id);
  }

  #bury(id: number): void {
    const entry = this.#alive.get(id);
    this.#alive.delete(id);
    entry?.class.collected(entry.object, id);
  }

  #idAt(L: Thread, index: number): number {
    const { api, memory } = this.values.machine;
    return memory.int32(api.lua_touserdata(L, index));
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
  readonly #ids = new WeakMap<T, number>();

  constructor(userdata: Userdata, name: string, parts: { methods: Record<string, HostFunction>; onCollect?: (object: T) => void }) {
    this.name = name;
    this.#userdata = userdata;
    this.#onCollect = parts.onCollect;
    this.#metatable = userdata.values.entries.inside((L) => this.#makeMetatable(L, parts.methods));
  }

  wrap(object: T): LuaRef {
    return this.#userdata.values.entries.inside((L) => {
      this.push(L, object);
      return new UserdataReference(this.#userdata.values, L, { object, class: this });
    });
  }

  /** Pushes the userdata of the object, a new one when Lua has none (any more). */
  push(L: Thread, object: T): void {
    const id = this.#ids.get(object);
    if (id !== undefined && this.#userdata.find(L, id)) return;
    this.#userdata.values.machine.api.lua_rawgeti(L, LUA_REGISTRYINDEX, this.#metatable);
    this.#ids.set(object, this.#userdata.create(L, object, this as unknown as UserdataClass<object>));
  }

  at(L: Thread, index: number): T | undefined {
    return this.#userdata.at(L, index, this);
  }

  /** The object may have got a new userdata after the old one became unreachable and before its `__gc` ran: then it is still in use. */
  collected(object: T, id: number): void {
    if (this.#ids.get(object) !== id) return;
    this.#ids.delete(object);
    this.#onCollect?.(object);
  }

  #makeMetatable(L: Thread, methods: Record<string, HostFunction>): number {
    const { machine } = this.#userdata.values;
    const { api, memory, functions } = machine;
    const { values } = this.#userdata;
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
    const { machine } = this.#userdata.values;
    this.#userdata.values.push(L, `${this.name}: 0x${machine.api.lua_touserdata(L, 1).toString(16).padStart(8, "0")}`);
    return 1;
  }
}

/** What {@link UserdataClass.wrap} gives. It keeps the userdata until it is released or handed over, and stands for the object in any case. */
class UserdataReference<T extends object> extends Reference {
  readonly #object: T;
  readonly #class: UserdataClass<T>;
  readonly #made: number;
  #handedOver = false;

  /** Takes the userdata on top of the stack. */
  constructor(values: Values, L: Thread, { object, class: userdataClass }: { object: T; class: UserdataClass<T> }) {
    super(values, "userdata", { L, index: -1 });
    this.#object = object;
    this.#class = userdataClass;
    this.#made = values.crossings;
  }

  override push(L: Thread): void {
    if (this.#handedOver) this.#class.push(L, this.#object);
    else super.push(L);
  }

  override handOver(since: number): void {
    if (this.#handedOver || this.#made < since) return;
    this.release();
    this.#handedOver = true;
  }
}
