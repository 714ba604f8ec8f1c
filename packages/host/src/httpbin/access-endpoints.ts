import { object } from "./json-value.ts";
import { htmlReply, jsonReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { HttpbinRequest } from "./request.ts";
import { statusReply } from "./status-endpoints.ts";

/** Whether the Basic credentials (RFC 7617) of a request are these. */
function hasCredentials(request: HttpbinRequest, user: string, password: string): boolean {
  const [, encoded] = /^\s*basic\s+(.+)$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
  return encoded !== undefined && Buffer.from(encoded, "base64").equals(Buffer.from(`${user}:${password}`));
}

const guarded = (request: HttpbinRequest, [user = "", password = ""]: readonly string[], refusal: number): Reply =>
  hasCredentials(request, user, password) ? jsonReply(object({ authenticated: true, user })) : statusReply(refusal);

/** /basic-auth/USER/PASSWORD */
export const basicAuth = (request: HttpbinRequest, names: readonly string[]): Reply => guarded(request, names, 401);

/** /hidden-basic-auth/USER/PASSWORD: 404 in place of the challenge. */
export const hiddenBasicAuth = (request: HttpbinRequest, names: readonly string[]): Reply => guarded(request, names, 404);

/** /bearer (RFC 6750) */
export function bearerAuth(request: HttpbinRequest): Reply {
  const [, token] = /^Bearer +(.*)$/.exec(request.headers.get("Authorization") ?? "") ?? [];
  if (token === undefined) return htmlReply("", { status: 401, headers: [["WWW-Authenticate", "Bearer"]] });
  return jsonReply(object({ authenticated: true, token }));
}
