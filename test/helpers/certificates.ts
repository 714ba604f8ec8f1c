import { generate } from "selfsigned";

/** A certificate with its key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** How a certificate differs from a good one for localhost. */
export interface IdentityRules {
  /** Names and addresses in subjectAltName; an empty list: no such extension. Default: localhost, 127.0.0.1 and ::1. */
  readonly names?: readonly string[];
  /** Days from now. Default: -1 and 1. */
  readonly validFrom?: number;
  readonly validTo?: number;
  /** An RSA key of so many bits in place of an EC key. */
  readonly rsaBits?: number;
  /** Who signs it. Default: itself. */
  readonly issuer?: Identity;
  readonly authority?: boolean;
  readonly commonName?: string;
}

const DAY = 86_400_000;

/** Makes a certificate for one test run. */
export async function makeIdentity(rules: IdentityRules = {}): Promise<Identity> {
  const {
    names = ["localhost", "127.0.0.1", "::1"],
    validFrom = -1,
    validTo = 1,
    rsaBits,
    issuer,
    authority = issuer === undefined,
    commonName = "localhost",
  } = rules;
  const made = await generate([{ name: "commonName", value: commonName }], {
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() + validFrom * DAY),
    notAfterDate: new Date(Date.now() + validTo * DAY),
    ...(rsaBits === undefined ? { keyType: "ec", curve: "P-256" } : { keyType: "rsa", keySize: rsaBits }),
    ...(issuer && { ca: issuer }),
    extensions: [
      { name: "basicConstraints", cA: authority, critical: true },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: rsaBits !== undefined, keyCertSign: authority, critical: true },
      { name: "extKeyUsage", serverAuth: true, clientAuth: true },
      ...(names.length > 0 ? [{ name: "subjectAltName" as const, altNames: names.map(altName) }] : []),
    ],
  });
  return { cert: made.cert, key: made.private };
}

const altName = (name: string): { type: 2; value: string } | { type: 7; ip: string } =>
  /^[\d.]+$|:/.test(name) ? { type: 7, ip: name } : { type: 2, value: name };
