import { HttpFailure, says, type FailureCode, type Phase } from "../protocol/index.ts";

/** What OpenSSL's and Node's codes mean for the user. */
const MEANINGS: Readonly<Record<string, readonly [FailureCode, string]>> = {
  CERT_HAS_EXPIRED: [
    "tls-expired",
    "the server's certificate has expired. Its owner must renew it; if it is new, check this machine's clock.",
  ],
  CERT_NOT_YET_VALID: ["tls-not-yet-valid", "the server's certificate is not valid yet. Check this machine's clock and the server's."],
  ERR_TLS_CERT_ALTNAME_INVALID: ["tls-wrong-host", "the server's certificate is for other names."],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    "tls-self-signed",
    "the server's certificate is signed by itself. Trust it with `tls: { ca }` (command line: --cacert) if it is yours.",
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    "tls-untrusted",
    "the server's certificate comes from an authority that is not trusted here. Trust it with `tls: { ca }` if it is yours.",
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "tls-untrusted",
    "the issuer of the server's certificate is not trusted here. Trust it with `tls: { ca }` if it is yours.",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "tls-untrusted",
    "the server's certificate cannot be traced to a trusted authority: the server leaves an intermediate certificate out, or the authority is unknown here.",
  ],
  UNABLE_TO_GET_ISSUER_CERT: ["tls-untrusted", "a certificate in the server's chain has no trusted issuer."],
  CERT_UNTRUSTED: ["tls-untrusted", "the server's certificate is not trusted."],
  CERT_REVOKED: ["tls-untrusted", "the server's certificate has been revoked."],
  CERT_SIGNATURE_FAILURE: ["tls-untrusted", "the signature of the server's certificate is wrong."],
  INVALID_CA: ["tls-untrusted", "a certificate in the server's chain is no authority's."],
  INVALID_PURPOSE: ["tls-untrusted", "the server's certificate is not made for servers."],
  CERT_CHAIN_TOO_LONG: ["tls-untrusted", "the server's certificate chain is too long."],
  PATH_LENGTH_EXCEEDED: ["tls-untrusted", "the server's certificate chain is longer than its authority allows."],
  EE_KEY_TOO_SMALL: ["tls-weak-key", "the key of the server's certificate is too short."],
  ERR_SSL_EE_KEY_TOO_SMALL: ["tls-weak-key", "the key of the server's certificate is too short."],
  CA_KEY_TOO_SMALL: ["tls-weak-key", "the key of an authority in the server's chain is too short."],
  CA_MD_TOO_WEAK: ["tls-weak-key", "the server's certificate is signed with a broken hash (MD5 or SHA-1)."],
  ERR_TLS_DH_PARAM_SIZE: ["tls-weak-key", "the server's Diffie-Hellman key is too short; 2048 bits is the least that is safe."],
  ERR_SSL_DH_KEY_TOO_SMALL: ["tls-weak-key", "the server's Diffie-Hellman key is too short."],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    "tls-not-tls",
    "what the server sent is not TLS. The port probably speaks plain HTTP: use http:// or the TLS port.",
  ],
  ERR_SSL_HTTP_REQUEST: [
    "tls-not-tls",
    "what the server sent is not TLS. The port probably speaks plain HTTP: use http:// or the TLS port.",
  ],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ["tls-not-tls", "what the server sent is not TLS."],
  ERR_SSL_UNSUPPORTED_PROTOCOL: ["tls-version", "the server speaks only a TLS version below 1.2, which is not safe."],
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: ["tls-version", "the server refused TLS 1.2 and 1.3."],
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: [
    "tls-client-certificate",
    "the server asks for a client certificate. Give one with `tls: { cert, key }`.",
  ],
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: ["tls-client-certificate", "the server refused the client's certificate."],
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: ["tls-client-certificate", "the server does not trust the client's certificate."],
};

/** Whether TLS itself failed. In TLS 1.3 a server refuses a client's certificate only after the client has finished its handshake. */
export const isTlsError = (error: NodeJS.ErrnoException): boolean => error.code?.startsWith("ERR_SSL_") ?? false;

/** Node's or OpenSSL's error in the handshake, or later: then `phase` says where. */
export function tlsFailure(error: NodeJS.ErrnoException, phase: Phase = "tls"): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const known = meaningOf(error);
  const coded = error.code === undefined ? "" : ` (${error.code})`;
  if (known) return new HttpFailure(known[0], { phase: "tls", reason: known[1] + coded, cause: error });
  const what = phase === "tls" ? "the TLS handshake failed" : "the TLS connection broke";
  return new HttpFailure("tls-failed", { phase, reason: `${what}: ${wordsOf(error)}${coded}.`, cause: error });
}

/** What beginning with TLS threw. Nobody calls who could catch it: a socket has connected. */
export function thrownFailure(thrown: unknown): HttpFailure {
  if (thrown instanceof HttpFailure) return thrown;
  return new HttpFailure("tls-options", { phase: "tls", reason: `the TLS options cannot be used: ${says(thrown)}.`, cause: thrown });
}

/** Later versions of OpenSSL refuse weak keys themselves, with a code that Node does not know. */
const WEAK = /(?:key|md) too (?:weak|small)/i;

function meaningOf({ code, message }: NodeJS.ErrnoException): (typeof MEANINGS)[string] | undefined {
  if (code !== undefined && Object.hasOwn(MEANINGS, code)) return MEANINGS[code];
  return WEAK.test(message) ? ["tls-weak-key", `a key or a signature in the server's chain is too weak: ${message}.`] : undefined;
}

/** OpenSSL's own words, without the place in its source. */
const wordsOf = (error: Error & { reason?: string }): string => error.reason ?? error.message;

/** The code of a certificate check that did not pass, as `socket.authorizationError` gives it. */
export function certificateFailure(code: string): HttpFailure {
  const error: NodeJS.ErrnoException = new Error(code);
  error.code = code;
  return tlsFailure(error);
}
