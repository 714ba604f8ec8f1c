import type { HttpFailure } from "../../protocol/index.ts";

/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/**
 * Whether a kept connection failed because the server had closed it meanwhile, so that the request may be sent again (RFC 9112 §9.3.1). It
 * is for the caller to know that no byte of an answer came. A method that is not idempotent is repeated only when the kernel refused its
 * only write: then the server cannot have seen any of it.
 */
export function isStale({ code, cause }: HttpFailure, { method, oneWrite }: { method: string; oneWrite: boolean }): boolean {
  if (code !== "connection-reset" && code !== "closed-early") return false;
  const refused = cause instanceof Error && "syscall" in cause && cause.syscall === "write";
  return IDEMPOTENT.has(method) || (oneWrite && refused);
}
