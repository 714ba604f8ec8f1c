import type { Pointer, Thread } from "./capi.ts";
import { webAssembly } from "./webassembly.ts";
import type { WasmModule, WasmTable } from "./webassembly.ts";

/** The functions that Lua's C code calls through pointers. */
export interface Callbacks {
  /** `lua_CFunction`. */
  function(L: Thread): number;
  /** `lua_Alloc`. */
  allocator(...request: [userData: Pointer, block: Pointer, oldSize: number, newSize: number]): Pointer;
  /** `lua_Hook`. */
  hook(L: Thread, record: Pointer): void;
}

/** Their C function pointers. */
export type CallbackPointers = Record<keyof Callbacks, number>;

const I32 = 0x7f;
const FUNCTION_TYPE = 0x60;
const NAMES: readonly (keyof Callbacks)[] = ["function", "allocator", "hook"];
const PARAMETERS: Record<keyof Callbacks, number> = { function: 1, allocator: 4, hook: 2 };
const RESULTS: Record<keyof Callbacks, number> = { function: 1, allocator: 1, hook: 0 };

let compiled: WasmModule<Record<keyof Callbacks, unknown>> | undefined;

/**
 * Puts JavaScript functions into the wasm's table. A table takes wasm functions only, so each is imported and exported again by a module that
 * does nothing else (WebAssembly Core Specification 2.0, §5.5 "Modules", has the binary format).
 */
export function installCallbacks(table: WasmTable, callbacks: Callbacks): CallbackPointers {
  compiled ??= new webAssembly.Module(relayModule());
  const { exports } = new webAssembly.Instance(compiled, { host: { ...callbacks } });
  const first = table.grow(NAMES.length);
  NAMES.forEach((name, i) => {
    table.set(first + i, exports[name]);
  });
  return { function: first, allocator: first + 1, hook: first + 2 };
}

function relayModule(): Uint8Array {
  const types = NAMES.map((name) => [[FUNCTION_TYPE], vector(i32s(PARAMETERS[name])), vector(i32s(RESULTS[name]))].flat());
  const imports = NAMES.map((name, type) => [text("host"), text(name), [0, type]].flat());
  const exports = NAMES.map((name, index) => [text(name), [0, index]].flat());
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(1, types), ...section(2, imports), ...section(7, exports)]);
}

const i32s = (count: number): number[][] => Array.from({ length: count }, () => [I32]);
const vector = (items: readonly number[][]): number[] => [items.length, ...items.flat()];
const text = (value: string): number[] => [value.length, ...Buffer.from(value)];

function section(id: number, items: readonly number[][]): number[] {
  const body = vector(items);
  return [id, body.length, ...body];
}
