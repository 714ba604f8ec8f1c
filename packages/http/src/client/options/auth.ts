import type { Auth } from "./options.ts";

/** Credentials that are sent when the server has asked for them, and not before. */
export const isDigest = (auth: Auth): auth is Extract<Auth, { username: string }> =>
  Object.hasOwn(auth, "scheme") && "scheme" in auth && auth.scheme === "digest";
