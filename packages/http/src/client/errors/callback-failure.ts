import { HttpFailure, says, type Phase } from "../../protocol/index.ts";

/** A function of the program's, told by `what`, has thrown. What is an error of a request already stays what it is. */
export function callbackFailure(what: string, phase: Phase, cause: unknown): HttpFailure {
  if (cause instanceof HttpFailure) return cause;
  return new HttpFailure("callback-failed", { phase, reason: `${what} threw: ${says(cause)}`, cause });
}
