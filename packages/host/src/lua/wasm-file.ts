import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { LuaExports } from "./capi.ts";
import { webAssembly } from "./webassembly.ts";
import type { WasmModule } from "./webassembly.ts";

const require = createRequire(import.meta.url);
const SHA256 = "cba969b97e8a319eba8996b5df488aed5cdd22a56f2de53b42598e474014e610";

let compiled: WasmModule<LuaExports> | undefined;

/**
 * PUC Lua 5.1.5, compiled once per process. Of the package that ships it this one file is used, none of its JavaScript. Throws when it is not
 * the file that this engine was tested with.
 */
export function luaModule(): WasmModule<LuaExports> {
  compiled ??= new webAssembly.Module<LuaExports>(verified(readFileSync(require.resolve("wasmoon-lua5.1/dist/liblua5.1.wasm")), SHA256));
  return compiled;
}

/** The bytes themselves when their SHA-256 is the expected one; otherwise an error that says what to reinstall. */
export function verified(bytes: Uint8Array, expected: string): Uint8Array {
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual === expected) return bytes;
  throw new Error(
    `liblua5.1.wasm is not the file this host was built for: its SHA-256 is ${actual} instead of ${expected}; ` +
      "install wasmoon-lua5.1 1.18.10 again",
  );
}
