import { generate } from "selfsigned";

const HOUR = 60 * 60 * 1000;

/** A certificate and its private key, both PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Makes a throw-away certificate for httpbin.org, localhost, 127.0.0.1 and ::1: EC P-256, signed by itself, good for a day.
 * A client that trusts it alone accepts the server.
 */
export async function makeCertificate(): Promise<Certificate> {
  const now = Date.now();
  const made = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    // Clocks of clients may run behind by a little.
    notBeforeDate: new Date(now - HOUR),
    notAfterDate: new Date(now + 24 * HOUR),
    extensions: [
      // RFC 5280 §4.2.1.9: whoever trusts it as an issuer looks for cA and keyCertSign, for it signed itself.
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyCertSign: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [...names(2, ["httpbin.org", "localhost"]), ...addresses(["127.0.0.1", "::1"])] },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

const names = (type: 2, values: readonly string[]): { type: 2; value: string }[] => values.map((value) => ({ type, value }));
const addresses = (values: readonly string[]): { type: 7; ip: string }[] => values.map((ip) => ({ type: 7, ip }));
