import type { LuaApi, Pointer, Thread } from "./capi.ts";
import type { WasmTable } from "./webassembly.ts";

/** What emscripten throws for C's `longjmp`: a Lua error on its way to the `lua_pcall` (or resume, or load) that takes it. */
export const LONGJMP: number = Infinity;

/** C's setjmp and longjmp for Lua, and thereby the one place that sees which Lua thread runs: every resume and every protected call passes here. */
export class Jumps {
  /** The running threads, the innermost last. */
  readonly threads: Thread[] = [];
  /** A Lua error is on its way. Until it arrives nothing may be swallowed and nothing popped: its value lies on top of the Lua stack. */
  inFlight = false;
  readonly #foreign: () => void;

  /** `foreign` is called when something other than a longjmp passes, before the innermost thread is left. */
  constructor(foreign: () => void) {
    this.#foreign = foreign;
  }

  throw(): never {
    this.inFlight = true;
    throw LONGJMP;
  }

  /** `LUAI_TRY`: calls `f(L, data)`; a longjmp out of it ends here. */
  protect({ api, table }: { api: LuaApi; table: WasmTable }, { f, L, data }: { f: number; L: Thread; data: Pointer }): void {
    const stack = api.stackSave();
    this.threads.push(L);
    try {
      table.get(f)(L, data);
    } catch (error) {
      this.#land(error);
      api.stackRestore(stack);
      api.setThrew(1, 0);
    } finally {
      this.threads.pop();
    }
  }

  #land(error: unknown): void {
    if (error !== LONGJMP) {
      this.#foreign();
      throw error;
    }
    this.inFlight = false;
  }
}
