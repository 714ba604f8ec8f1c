/** An exported or imported function: every value that crosses is a number. */
export type WasmFunction = (...values: never[]) => unknown;

export interface WasmModule {
  readonly __module: unique symbol;
}

export interface WasmMemory {
  /** Replaced by a new one when the memory grows. */
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface WasmTable {
  get(index: number): WasmFunction | null;
  set(index: number, value: WasmFunction): void;
  grow(entries: number): number;
}

interface Namespace {
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(module: WasmModule): { module: string; name: string }[];
  };
  readonly Instance: new (
    module: WasmModule,
    imports: Record<string, Record<string, WasmFunction>>,
  ) => { readonly exports: Record<string, unknown> };
}

/** The platform's `WebAssembly`. TypeScript declares it in its DOM library alone, which a program for Node.js has no use for. */
export const webAssembly: Namespace = (globalThis as unknown as { WebAssembly: Namespace }).WebAssembly;
