import { createHash } from "node:crypto";

/** The hashes of Digest authentication (RFC 7616 §6.1), the strongest first. */
export const DIGEST_HASHES = ["SHA-512-256", "SHA-256", "MD5"] as const;

export type DigestHash = (typeof DIGEST_HASHES)[number];

/** What OpenSSL calls them. */
const NAMES: Readonly<Record<DigestHash, string>> = { "SHA-512-256": "sha512-256", "SHA-256": "sha256", MD5: "md5" };

/** In hexadecimal digits, lower case. Text counts as UTF-8. */
export const digestHash = (hash: DigestHash, data: string | Uint8Array): string => createHash(NAMES[hash]).update(data).digest("hex");
