export type * from "./engine.ts";
export { LuaError, WatchdogError } from "./errors.ts";
export { byteString, utf8 } from "./bytes.ts";
export { openLua } from "./wasm-engine.ts";
