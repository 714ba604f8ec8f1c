import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import type { TLSSocket } from "node:tls";
import { makeCertificate, startHttpbin } from "../src/httpbin/index.ts";
import type { Httpbin } from "../src/httpbin/index.ts";

let server: Httpbin;
before(async () => {
  server = await startHttpbin();
});
after(() => server.close());

async function handshake(options: { ca?: string; servername?: string }): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port: server.tlsPort, ...options });
  try {
    await once(socket, "secureConnect");
    return socket;
  } finally {
    socket.destroy();
  }
}

for (const servername of ["httpbin.org", "localhost"]) {
  test(`a client that trusts the certificate accepts the server as ${servername}`, async () => {
    assert.equal((await handshake({ ca: server.certificate, servername })).authorized, true);
  });
}

test("a client that trusts the certificate accepts the server by its address", async () => {
  assert.equal((await handshake({ ca: server.certificate })).authorized, true);
});

test("a client that does not trust it refuses the server", async () => {
  await assert.rejects(handshake({ servername: "httpbin.org" }), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
});

test("a client that trusts the certificate of another start refuses the server", async () => {
  const other = await makeCertificate();
  await assert.rejects(handshake({ ca: other.certificate, servername: "httpbin.org" }), /certificate/);
});

test("a client that trusts it refuses the server under another name", async () => {
  await assert.rejects(handshake({ ca: server.certificate, servername: "example.org" }), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
});

test("it names four hosts, began before now and ends within two days", () => {
  const certificate = new X509Certificate(server.certificate);
  assert.equal(certificate.subjectAltName, "DNS:httpbin.org, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  assert.ok(Date.parse(certificate.validFrom) < Date.now() - 60_000);
  assert.ok(Date.parse(certificate.validTo) < Date.now() + 2 * 24 * 3_600_000);
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
});
