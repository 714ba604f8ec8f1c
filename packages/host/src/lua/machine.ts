import { LUA_GCCOLLECT, LUA_MASKCOUNT } from "./capi.ts";
import type { LuaApi, Thread } from "./capi.ts";
import type { LuaEngineOptions, Place } from "./engine.ts";
import { HostFault } from "./errors.ts";
import type { LuaError } from "./errors.ts";
import { isDeliberate } from "./fate.ts";
import { Frames } from "./frames.ts";
import type { Trace } from "./frames.ts";
import { Functions } from "./functions.ts";
import { Heap } from "./heap.ts";
import { Jumps } from "./jumps.ts";
import { Memory } from "./memory.ts";
import { installCallbacks } from "./trampolines.ts";
import type { CallbackPointers } from "./trampolines.ts";
import { instantiate } from "./wasm-imports.ts";
import type { WasmTable } from "./webassembly.ts";
import { Watchdog } from "./watchdog.ts";

/** VM instructions between two looks at the clock: under a millisecond, and too rare to cost anything. */
const HOOK_INTERVAL = 1000;

/** One wasm instance with one Lua state in it: the C API, and what must hold whoever calls it. */
export class Machine {
  readonly api: LuaApi;
  readonly table: WasmTable;
  readonly memory: Memory;
  readonly heap: Heap;
  readonly jumps: Jumps;
  readonly frames: Frames;
  readonly functions: Functions;
  readonly watchdog: Watchdog;
  readonly pointers: CallbackPointers;
  readonly main: Thread;
  /** What ended the state. Once set, every host function that returns throws it again until the outermost entry is reached. */
  stopped: Error | undefined;
  /** The Lua error that a host function let through last. */
  passing: LuaError | undefined;
  /** Where the allocator refused last. */
  refusal: Trace | undefined;
  readonly #interrupt: (() => void) | undefined;
  #hurried: Thread | undefined;
  #faultPlace: Place | undefined;

  constructor({ heap, watchdog, now, interrupt }: Pick<LuaEngineOptions, "heap" | "watchdog" | "now" | "interrupt">) {
    this.#interrupt = interrupt;
    this.jumps = new Jumps(() => (this.#faultPlace ??= this.where()));
    const { api, table } = instantiate(this);
    this.api = api;
    this.table = table;
    this.memory = new Memory(this.api);
    this.frames = new Frames(this.api, this.memory);
    this.watchdog = new Watchdog(watchdog, now);
    this.functions = new Functions(this);
    this.heap = new Heap(this.api, heap, { crossed: () => this.#hurry(), refused: () => (this.refusal = this.trace(0)) });
    this.pointers = installCallbacks(table, {
      function: (L) => this.functions.dispatch(L),
      allocator: (...[, block, oldSize, newSize]) => this.heap.resize(block, oldSize, newSize),
      hook: (L) => this.#hook(L),
    });
    this.main = this.api.lua_newstate(this.pointers.allocator, 0);
  }

  /** The thread that runs now; the main one outside of any call. */
  get thread(): Thread {
    return this.jumps.threads.at(-1) ?? this.main;
  }

  /** Watches the state from here on. Coroutines inherit the hook. */
  watch(): void {
    this.api.lua_sethook(this.main, this.pointers.hook, LUA_MASKCOUNT, HOOK_INTERVAL);
    this.api.lua_gc(this.main, LUA_GCCOLLECT, 0);
    this.heap.enforce();
  }

  /** Grants `bytes` beside what is in use now, garbage not counted. */
  grant(bytes: number): void {
    this.collect();
    this.heap.restrict(this.heap.used + bytes);
  }

  assertAlive(): void {
    if (this.stopped !== undefined) throw new Error(`the Lua engine has ended: ${this.stopped.message}`);
  }

  /** Ends the state: nothing runs in it any more. The result is what to throw. */
  stop(error: unknown): Error {
    this.stopped ??= isDeliberate(error) ? error : new HostFault(error, this.#faultPlace ?? this.where());
    return this.stopped;
  }

  /** The nearest line of Lua code; undefined outside of any call. */
  where(): Place | undefined {
    return this.jumps.threads.length === 0 ? undefined : this.frames.place(this.thread, 0);
  }

  /** Place and traceback of what runs now; `from` is the first level that belongs to it. */
  trace(from: number): Trace {
    const L = this.thread;
    // the outermost frame of the main thread is the host's own entry
    return { place: this.where(), traceback: this.frames.traceback(L, from, { dropped: L === this.main ? 1 : 0 }) };
  }

  /** Collects what an error has left, so that the heap is within its limit between two entries too. */
  tidy(): void {
    if (this.heap.isOver) this.collect();
  }

  /** Collects all garbage, with nothing refused meanwhile. */
  collect(): void {
    this.heap.unlimited(() => this.api.lua_gc(this.thread, LUA_GCCOLLECT, 0));
  }

  /** The heap's limit is crossed: have the hook run at the very next instruction. */
  #hurry(): void {
    if (this.#hurried === this.thread) return;
    this.#hurried = this.thread;
    this.api.lua_sethook(this.thread, this.pointers.hook, LUA_MASKCOUNT, 1);
  }

  /**
   * Runs every so many instructions of Lua code. What it throws for the watchdog is no Lua error, and so passes every pcall. Instructions of C do
   * not count: a pattern that backtracks for ever inside one `string.find` is not seen here.
   */
  #hook(L: Thread): void {
    this.#interrupt?.();
    this.watchdog.check(() => this.trace(0));
    this.#hurried = undefined;
    if (this.api.lua_gethookcount(L) !== HOOK_INTERVAL) this.api.lua_sethook(L, this.pointers.hook, LUA_MASKCOUNT, HOOK_INTERVAL);
    if (this.heap.crossed) this.#collect(L);
  }

  /** Emergency collection. When garbage was not the reason, the memory error is Lua's own, raised by its allocation of a table. */
  #collect(L: Thread): void {
    this.api.lua_gc(L, LUA_GCCOLLECT, 0);
    // Userdata that went may have held callbacks of Lua for the host: those are garbage only now.
    if (this.heap.crossed) this.api.lua_gc(L, LUA_GCCOLLECT, 0);
    if (this.heap.crossed) this.heap.exhausted(() => this.api.lua_createtable(L, 0, 0));
  }
}
