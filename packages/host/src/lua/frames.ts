import type { LuaApi, Pointer, Thread } from "./capi.ts";
import type { Place } from "./engine.ts";
import type { Memory } from "./memory.ts";

/** Offsets in `lua_Debug` (lua.h of Lua 5.1, 32-bit). */
const NAME = 4;
const NAMEWHAT = 8;
const WHAT = 12;
const SOURCE = 16;
const CURRENTLINE = 20;
const LINEDEFINED = 28;
const SHORT_SRC = 36;
const RECORD_BYTES = 104;

/** How many frames a traceback has at each end (`LEVELS1`, `LEVELS2` of ldblib.c). */
const FIRST = 12;
const LAST = 10;

/** Where something happened, kept until it is known whether it matters. */
export interface Trace {
  readonly place: Place | undefined;
  readonly traceback: string;
}

/** The call stack, read without allocating on the Lua heap: also where memory has run out. */
export class Frames {
  readonly #api: LuaApi;
  readonly #memory: Memory;
  readonly #record: Pointer;

  constructor(api: LuaApi, memory: Memory) {
    this.#api = api;
    this.#memory = memory;
    this.#record = api.malloc(RECORD_BYTES);
  }

  /** The line that a frame is at; undefined for a C function, a tail call and a level that is not there. */
  line(L: Thread, level: number): Place | undefined {
    return this.#load(L, level, "Sl") ? this.#placeAt(CURRENTLINE) : undefined;
  }

  /** The nearest line of Lua code, from a level outwards. */
  place(L: Thread, from: number): Place | undefined {
    for (let level = from; this.#api.lua_getstack(L, level, this.#record) !== 0; level++) {
      const place = this.line(L, level);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  /** Where the function on top of the stack is defined; pops it. */
  definition(L: Thread): Place | undefined {
    this.#api.lua_getinfo(L, this.#memory.name(">S"), this.#record);
    return this.#placeAt(LINEDEFINED);
  }

  /** `luaL_where`: what stands before a message. */
  prefix(L: Thread, level: number): string {
    if (!this.#load(L, level, "Sl")) return "";
    const line = this.#number(CURRENTLINE);
    return line > 0 ? `${this.#shortSource()}:${line}: ` : "";
  }

  /** The text of `debug.traceback`, without the `frames` outermost ones that are the host's. */
  traceback(L: Thread, from: number, { dropped = 0 }: { dropped?: number } = {}): string {
    const end = this.#depth(L) - dropped;
    const lines = ["stack traceback:"];
    for (let level = from; level < end; level++) {
      if (level === FIRST && end - level > LAST + 1) {
        lines.push("...");
        level = end - LAST;
      }
      lines.push(this.#describe(L, level));
    }
    return lines.join("\n\t");
  }

  #describe(L: Thread, level: number): string {
    this.#load(L, level, "Snl");
    const line = this.#number(CURRENTLINE);
    return `${this.#shortSource()}:${line > 0 ? `${line}:` : ""}${this.#function()}`;
  }

  /** As `db_errorfb` of ldblib.c words it. */
  #function(): string {
    if (this.#text(NAMEWHAT) !== "") return ` in function '${this.#text(NAME)}'`;
    const what = this.#text(WHAT);
    if (what === "main") return " in main chunk";
    return what === "Lua" ? ` in function <${this.#shortSource()}:${this.#number(LINEDEFINED)}>` : " ?";
  }

  /** Number of frames: doubling, then halving, as Lua walks the whole stack for every question. */
  #depth(L: Thread): number {
    let end = 1;
    while (this.#api.lua_getstack(L, end, this.#record) !== 0) end *= 2;
    let start = 0;
    while (start < end) {
      const middle = (start + end) >> 1;
      if (this.#api.lua_getstack(L, middle, this.#record) === 0) end = middle;
      else start = middle + 1;
    }
    return start;
  }

  #load(L: Thread, level: number, what: string): boolean {
    if (this.#api.lua_getstack(L, level, this.#record) === 0) return false;
    return this.#api.lua_getinfo(L, this.#memory.name(what), this.#record) !== 0;
  }

  /** The chunk's name whole, where `short_src` cuts at 60 characters; code from a string has no better name than `[string "…"]`. */
  #placeAt(lineField: number): Place | undefined {
    const line = this.#number(lineField);
    if (line <= 0) return undefined;
    const source = this.#text(SOURCE);
    return { file: source.startsWith("@") || source.startsWith("=") ? source.slice(1) : this.#shortSource(), line };
  }

  #number(field: number): number {
    return this.#memory.int32(this.#record + field);
  }

  #text(field: number): string {
    const address = this.#number(field);
    return address === 0 ? "" : this.#memory.cString(address);
  }

  #shortSource(): string {
    return this.#memory.cString(this.#record + SHORT_SRC);
  }
}
