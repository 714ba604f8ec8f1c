import { LUA_ERRMEM, LUA_ERRRUN, LUA_REGISTRYINDEX, LUA_TNIL } from "./capi.ts";
import type { Thread } from "./capi.ts";
import type { ByteString } from "./engine.ts";
import { LuaError } from "./errors.ts";
import type { Trace } from "./frames.ts";
import { LONGJMP } from "./jumps.ts";
import type { Machine } from "./machine.ts";

const OUT_OF_MEMORY = "not enough memory";
const TYPE_NAMES = ["nil", "boolean", "userdata", "number", "string", "table", "function", "userdata", "thread"];

/** One stay in Lua on behalf of the host. */
export class Entry {
  readonly #machine: Machine;
  readonly work: (L: Thread, entry: Entry) => void;
  /** What the host's own part of the work threw. */
  error: unknown;
  failed = false;
  #inLua = false;

  constructor(machine: Machine, work: (L: Thread, entry: Entry) => void) {
    this.#machine = machine;
    this.work = work;
  }

  /** `lua_call`. */
  call(L: Thread, args: number, results: number): void {
    this.#inLua = true;
    this.#machine.api.lua_call(L, args, results);
    this.#inLua = false;
  }

  /** Runs the work; a mistake of the host in it (a value that Lua cannot take) ends the entry, not the state. */
  run(L: Thread): void {
    try {
      this.work(L, this);
    } catch (error) {
      if (this.#inLua || this.#machine.jumps.inFlight || this.#machine.stopped !== undefined) throw error;
      this.error = error;
      this.failed = true;
    }
    if (this.#machine.jumps.inFlight) throw LONGJMP;
  }
}

/**
 * The way from the host into Lua. Everything that can raise an error, down to pushing an argument that is too large, happens inside a protected
 * call, so that it comes back as a {@link LuaError}.
 */
export class Entries {
  readonly #machine: Machine;
  readonly #handler: number;
  readonly #bottom: number;
  #depth = 0;
  #next: Entry | undefined;
  #caught: LuaError | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#handler = this.#keep((L) => this.#handle(L));
    this.#bottom = this.#keep((L) => this.#start(L));
  }

  /** Whether Lua runs now, with the host called from it. */
  get nested(): boolean {
    return this.#depth > 0;
  }

  /** Does `work` in a protected call on the running thread. Throws a {@link LuaError}, or what ended the state. */
  run(work: (L: Thread, entry: Entry) => void): void {
    const machine = this.#machine;
    machine.assertAlive();
    if (this.#depth === 0) this.#begin();
    const L = machine.thread;
    const top = machine.api.lua_gettop(L);
    const entry = new Entry(machine, work);
    const failure = this.#enter(L, top, entry);
    machine.api.lua_settop(L, top);
    if (this.#depth === 0) machine.tidy();
    if (entry.failed) throw entry.error;
    if (failure !== undefined) throw failure;
  }

  /** Does `work`, which calls no Lua code, in whatever protected call is under way; in one of its own when there is none. */
  inside<T>(work: (L: Thread) => T): T {
    if (this.#depth > 0) return this.#direct(work);
    let result!: T;
    this.run((L) => {
      result = work(L);
    });
    return result;
  }

  #begin(): void {
    this.#machine.watchdog.feed();
    this.#machine.refusal = undefined;
  }

  #direct<T>(work: (L: Thread) => T): T {
    const { api, thread: L } = this.#machine;
    this.#machine.assertAlive();
    const top = api.lua_gettop(L);
    const result = work(L);
    api.lua_settop(L, top); // not in a finally: an error in flight lies on the stack
    return result;
  }

  #enter(L: Thread, top: number, entry: Entry): LuaError | undefined {
    const { api } = this.#machine;
    api.lua_rawgeti(L, LUA_REGISTRYINDEX, this.#handler);
    api.lua_rawgeti(L, LUA_REGISTRYINDEX, this.#bottom);
    this.#next = entry;
    this.#depth++;
    try {
      const status = api.lua_pcall(L, 0, 0, top + 1);
      return status === 0 ? undefined : this.#failure(L, status);
    } catch (error) {
      throw this.#machine.stop(error);
    } finally {
      this.#depth--;
    }
  }

  #start(L: Thread): number {
    const entry = this.#next;
    this.#next = undefined;
    entry?.run(L);
    return 0;
  }

  /** The message handler: sees the error where it was raised, before the stack is gone. Level 0 is the handler itself. */
  #handle(L: Thread): number {
    const message = this.#describe(L);
    const { place, traceback }: Trace = this.#inner(message) ?? this.#machine.trace(1);
    this.#caught = new LuaError(message, { place, traceback, outOfMemory: message === OUT_OF_MEMORY });
    return 1;
  }

  /** The error that a host function let through knows better where it began. */
  #inner(message: ByteString): Trace | undefined {
    const { passing } = this.#machine;
    this.#machine.passing = undefined;
    return passing?.message === message && passing.traceback !== "" ? passing : undefined;
  }

  /** The error value as text: itself, or what its `__tostring` makes of it. */
  #describe(L: Thread): ByteString {
    const { api, memory } = this.#machine;
    if (api.lua_isstring(L, 1) !== 0) return memory.stackString(L, 1);
    const told = api.luaL_callmeta(L, 1, memory.name("__tostring")) !== 0 && api.lua_isstring(L, -1) !== 0;
    if (told) return memory.stackString(L, -1);
    return `(error object is a ${TYPE_NAMES[Math.max(LUA_TNIL, api.lua_type(L, 1))]} value)`;
  }

  /** Memory errors and errors in the handler arrive without the handler having seen them. */
  #failure(L: Thread, status: number): LuaError {
    const caught = this.#caught;
    this.#caught = undefined;
    const { api, memory, refusal } = this.#machine;
    if (status === LUA_ERRMEM) return new LuaError(OUT_OF_MEMORY, { ...refusal, outOfMemory: true });
    if (status === LUA_ERRRUN && caught !== undefined) return caught;
    return new LuaError(api.lua_isstring(L, -1) === 0 ? "error in error handling" : memory.stackString(L, -1));
  }

  #keep(fn: (L: Thread) => number): number {
    const { api, functions, main } = this.#machine;
    functions.push(main, functions.add(fn));
    return api.luaL_ref(main, LUA_REGISTRYINDEX);
  }
}
