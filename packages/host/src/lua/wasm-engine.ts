import { utf8 } from "./bytes.ts";
import { LUA_ERRMEM, LUA_MULTRET } from "./capi.ts";
import type { Thread } from "./capi.ts";
import { Chunks } from "./chunks.ts";
import { Userdata, UserdataClass } from "./classes.ts";
import type {
  ByteString,
  HostFunction,
  LuaClass,
  LuaEngine,
  LuaEngineOptions,
  LuaHeap,
  LuaInput,
  LuaRef,
  LuaSentinel,
  LuaValue,
  Place,
} from "./engine.ts";
import { Entries } from "./entries.ts";
import type { Entry } from "./entries.ts";
import { HostFault, LuaError, LuaStop } from "./errors.ts";
import { handOver } from "./host-call.ts";
import { Libraries } from "./libraries.ts";
import { Machine } from "./machine.ts";
import { Modules } from "./modules.ts";
import { Reference } from "./reference.ts";
import { Values } from "./values.ts";

/** Stack slots that reading one result takes at most. */
const READING_SLOTS = 4;

/** Opens a Lua 5.1 state with the libraries of the firmware. Throws when the heap cannot even hold those. */
export function openLua(options: LuaEngineOptions): LuaEngine {
  return new WasmEngine(options);
}

class WasmEngine implements LuaEngine {
  readonly #machine: Machine;
  readonly #entries: Entries;
  readonly #values: Values;
  readonly #userdata: Userdata;
  readonly #chunks: Chunks;
  readonly #modules: Modules;
  #closing = false;
  #closed = false;

  constructor(options: LuaEngineOptions) {
    this.#machine = new Machine(options);
    this.#entries = new Entries(this.#machine);
    this.#values = new Values(this.#machine, this.#entries, this);
    this.#userdata = new Userdata(this.#values);
    this.#chunks = new Chunks(this.#machine, options.readChunk);
    this.#modules = new Modules(this.#values);
    const libraries = new Libraries(this.#values, this.#chunks);
    this.#entries.run((L, entry) => libraries.open(L, entry, options.print));
    this.#machine.watch();
    if (this.#machine.heap.isOver) {
      throw new Error(`a heap of ${options.heap} bytes is too small: Lua with its libraries takes ${this.#machine.heap.used}`);
    }
  }

  get heap(): LuaHeap {
    return this.#machine.heap;
  }

  run(source: Uint8Array, chunkName: string): void {
    let refused: LuaError | undefined;
    this.#enter((L, entry) => {
      const status = this.#chunks.load(L, source, `@${utf8(chunkName)}`);
      if (status === 0) entry.call(L, 0, 0);
      else refused = this.#syntaxError(L, status, utf8(chunkName));
    });
    if (refused !== undefined) throw refused;
  }

  call(fn: LuaRef, ...args: LuaInput[]): LuaValue[] {
    const results: LuaValue[] = [];
    const since = this.#values.crossings;
    const work = (L: Thread, entry: Entry): void => {
      this.#values.reserve(L, args.length + 1);
      for (const value of [fn, ...args]) this.#values.push(L, value);
      handOver(args, since);
      entry.call(L, args.length, LUA_MULTRET);
      this.#values.reserve(L, READING_SLOTS);
      const count = this.#machine.api.lua_gettop(L);
      for (let n = 1; n <= count; n++) results.push(this.#values.read(L, n));
    };
    try {
      this.#enter(work);
    } catch (error) {
      throw this.#placed(error, fn);
    }
    return results;
  }

  setGlobal(name: string, value: LuaInput): void {
    this.#values.crossings++;
    this.#entries.inside((L) => {
      this.#values.push(L, value);
      this.#modules.setGlobal(L, name, -1);
    });
  }

  defineModule(name: string, fields: ReadonlyMap<string, LuaInput>, missing?: (field: ByteString) => void): LuaRef {
    return this.#entries.inside((L) => {
      this.#modules.define(L, { name, fields, missing });
      return new Reference(this.#values, "table", { L, index: -1 });
    });
  }

  onMissingGlobal(missing: (name: ByteString) => void): void {
    this.#entries.inside((L) => this.#modules.watchGlobals(L, missing));
  }

  defineClass<T extends object>(name: string, methods: Record<string, HostFunction>, onCollect?: (object: T) => void): LuaClass<T> {
    return new UserdataClass<T>(this.#userdata, name, { methods, onCollect });
  }

  sentinel(name: string): LuaSentinel {
    return this.#values.sentinel(name);
  }

  grantHeap(bytes: number): void {
    this.#entries.inside(() => this.#machine.grant(bytes));
  }

  where(): Place | undefined {
    return this.#machine.where();
  }

  collect(): void {
    this.#entries.inside(() => this.#machine.collect());
  }

  feedWatchdog(): void {
    this.#machine.watchdog.feed();
  }

  close(): void {
    if (this.#entries.nested) {
      this.#closing = true;
      this.#machine.stop(new LuaStop("the Lua engine was closed while Lua was running"));
    } else this.#free();
  }

  #enter(work: (L: Thread, entry: Entry) => void): void {
    this.#values.crossings++;
    try {
      this.#entries.run(work);
    } finally {
      this.#values.crossings++;
      if (this.#closing && !this.#entries.nested) this.#free();
    }
  }

  /** What the host's own fault has left is not touched again: the wasm instance is dropped whole. */
  #free(): void {
    if (this.#closed) return;
    this.#closed = true;
    const machine = this.#machine;
    const intact = !(machine.stopped instanceof HostFault);
    machine.stopped = undefined;
    try {
      if (intact) machine.heap.unlimited(() => machine.api.lua_close(machine.main));
    } finally {
      machine.stopped = new LuaStop("it was closed");
      this.#userdata.collectAll();
    }
  }

  #syntaxError(L: Thread, status: number, file: ByteString): LuaError {
    const message = this.#machine.memory.stackString(L, -1);
    const line = /:(\d+): /.exec(message)?.[1];
    const place = line === undefined ? undefined : { file, line: Number(line) };
    return new LuaError(message, { place, outOfMemory: status === LUA_ERRMEM });
  }

  /** Where memory ran out before the function had begun, the place is the function's own. */
  #placed(error: unknown, fn: LuaRef): unknown {
    if (!(error instanceof LuaError) || !error.outOfMemory || error.place !== undefined || fn.type !== "function") return error;
    const place = this.#entries.inside((L) => {
      this.#values.push(L, fn);
      return this.#machine.frames.definition(L);
    });
    return new LuaError(error.message, { place, traceback: error.traceback, outOfMemory: true });
  }
}
