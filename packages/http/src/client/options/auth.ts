import type { Auth } from "./options.ts";

/** User and password that are sent when the server has asked for Digest, and not before. */
export interface DigestAuth {
  readonly username: string;
  readonly password: string;
  readonly scheme: "digest";
}

export const isDigest = (auth: Auth): auth is DigestAuth => Object.hasOwn(auth, "scheme") && "scheme" in auth && auth.scheme === "digest";
