/** How a run ended. */
export interface Outcome {
  /**
   * `idle`: nothing was pending any more. `error`: an uncaught Lua error, the watchdog or the end of memory. `restart`: the script asked for one.
   * `stopped`: {@link Device.stop} was called.
   */
  readonly end: "idle" | "error" | "restart" | "stopped";
  /** 1 after an error, else 0. */
  readonly exit: 0 | 1;
  /** The error's diagnostic code, or the reason given for the restart or stop. */
  readonly reason: string | undefined;
  /** What was still pending at the end, as named by the modules: `timer`, `GET http://…`. */
  readonly pending: readonly string[];
}
