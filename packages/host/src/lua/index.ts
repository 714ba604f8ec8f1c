export type * from "./engine.ts";
export { HostFault, LuaError, LuaStop, WatchdogError } from "./errors.ts";
export { byteString, utf8 } from "./bytes.ts";
export { openLua } from "./wasm-engine.ts";
