import { ArgumentError } from "./argument-error.ts";
import { LUA_ERRSYNTAX, LUA_GLOBALSINDEX, LUA_MULTRET, LUA_TFUNCTION, LUA_TNIL, upvalue } from "./capi.ts";
import type { Thread } from "./capi.ts";
import type { ByteString, ChunkReader } from "./engine.ts";
import type { RawFunction } from "./functions.ts";
import type { Machine } from "./machine.ts";

/** First byte of precompiled code (LUA_SIGNATURE). Lua 5.1 does not verify such code: a crafted chunk could do anything to the engine. */
const SIGNATURE = 0x1b;
const REFUSED = "precompiled code is not supported here, only Lua source";
const HASH = 0x23;
const LINE_FEED = 0x0a;

/** How source text becomes functions: from the host, from strings, from files. The only way in, so that bytecode stays out. */
export class Chunks {
  readonly #machine: Machine;
  readonly #read: ChunkReader;
  readonly #firstPiece: number;

  constructor(machine: Machine, read: ChunkReader) {
    this.#machine = machine;
    this.#read = read;
    this.#firstPiece = machine.functions.add((L) => this.#piece(L));
  }

  /** `luaL_loadbuffer`: pushes the function (0) or a message (an error status). A first line that starts with "#" is skipped. */
  load(L: Thread, source: Uint8Array, chunkName: ByteString): number {
    const { api, memory } = this.#machine;
    const text = withoutHashLine(source);
    if (text[0] === SIGNATURE) return this.#fail(L, `${chunkName.slice(1)}: ${REFUSED}`);
    return memory.lend(`${chunkName}\0`, (name) => memory.lend(text, (address, length) => api.luaL_loadbuffer(L, address, length, name)));
  }

  /** `loadfile`. */
  loadFile(L: Thread): number {
    const status = this.#loadNamed(L);
    if (status === 0) return 1;
    this.#machine.api.lua_pushnil(L);
    this.#machine.api.lua_insert(L, -2);
    return 2;
  }

  /** `dofile`. */
  doFile(L: Thread): number {
    const { api } = this.#machine;
    const count = api.lua_gettop(L);
    if (this.#loadNamed(L) !== 0) return api.lua_error(L);
    api.lua_call(L, 0, LUA_MULTRET);
    return api.lua_gettop(L) - count;
  }

  /** `loadstring`, by the original once the string is seen to be source. */
  loadString(original: RawFunction): RawFunction {
    return (L) => (this.#isBytecode(L, 1) ? this.#nilAndRefusal(L) : original(L));
  }

  /** `load`, with the first piece that the reader gives looked at. */
  loadPieces(original: RawFunction): RawFunction {
    const { api, functions } = this.#machine;
    return (L) => {
      if (api.lua_type(L, 1) === LUA_TFUNCTION) {
        api.lua_pushvalue(L, 1);
        api.lua_pushboolean(L, 1);
        functions.push(L, this.#firstPiece, 2);
        api.lua_replace(L, 1);
      }
      return original(L);
    };
  }

  /** The searcher of `require` for files: `loader_Lua` of the firmware's loadlib.c, so "?.lc;?.lua", and dots in the name become "/". */
  search(L: Thread): number {
    const { api, memory } = this.#machine;
    const name = this.#name(L);
    const path = this.#packagePath(L);
    const tried: string[] = [];
    for (const template of path.split(";").filter(Boolean)) {
      const file = template.replaceAll("?", name.replaceAll(".", "/"));
      const source = this.#read(file);
      if (source !== undefined) return this.#loadModule(L, { name, file, source });
      tried.push(`\n\tno file '${file}'`);
    }
    memory.lend(tried.join(""), (address, length) => api.lua_pushlstring(L, address, length));
    return 1;
  }

  #loadModule(L: Thread, { name, file, source }: { name: ByteString; file: ByteString; source: Uint8Array }): number {
    if (this.load(L, source, `@${file}`) === 0) return 1;
    throw new Error(`error loading module '${name}' from file '${file}':\n\t${this.#machine.memory.stackString(L, -1)}`);
  }

  #packagePath(L: Thread): ByteString {
    const { api, memory } = this.#machine;
    api.lua_getfield(L, LUA_GLOBALSINDEX, memory.name("package"));
    api.lua_getfield(L, -1, memory.name("path"));
    if (api.lua_isstring(L, -1) === 0) throw new Error("'package.path' must be a string");
    return memory.stackString(L, -1);
  }

  /** `luaL_loadfsfile` of the firmware's lauxlib.c: there is no standard input to load from. */
  #loadNamed(L: Thread): number {
    if (this.#machine.api.lua_type(L, 1) <= LUA_TNIL) throw new Error("filename is NULL");
    const name = this.#name(L);
    const source = this.#read(name);
    return source === undefined ? this.#fail(L, `cannot open ${name}`) : this.load(L, source, `@${name}`);
  }

  #name(L: Thread): ByteString {
    const { api, memory } = this.#machine;
    if (api.lua_isstring(L, 1) === 0) throw new ArgumentError(1, { expected: "string" });
    return memory.stackString(L, 1);
  }

  /** Stands before the reader that the script gave to `load`; upvalues: the reader, and whether this is its first piece. */
  #piece(L: Thread): number {
    const { api } = this.#machine;
    api.lua_pushvalue(L, upvalue(2));
    api.lua_call(L, 0, 1);
    const isFirst = api.lua_toboolean(L, upvalue(3)) !== 0;
    if (isFirst && this.#isBytecode(L, -1)) throw new Error(REFUSED);
    api.lua_pushboolean(L, 0);
    api.lua_replace(L, upvalue(3));
    return 1;
  }

  #isBytecode(L: Thread, index: number): boolean {
    const { api, memory } = this.#machine;
    return api.lua_isstring(L, index) !== 0 && memory.firstByte(L, index) === SIGNATURE;
  }

  #nilAndRefusal(L: Thread): number {
    this.#machine.api.lua_pushnil(L);
    this.#fail(L, REFUSED);
    return 2;
  }

  #fail(L: Thread, message: ByteString): number {
    const { api, memory } = this.#machine;
    memory.lend(message, (address, length) => api.lua_pushlstring(L, address, length));
    return LUA_ERRSYNTAX;
  }
}

/** The line end stays, so that the lines keep their numbers. */
function withoutHashLine(source: Uint8Array): Uint8Array {
  if (source[0] !== HASH) return source;
  const end = source.indexOf(LINE_FEED);
  return source.subarray(end < 0 ? source.length : end);
}
