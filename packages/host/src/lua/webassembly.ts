/** A function that wasm imports: every value that crosses is a number. */
export type WasmImport = (...values: number[]) => number | void;

/** A compiled module, known to export `Exports`. */
export interface WasmModule<Exports> {
  readonly [exported]: Exports;
}

export interface WasmMemory {
  /** Replaced by a new one when the memory grows. */
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface WasmTable {
  get(index: number): (...values: number[]) => number;
  set(index: number, value: unknown): void;
  grow(entries: number): number;
}

interface Namespace {
  readonly Module: {
    new <Exports>(bytes: Uint8Array): WasmModule<Exports>;
    imports(module: WasmModule<unknown>): { module: string; name: string }[];
  };
  readonly Instance: new <Exports>(
    module: WasmModule<Exports>,
    imports: Record<string, Record<string, WasmImport>>,
  ) => { readonly exports: Exports };
}

declare const exported: unique symbol;
declare const WebAssembly: Namespace;

/** The platform's own. TypeScript declares it in its DOM library alone, which a program for Node.js has no use for. */
export const webAssembly: Namespace = WebAssembly;
