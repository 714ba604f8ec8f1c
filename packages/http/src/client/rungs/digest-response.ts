import { DIGEST_HASHES, digestHash, type DigestHash } from "../../system/index.ts";
import { parseChallenges, type Challenge } from "./challenges.ts";

/** What a server asks for with Digest (RFC 7616 §3.3). */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As the server wrote it, to be repeated; undefined when it named none, which is MD5. */
  readonly algorithm: string | undefined;
  readonly hash: DigestHash;
  /** The algorithm ends in "-sess": the first nonces of a session stand for all of it. */
  readonly session: boolean;
  /** Quality of protection; undefined is the way of RFC 2069, without a nonce of the client. */
  readonly qop: "auth" | "auth-int" | undefined;
  /** The user name is to be sent as a hash. */
  readonly userhash: boolean;
  readonly utf8: boolean;
  /** Only the nonce was too old. */
  readonly stale: boolean;
}

/** The strongest Digest challenge that can be answered; undefined when there is none. `auth-int` covers the body, which must be in memory. */
export function digestChallenge(fields: readonly string[], inMemory: boolean): DigestChallenge | undefined {
  const found = parseChallenges(fields).flatMap((challenge) => digestOf(challenge, inMemory) ?? []);
  const strength = ({ hash }: DigestChallenge): number => DIGEST_HASHES.indexOf(hash);
  return found.toSorted((one, other) => strength(one) - strength(other))[0];
}

function digestOf({ scheme, parameters }: Challenge, inMemory: boolean): DigestChallenge | undefined {
  const algorithm = parameters.get("algorithm");
  const [, name = "", session] = /^(.*?)(-sess)?$/.exec((algorithm ?? "MD5").toUpperCase().replace(/-SESS$/, "-sess")) ?? [];
  const hash = DIGEST_HASHES.find((known) => known === name);
  const qop = qopOf(parameters.get("qop"), inMemory);
  const [realm, nonce] = [parameters.get("realm"), parameters.get("nonce")];
  if (scheme !== "digest" || !hash || qop === "none" || realm === undefined || nonce === undefined) return undefined;
  const says = (parameter: string, value: string): boolean => parameters.get(parameter)?.toLowerCase() === value;
  return {
    realm,
    nonce,
    opaque: parameters.get("opaque"),
    algorithm,
    hash,
    session: session !== undefined,
    qop,
    userhash: says("userhash", "true"),
    utf8: says("charset", "utf-8"),
    stale: says("stale", "true"),
  };
}

/** `auth-int` when that is all there is; "none" when nothing is known of it. */
function qopOf(list: string | undefined, inMemory: boolean): "auth" | "auth-int" | undefined | "none" {
  if (list === undefined) return undefined;
  const offered = new Set(list.split(",").map((one) => one.trim().toLowerCase()));
  if (offered.has("auth")) return "auth";
  return offered.has("auth-int") && inMemory ? "auth-int" : "none";
}

/** Who asks. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What an answer to a challenge is made of. */
export interface DigestRequest {
  readonly method: string;
  /** The request's target, as it stands in its first line. */
  readonly uri: string;
  /** For `auth-int`. */
  readonly body: Uint8Array;
  /** The client's nonce, and how often the server's has been used, this time included. */
  readonly cnonce: string;
  readonly count: number;
}

/** The value of the field Authorization (RFC 7616 §3.4). Bytes beyond ASCII are one character each, as fields are written. */
export function digestAuthorization(challenge: DigestChallenge, credentials: Credentials, request: DigestRequest): string {
  const { realm, nonce, opaque, algorithm, qop, userhash } = challenge;
  const { uri, cnonce, count } = request;
  const parameters = [
    nameParameter(challenge, credentials),
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${digestResponse(challenge, credentials, request)}"`,
  ];
  if (algorithm !== undefined) parameters.push(`algorithm=${algorithm}`);
  if (opaque !== undefined) parameters.push(`opaque=${quoted(opaque)}`);
  if (qop !== undefined) parameters.push(`qop=${qop}`, `nc=${countText(count)}`, `cnonce=${quoted(cnonce)}`);
  // Without qop the nonce of the client has no other place, and a session's key is made of it.
  else if (challenge.session) parameters.push(`cnonce=${quoted(cnonce)}`);
  if (userhash) parameters.push("userhash=true");
  return `Digest ${parameters.join(", ")}`;
}

/** RFC 7616 §3.4.1 to §3.4.3; without qop as in RFC 2069 §2.1.2. */
export function digestResponse(challenge: DigestChallenge, { username, password }: Credentials, request: DigestRequest): string {
  const { hash, realm, nonce, qop, session } = challenge;
  const { method, uri, body, cnonce, count } = request;
  const user = digestHash(hash, joined(normal(challenge, username), latin1(realm), normal(challenge, password)));
  const secret = session ? digestHash(hash, joined(user, latin1(nonce), cnonce)) : user;
  const what = qop === "auth-int" ? [method, uri, digestHash(hash, body)] : [method, uri];
  const [first, last] = [latin1(nonce), digestHash(hash, joined(...what))];
  return digestHash(hash, joined(secret, ...(qop === undefined ? [first, last] : [first, countText(count), cnonce, qop, last])));
}

const joined = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.flatMap((part, index) => [Buffer.from(index === 0 ? "" : ":"), Buffer.from(part)]));

/** Fields are read as Latin-1: these are the bytes that came. */
const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** As UTF-8, in the form that RFC 7616 §4 asks for where the server knows of UTF-8. */
const normal = ({ utf8 }: DigestChallenge, text: string): Uint8Array => Buffer.from(utf8 ? text.normalize("NFC") : text);

/** Where the server knows of UTF-8, a name beyond ASCII is written as RFC 5987 has it, else as its bytes. */
function nameParameter(challenge: DigestChallenge, { username }: Credentials): string {
  const { hash, realm, userhash, utf8 } = challenge;
  const name = normal(challenge, username);
  if (userhash) return `username="${digestHash(hash, joined(name, latin1(realm)))}"`;
  if (utf8 && /[^\x20-\x7e]/.test(username)) return `username*=UTF-8''${extended(username.normalize("NFC"))}`;
  return `username=${quoted(Buffer.from(name).toString("latin1"))}`;
}

/** attr-char is less than what encodeURIComponent leaves (RFC 8187 §3.2.1). A lone surrogate becomes U+FFFD, as in UTF-8. */
const extended = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd")).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;

const countText = (count: number): string => count.toString(16).padStart(8, "0");
