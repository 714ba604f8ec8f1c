import type { LuaApi } from "./capi.ts";
import type { Jumps } from "./jumps.ts";
import type { Memory } from "./memory.ts";
import { luaModule } from "./wasm-file.ts";
import { webAssembly } from "./webassembly.ts";
import type { WasmImport, WasmTable } from "./webassembly.ts";

const PAGE_BYTES = 65536;
/** Errno of WASI (preview 1) for a function that is not supported. */
const ENOSYS = 52;

/** What the imports work on; what comes from the instance itself exists as soon as Lua runs. */
export interface Runtime {
  readonly api: LuaApi;
  readonly table: WasmTable;
  readonly memory: Memory;
  readonly jumps: Jumps;
}

/** The interpreter and the table of its functions. */
export interface Instance {
  readonly api: LuaApi;
  readonly table: WasmTable;
}

/** A new instance of the interpreter, with a memory of its own. */
export function instantiate(runtime: Runtime): Instance {
  const provided = functions(runtime);
  const imports: Record<string, Record<string, WasmImport>> = {};
  for (const { module, name } of webAssembly.Module.imports(luaModule())) {
    (imports[module] ??= {})[name] = provided[name] ?? unsupported;
  }
  const { exports } = new webAssembly.Instance(luaModule(), imports);
  const { __indirect_function_table: table, __wasm_call_ctors: construct } = exports;
  exports.emscripten_stack_init();
  construct();
  return { api: exports, table };
}

const unsupported = (): number => ENOSYS;

/** Files, time, processes and the environment are not there: their imports serve Lua's `io` and `os`, which are never opened, and answer ENOSYS. */
function functions(runtime: Runtime): Record<string, WasmImport> {
  return {
    invoke_vii: (f: number, L: number, data: number): void => runtime.jumps.protect(runtime, { f, L, data }),
    _emscripten_throw_longjmp: (): never => runtime.jumps.throw(),
    emscripten_resize_heap: (bytes: number): number => grow(runtime.api, bytes),
    emscripten_memcpy_js: (to: number, from: number, length: number): void => runtime.memory.copy(from, to, length),
    exit: (code: number): never => {
      throw new Error(`Lua ended with exit code ${code}: an error outside of any protected call`);
    },
  };
}

function grow(api: LuaApi, bytes: number): number {
  try {
    api.memory.grow(Math.ceil((bytes - api.memory.buffer.byteLength) / PAGE_BYTES));
    return 1;
  } catch {
    return 0; // C's malloc then answers NULL
  }
}
