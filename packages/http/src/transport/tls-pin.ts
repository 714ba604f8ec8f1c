import { createHash, X509Certificate } from "node:crypto";
import { HttpFailure } from "../protocol/index.ts";
import type { TlsOptions } from "./connection.ts";

/** `sha256//` and the Base64 of 32 bytes. */
const PIN = /^sha256\/\/[A-Za-z0-9+/]{43}=$/;

/** What is wrong with the pins themselves; undefined when they can be looked for. */
export function pinOptionFailure(options: TlsOptions | undefined): HttpFailure | undefined {
  const { pin }: TlsOptions = Object.assign(Object.create(null), options);
  if (pin === undefined) return undefined;
  if (!Array.isArray(pin) || pin.length === 0) return unusable("pin is not a list of at least one key");
  const index = pin.findIndex((one) => typeof one !== "string" || !PIN.test(one));
  if (index < 0) return undefined;
  // In a list, what JSON cannot tell is null.
  const wrong = JSON.stringify([pin[index]]).slice(1, -1);
  return unusable(`the pin ${wrong.slice(0, 80)} is not "sha256//" and the Base64 of 32 bytes`);
}

const unusable = (what: string): HttpFailure =>
  new HttpFailure("tls-options", { phase: "tls", reason: `the TLS options cannot be used: ${what}.` });

/**
 * Why a server's own certificate (DER) is not the pinned one; undefined when it is, or nothing is pinned. Only the server's own key counts, as
 * for curl (CURLOPT_PINNEDPUBLICKEY): an authority's would admit whatever else it signs.
 */
export function pinFailure(pins: readonly string[] | undefined, certificate: Uint8Array | undefined): HttpFailure | undefined {
  if (pins === undefined) return undefined;
  const shown = certificate && keyPin(certificate);
  if (shown !== undefined && pins.some((pin) => canonical(pin) === shown)) return undefined;
  const key =
    shown === undefined
      ? "the server shows no certificate, and so no pinned key"
      : `the key of the server's certificate is ${shown}, which is not pinned`;
  return new HttpFailure("tls-pin", { phase: "tls", reason: `${key}. Either it was changed, or this is another server.` });
}

/** The last character before "=" has two bits that say nothing: 4 spellings are one pin. */
const canonical = (pin: string): string => `sha256//${Buffer.from(pin.slice("sha256//".length), "base64").toString("base64")}`;

/** The pin of a certificate's key: the hash of its SubjectPublicKeyInfo (RFC 7469 §2.4). */
export function keyPin(certificate: Uint8Array): string {
  const spki = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return `sha256//${createHash("sha256").update(spki).digest("base64")}`;
}
