import { checkServerIdentity, type DetailedPeerCertificate, type PeerCertificate } from "node:tls";
import { HttpFailure } from "../protocol/index.ts";

/** RSA keys below this many bits are refused (NIST SP 800-131A; browsers do the same). */
const MIN_RSA_BITS = 2048;

/** A certificate with, when the chain was asked for, the one that signed it. */
type ChainedCertificate = PeerCertificate & Partial<Pick<DetailedPeerCertificate, "issuerCertificate">>;

/** What OpenSSL's own verification leaves to the application: the name, and how strong the keys are. Undefined when all is well. */
export function identityFailure(name: string, certificate: ChainedCertificate): HttpFailure | undefined {
  return nameFailure(name, certificate) ?? keyFailure(certificate);
}

/** The name must stand in subjectAltName; the subject's common name does not count (RFC 9110 §4.3.4, RFC 9525 §6.3). */
function nameFailure(name: string, certificate: ChainedCertificate): HttpFailure | undefined {
  if (!certificate.subjectaltname) {
    const subject = certificate.subject?.CN ?? "nobody";
    return tlsProblem(
      "tls-wrong-host",
      `the server's certificate (for ${JSON.stringify(subject)}) has no subjectAltName, so it is valid for no host.`,
    );
  }
  const error = checkServerIdentity(name, certificate);
  if (!error) return undefined;
  const reason = `the server's certificate is for ${shortened(certificate.subjectaltname)}, not for ${name}. Check the URL's host.`;
  return tlsProblem("tls-wrong-host", reason, error);
}

/** A certificate may name thousands. */
const shortened = (names: string): string => (names.length > 200 ? `${names.slice(0, 200)}…` : names);

function keyFailure(leaf: ChainedCertificate): HttpFailure | undefined {
  const weak = chain(leaf).find(({ modulus, bits }) => modulus !== undefined && bits !== undefined && bits < MIN_RSA_BITS);
  if (!weak) return undefined;
  const whose = weak === leaf ? "the server's certificate" : "a certificate in the server's chain";
  return tlsProblem("tls-weak-key", `${whose} has an RSA key of ${weak.bits} bits; ${MIN_RSA_BITS} is the least that is safe.`);
}

/** The certificates from the leaf to the root; a root names itself as its issuer. */
function chain(leaf: ChainedCertificate): ChainedCertificate[] {
  const found: ChainedCertificate[] = [];
  for (let next: ChainedCertificate | undefined = leaf; next && !found.includes(next); next = next.issuerCertificate) found.push(next);
  return found;
}

function tlsProblem(code: "tls-wrong-host" | "tls-weak-key", reason: string, cause?: Error): HttpFailure {
  return new HttpFailure(code, { phase: "tls", reason, cause });
}
