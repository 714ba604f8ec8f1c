export { Console } from "./console.ts";
export { diagnosticText } from "./diagnostic-text.ts";
export { processIo } from "./io.ts";
export type { Input, Io, Output, Signal } from "./io.ts";
export { main } from "./main.ts";
export { nearest } from "./nearest.ts";
export { parseArguments } from "./options.ts";
export { pendingText } from "./pending-text.ts";
export {
  dataSource,
  exitOf,
  FAILURE_EXITS,
  parseCount,
  parseHeader,
  parseProxy,
  parseResolve,
  parseSize,
  parseUser,
  ProgressBar,
  progressText,
  SHELL_OPTIONS,
  shellSettings,
  sizeText,
  timeText,
  waterfall,
} from "./shell/index.ts";
export { UsageError } from "./usage-error.ts";
export { parseConnectTo, parseDuration, parseHeap, parsePort } from "./values.ts";
