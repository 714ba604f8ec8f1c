import { ArgumentError } from "./argument-error.ts";
import { utf8 } from "./bytes.ts";
import { upvalue } from "./capi.ts";
import type { Thread } from "./capi.ts";
import { LuaError } from "./errors.ts";
import { isVisible } from "./fate.ts";
import { LONGJMP } from "./jumps.ts";
import type { Machine } from "./machine.ts";

/** A function in the C API's own terms: arguments on the stack of `L`, the number of results as its value. */
export type RawFunction = (L: Thread) => number;

const BEYOND_BYTES = /[^\u0000-\u00ff]/;
/** The JavaScript functions that Lua can call: closures of one C function, told apart by a number in their first upvalue. */
export class Functions {
  readonly #machine: Machine;
  readonly #functions: RawFunction[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Registers a function for as long as the state lives. */
  add(fn: RawFunction): number {
    return this.#functions.push(fn) - 1;
  }

  /** Pushes a closure of it. `upvalues` values are taken from the stack, and are numbered from 2 in the function. */
  push(L: Thread, id: number, upvalues = 0): void {
    const { api, pointers } = this.#machine;
    api.lua_pushinteger(L, id);
    if (upvalues > 0) api.lua_insert(L, -1 - upvalues);
    api.lua_pushcclosure(L, pointers.function, upvalues + 1);
  }

  /** The C function behind all of them. */
  dispatch(L: Thread): number {
    const machine = this.#machine;
    const fn = this.#functions[machine.api.lua_tointeger(L, upvalue(1))];
    try {
      const results = fn === undefined ? 0 : fn(L);
      if (!machine.jumps.inFlight && machine.stopped === undefined) return results;
    } catch (error) {
      return this.#raise(L, error);
    }
    return this.#raise(L, undefined); // the function swallowed what must arrive
  }

  #raise(L: Thread, error: unknown): number {
    const { api, memory, jumps, stopped } = this.#machine;
    if (stopped !== undefined) throw stopped;
    if (jumps.inFlight) throw LONGJMP;
    if (error instanceof ArgumentError) return this.#raiseArgument(L, error);
    if (!isVisible(error)) throw this.#machine.stop(error);
    memory.lend(this.#message(L, error), (address, length) => api.lua_pushlstring(L, address, length));
    return api.lua_error(L);
  }

  #raiseArgument(L: Thread, { n, expected, message }: ArgumentError): number {
    const { api, memory } = this.#machine;
    return memory.lend(`${asBytes(expected ?? message)}\0`, (address) =>
      expected === undefined ? api.luaL_argerror(L, n, address) : api.luaL_typerror(L, n, address),
    );
  }

  /** An error that has come through Lua already has its place; the details of the inner one are the interesting ones. */
  #message(L: Thread, error: Error): string {
    if (!(error instanceof LuaError)) return this.#machine.frames.prefix(L, 1) + asBytes(error.message);
    this.#machine.passing = error;
    return error.message;
  }
}

const asBytes = (message: string): string => (BEYOND_BYTES.test(message) ? utf8(message) : message);
