import assert from "node:assert/strict";
import { getDiffieHellman } from "node:crypto";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { createHttp, type HttpFailure, type HttpSettings } from "../src/index.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";

const servers: Server[] = [];
const sockets: Socket[] = [];
after(() => {
  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
});

async function listen(server: Server): Promise<number> {
  server.on("connection", (socket) => sockets.push(socket.on("error", () => {})));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const BODY = "x".repeat(60_000);

const answering = (identity: Identity, more: TlsOptions = {}): Promise<number> =>
  listen(
    createTlsServer({ ...identity, ...more }, (socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`));
    }).on("tlsClientError", () => {}),
  );

const get = (port: number, tls: HttpSettings["tls"], host = "localhost"): Promise<number | HttpFailure> =>
  new Promise((resolve) =>
    createHttp({ tls }).get(`https://${host}:${port}/`, null, (code, _data, _headers, failure) => resolve(failure ?? code)),
  );

async function refused(result: Promise<number | HttpFailure>): Promise<HttpFailure> {
  const failure = await result;
  assert.ok(typeof failure === "object", `status ${String(failure)}`);
  return failure;
}

describe("TLS at its edges", () => {
  let identity: Identity;
  let port: number;
  before(async () => {
    identity = await makeIdentity();
    port = await answering(identity);
  });

  test("options that cannot be meant are refused: an empty ca, a certificate or a key alone", async () => {
    const { cert, key } = identity;
    const wrong: readonly HttpSettings["tls"][] = [{ ca: "" }, { ca: [] }, { cert }, { key }, { cert, key: "" }, { cert: "", key }];
    for (const options of wrong) assert.equal((await refused(get(port, options))).code, "tls-options", JSON.stringify(options));
    assert.equal(await get(port, { ca: cert, cert, key }), 200);
  });

  test("another host that a redirect leads to is not shown the client's certificate", async () => {
    const client = await makeIdentity({ commonName: "the client" });
    const seen: unknown[] = [];
    const asking = (answer: string): Promise<number> => {
      const server = createTlsServer({ ...identity, requestCert: true, rejectUnauthorized: false }, (socket) => {
        seen.push(socket.getPeerCertificate().subject?.CN);
        socket.on("error", () => {}).once("data", () => socket.end(answer));
      });
      return listen(server);
    };
    const last = await asking("HTTP/1.1 204 No Content\r\n\r\n");
    const first = await asking(`HTTP/1.1 302 Found\r\nLocation: https://localhost:${last}/\r\nContent-Length: 0\r\n\r\n`);
    const code = await new Promise((resolve) =>
      createHttp({ redirects: 1, tls: { ca: identity.cert, ...client } }).get(`https://localhost:${first}/`, null, resolve),
    );
    assert.deepEqual([code, seen], [204, ["the client", undefined]]);
  });

  test("nothing on Object.prototype turns verification off", async () => {
    const prototype = Object.prototype as Record<string, unknown>;
    Object.assign(prototype, { verify: false, ca: identity.cert });
    try {
      assert.equal((await refused(get(port, {}))).code, "tls-self-signed");
    } finally {
      for (const name of ["verify", "ca"]) delete prototype[name];
    }
  });

  test("a certificate with a thousand names is taken, and not told whole", async () => {
    const names = ["localhost", ...Array.from({ length: 1000 }, (_, index) => `a-rather-long-name-${index}.example`)];
    const large = await makeIdentity({ names });
    const largePort = await answering(large);
    assert.equal(await get(largePort, { ca: large.cert }), 200);
    const { code, reason } = await refused(get(largePort, { ca: large.cert }, "127.0.0.1"));
    assert.equal(code, "tls-wrong-host");
    assert.ok(reason.length < 400, `${reason.length} characters`);
  });

  test("a certificate whose common name alone is the host's is for nobody", async () => {
    const nameless = await makeIdentity({ names: [], commonName: "localhost" });
    const { code, reason } = await refused(get(await answering(nameless), { ca: nameless.cert }));
    assert.deepEqual([code, /no subjectAltName/.test(reason)], ["tls-wrong-host", true]);
  });

  test("an authority's RSA key below 2048 bits is as weak as the server's own", async () => {
    const authority = await makeIdentity({ commonName: "A weak authority", rsaBits: 1024 });
    const leaf = await makeIdentity({ issuer: authority, rsaBits: 2048 });
    const chain = { key: leaf.key, cert: `${leaf.cert}\n${authority.cert}` };
    const { code } = await refused(get(await answering(chain, { ciphers: "DEFAULT@SECLEVEL=0" }), { ca: authority.cert }));
    assert.equal(code, "tls-weak-key");
  });

  test("a Diffie-Hellman key of 1024 bits is too weak, unless nothing is verified", async () => {
    const prime = getDiffieHellman("modp2").getPrime();
    // DHParameter ::= SEQUENCE { prime INTEGER, base INTEGER } (PKCS #3 §9)
    const der = Buffer.concat([Buffer.of(0x30, 0x81, 0x87, 0x02, 0x81, 0x81, 0x00), prime, Buffer.of(0x02, 0x01, 0x02)]);
    const dhparam = `-----BEGIN DH PARAMETERS-----\n${der.toString("base64")}\n-----END DH PARAMETERS-----\n`;
    const rsa = await makeIdentity({ rsaBits: 2048 });
    const weak = await answering(rsa, { dhparam, maxVersion: "TLSv1.2", ciphers: "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0" });
    assert.equal((await refused(get(weak, { ca: rsa.cert }))).code, "tls-weak-key");
    // Later OpenSSL takes no such key at all.
    if (process.versions.node.startsWith("20.")) assert.equal(await get(weak, { ca: rsa.cert, verify: false }), 200);
  });

  test("a record that was changed on its way breaks the connection in the body, which is no handshake", async () => {
    const spoiler = await listen(
      createServer((socket) => {
        const upstream = connect(port, "127.0.0.1").on("error", () => {});
        socket.pipe(upstream);
        let passed = 0;
        upstream.on("data", (bytes) => {
          const at = 40_000 - passed;
          passed += bytes.length;
          if (at >= 0 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
          socket.write(bytes);
        });
      }),
    );
    const { code, phase, reason } = await refused(get(spoiler, { ca: identity.cert }));
    assert.deepEqual([code, phase], ["tls-failed", "body"]);
    assert.match(reason, /^the TLS connection broke: .* \(ERR_SSL_[A-Z_]+\): \d+ bytes of the body had come, \d+ more were expected\.$/);
  });
});
