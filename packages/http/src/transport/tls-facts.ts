import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { CertificateFacts, TlsFacts } from "./connection.ts";

/** What a handshake came to. Everything but the certificate is read at once; that is parsed when it is asked for. */
export function tlsFacts(socket: TLSSocket, certificate: Uint8Array | undefined): TlsFacts {
  let parsed: CertificateFacts | undefined;
  return {
    version: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher().standardName,
    alpn: socket.alpnProtocol || undefined,
    resumed: socket.isSessionReused(),
    get certificate(): CertificateFacts | undefined {
      return certificate && (parsed ??= certificateFacts(certificate));
    },
  };
}

function certificateFacts(der: Uint8Array): CertificateFacts {
  const certificate = new X509Certificate(der);
  const { CN }: { readonly CN?: string | string[] } = certificate.toLegacyObject().subject;
  return {
    // Several are possible, and the last is the most specific (RFC 6125 §2.3.1).
    commonName: Array.isArray(CN) ? CN.at(-1) : CN,
    subjectAltName: certificate.subjectAltName,
    issuer: certificate.issuer,
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
    fingerprint256: certificate.fingerprint256,
    serialNumber: certificate.serialNumber,
  };
}
