/** `nodemcu get`, `head`, `post`, `put`, `delete` and `request`: the client of nodemcu-http from the shell. */
export { exitOf, FAILURE_EXITS } from "./exit-codes.ts";
export { ProgressBar, progressText, sizeText, timeText } from "./progress-bar.ts";
export { dataSource } from "./request-data.ts";
export { shellCommand } from "./shell-command.ts";
export { SHELL_OPTIONS, SHELL_VERBS } from "./shell-options.ts";
export { shellSettings } from "./shell-settings.ts";
export type { ShellVerb } from "./shell-options.ts";
export { parseCount, parseHeader, parseProxy, parseResolve, parseSize, parseUser } from "./shell-values.ts";
export { waterfall } from "./waterfall.ts";
