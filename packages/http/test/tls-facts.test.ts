import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { greeted, startGreeter, type Greeter } from "./helpers/tls-greeting.ts";

let authority: Identity;
let identity: Identity;
let greeter: Greeter;
before(async () => {
  authority = await makeIdentity({ commonName: "An authority" });
  identity = await makeIdentity({ issuer: authority, names: ["localhost", "127.0.0.1"] });
  greeter = await startGreeter(identity, { ALPNProtocols: ["http/1.1"] });
});
after(() => greeter.close());

test("a connection over TLS tells version, cipher, protocol and certificate, also after it was closed", async () => {
  const { connection } = await greeted({ port: greeter.port, tls: { ca: authority.cert }, alpn: ["http/1.1"] });
  const { certificate, ...facts } = connection.security ?? {};
  assert.deepEqual(facts, { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", alpn: "http/1.1", resumed: false });
  const real = new X509Certificate(identity.cert);
  assert.deepEqual(certificate, {
    commonName: "localhost",
    subjectAltName: "DNS:localhost, IP Address:127.0.0.1",
    issuer: "CN=An authority",
    validFrom: new Date(real.validFrom).toISOString(),
    validTo: new Date(real.validTo).toISOString(),
    fingerprint256: real.fingerprint256,
    serialNumber: real.serialNumber,
  });
});

test("TLS 1.2 has its own version and ciphers, by IANA's names", async () => {
  const older = await startGreeter(identity, { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" });
  try {
    const { connection } = await greeted({ port: older.port, tls: { ca: authority.cert } });
    const { version, cipher, alpn } = connection.security ?? {};
    assert.deepEqual([version, cipher, alpn], ["TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", undefined]);
  } finally {
    older.close();
  }
});

test("a resumed handshake tells the certificate of the one before", async () => {
  const tls = { ca: authority.cert };
  const first = await greeted({ port: greeter.port, tls });
  const second = await greeted({ port: greeter.port, tls });
  assert.deepEqual([first.connection.security?.resumed, second.connection.security?.resumed], [false, true]);
  assert.ok(first.connection.security?.certificate);
  assert.deepEqual(second.connection.security?.certificate, first.connection.security?.certificate);
});

test("without verification the certificate is told all the same", async () => {
  const { connection } = await greeted({ port: greeter.port, tls: { verify: false } });
  assert.equal(connection.certificateProblem?.code, "tls-untrusted");
  assert.equal(connection.security?.certificate?.commonName, "localhost");
});

test("there is nothing to tell of plain TCP, nor of a handshake that failed", async () => {
  const refused = await greeted({ port: greeter.port, tls: {} });
  assert.equal(refused.connection.security, undefined);
  const { createServer } = await import("node:net");
  const { listen } = await import("../../../test/helpers/listen.ts");
  const server = createServer((socket) => socket.on("error", () => {}).end("plain"));
  const port = await listen(server);
  const { text, connection } = await greeted({ port });
  server.close();
  assert.deepEqual([text, connection.security], ["plain", undefined]);
});
