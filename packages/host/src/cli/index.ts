export { diagnosticText } from "./diagnostic-text.ts";
export { processIo } from "./io.ts";
export type { Io, Output, Signal } from "./io.ts";
export { main } from "./main.ts";
export { nearest } from "./nearest.ts";
export { parseArguments } from "./options.ts";
export { pendingText } from "./pending-text.ts";
export { UsageError } from "./usage-error.ts";
export { parseConnectTo, parseDuration, parseHeap, parsePort } from "./values.ts";
