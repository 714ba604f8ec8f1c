import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { Client, type ClientResponse } from "../src/client-entry.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { listen } from "../../../test/helpers/listen.ts";
import { startRawServer } from "../../../test/helpers/raw-server.ts";

let identity: Identity;
let client: Client;
const sockets: Socket[] = [];
const plain = createServer((_request, response) => void response.end("text"));
let secure: ReturnType<typeof createTlsServer>;
let url: string;
let tlsUrl: string;
before(async () => {
  identity = await makeIdentity();
  secure = createTlsServer({ ...identity }, (request, response) => {
    if (request.url === "/close") response.setHeader("Connection", "close");
    response.end("text");
  });
  plain.on("connection", (socket) => sockets.push(socket));
  url = `http://127.0.0.1:${await listen(plain)}/`;
  tlsUrl = `https://localhost:${await listen(secure)}`;
  client = new Client({ tls: { ca: identity.cert } });
});
after(() => {
  client.close();
  for (const server of [plain, secure]) server.closeAllConnections();
  for (const server of [plain, secure]) server.close();
});

/** The response when its body has come and its connection is closed. */
async function closed(path: string): Promise<ClientResponse> {
  const response = await client.get(tlsUrl + path);
  await response.text();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return response;
}

describe("The connection of a response", () => {
  it("has both of its addresses, and whether it was used before", async () => {
    const { connection } = await client.get(url);
    const { port } = new URL(url);
    assert.deepEqual(connection.peer, { host: "127.0.0.1", port: Number(port) });
    assert.deepEqual(connection.local, { host: "127.0.0.1", port: sockets.at(-1)?.remotePort });
    assert.deepEqual([connection.reused, connection.tls], [false, undefined]);
  });

  it("says which HTTP the server speaks", async () => {
    for (const protocol of ["HTTP/1.0", "HTTP/1.1"] as const) {
      const raw = await startRawServer((socket) => void socket.end(`${protocol} 200 OK\r\n\r\ntext`));
      assert.equal((await client.get(raw.url)).connection.protocol, protocol);
      await raw.close();
    }
  });

  it("tells of TLS what was agreed on, and whose certificate it was", async () => {
    const response = await client.get(tlsUrl);
    await response.text();
    const { tls } = response.connection;
    assert.deepEqual([tls?.version, tls?.resumed], ["TLSv1.3", false]);
    assert.match(tls?.cipher ?? "", /^TLS_[A-Z0-9_]+$/);
    const { fingerprint256, subjectAltName, serialNumber } = new X509Certificate(identity.cert);
    const { certificate } = tls ?? {};
    assert.deepEqual(
      [certificate?.fingerprint256, certificate?.subjectAltName, certificate?.serialNumber],
      [fingerprint256, subjectAltName, serialNumber],
    );
    assert.equal(certificate?.commonName, "localhost");
  });

  it("knows all of it when it is closed", async () => {
    const { peer, local, tls, reused } = (await closed("/close")).connection;
    assert.equal(peer?.port, Number(new URL(tlsUrl).port));
    assert.ok(local !== undefined && local.port > 0);
    assert.equal(tls?.certificate?.commonName, "localhost");
    assert.equal(reused, true);
  });

  it("says that a handshake was taken up again", async () => {
    await closed("/close");
    const { tls, reused } = (await closed("/close")).connection;
    assert.deepEqual([tls?.resumed, reused, tls?.certificate?.commonName], [true, false, "localhost"]);
  });

  it("has nothing to tell when a transport of the program's answers", async () => {
    const transport = { send: async () => ({ status: 200, body: "text" }) };
    const { connection } = await client.get("http://device.example/", { transport });
    assert.deepEqual(connection, { peer: undefined, local: undefined, reused: false, protocol: "HTTP/1.1", tls: undefined });
  });
});
