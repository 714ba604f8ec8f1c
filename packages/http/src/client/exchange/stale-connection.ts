import type { HttpFailure } from "../../protocol/index.ts";
import { isReplayable } from "../request/request-body.ts";
import { isOneWrite } from "../request/request-sender.ts";
import type { WireRequest } from "../request/wire-request.ts";
import type { Route } from "./route.ts";

/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/**
 * Whether a kept connection failed because the server had closed it meanwhile, so that the request may be sent again (RFC 9112 §9.3.1). It
 * is for the caller to know that no byte of an answer came. A method that is not idempotent is repeated only when the kernel refused its
 * only write, which in TLS is several: then the server cannot have seen any of it.
 */
export function isStale({ code, cause }: HttpFailure, { request, route }: { request: WireRequest; route: Route }): boolean {
  if ((code !== "connection-reset" && code !== "closed-early") || !isReplayable(request.body)) return false;
  const refused = cause instanceof Error && "syscall" in cause && cause.syscall === "write";
  return IDEMPOTENT.has(request.method) || (refused && !route.dial.tls && isOneWrite(request.body));
}
