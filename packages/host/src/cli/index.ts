export { processIo } from "./io.ts";
export type { Io, Output, Signal } from "./io.ts";
export { main } from "./main.ts";
