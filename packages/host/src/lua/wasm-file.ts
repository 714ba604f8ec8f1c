import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { LuaExports } from "./capi.ts";
import { webAssembly } from "./webassembly.ts";
import type { WasmModule } from "./webassembly.ts";

/** PUC Lua 5.1.5 as the pinned package ships it. Of the package this file alone is used, none of its JavaScript. */
const FILE = "wasmoon-lua5.1/dist/liblua5.1.wasm";
const SHA256 = "cba969b97e8a319eba8996b5df488aed5cdd22a56f2de53b42598e474014e610";

let compiled: WasmModule<LuaExports> | undefined;

/** The Lua interpreter, compiled once per process. Throws when the file is not the one this engine was tested with. */
export function luaModule(): WasmModule<LuaExports> {
  compiled ??= new webAssembly.Module<LuaExports>(verified(readFileSync(createRequire(import.meta.url).resolve(FILE)), SHA256));
  return compiled;
}

/** The bytes themselves when their SHA-256 is the expected one; otherwise an error that says what to reinstall. */
export function verified(bytes: Uint8Array, expected: string): Uint8Array {
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual === expected) return bytes;
  throw new Error(
    `${FILE} is not the file this host was built for: its SHA-256 is ${actual} instead of ${expected}; install wasmoon-lua5.1 1.18.10 again`,
  );
}
