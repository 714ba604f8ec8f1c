import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { TLSSocket } from "node:tls";
import { after, before, beforeEach, describe, it } from "node:test";
import { Client, type ClientOptions, type ClientResponse, type Lookup, type TlsOptions } from "../src/client-entry.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { listen } from "../../../test/helpers/listen.ts";

const authority = await makeIdentity({ commonName: "An authority" });
const identity = await makeIdentity({ names: ["origin.example", "other.example"], issuer: authority });
const person = await makeIdentity({ commonName: "Ann", issuer: authority });

/** The key of a certificate as a pin. */
const pinOf = ({ cert }: Identity): string => {
  const spki = new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
  return `sha256//${createHash("sha256").update(spki).digest("base64")}`;
};

interface Handshake {
  /** Whom the client's certificate names. */
  readonly who: unknown;
  /** By SNI. */
  readonly name: string | false | null;
  readonly resumed: boolean;
}

let server: Server;
let port: number;
/** Each connection of the server. */
const handshakes: Handshake[] = [];

function answer({ url = "" }: IncomingMessage, response: ServerResponse): void {
  const to = new URL(url, "http://h").searchParams.get("to");
  response.writeHead(to ? 302 : 200, { Connection: url.startsWith("/close") ? "close" : "keep-alive", ...(to && { Location: to }) });
  response.end(url);
}

before(async () => {
  server = createServer({ ...identity, ca: authority.cert, requestCert: true, rejectUnauthorized: false }, answer);
  server.on("secureConnection", (socket) => {
    assert.ok(socket instanceof TLSSocket);
    const { subject } = socket.getPeerCertificate();
    handshakes.push({ who: subject?.CN, name: socket.servername, resumed: socket.isSessionReused() });
  });
  port = await listen(server);
});
after(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => (handshakes.length = 0));

const url = (path = "/", host = "origin.example"): string => `https://${host}:${port}${path}`;
const lookup: Lookup = (_host, done) => done(null, [{ address: "127.0.0.1", family: 4 }]);
const trusting = (): TlsOptions => ({ ca: authority.cert });

async function read(client: Client, address = url(), options: ClientOptions = {}): Promise<ClientResponse> {
  const response = await client.get(address, options);
  await response.text();
  return response;
}

async function once(tls: TlsOptions, address = url()): Promise<ClientResponse> {
  await using client = new Client({ tls, lookup });
  return read(client, address);
}

describe("tls", () => {
  it("trusts ca, and without it no authority of its own", async () => {
    const { connection } = await once(trusting());
    assert.equal(connection?.tls?.certificate?.issuer, "CN=An authority");
    await assert.rejects(once({}), { code: "tls-untrusted", phase: "tls" });
    await assert.rejects(once({ ca: person.cert }), { code: "tls-untrusted" });
  });

  it("checks the name of the URL, or servername in its place", async () => {
    await assert.rejects(once(trusting(), url("/", "wrong.example")), { code: "tls-wrong-host" });
    await once({ ...trusting(), servername: "origin.example" }, url("/", "wrong.example"));
    assert.equal(handshakes.at(-1)?.name, "origin.example");
  });

  it("shows the client's certificate to the first host, and to no other that a redirect leads to", async () => {
    const tls = { ...trusting(), cert: person.cert, key: person.key };
    await once(tls, url(`/?to=${url("/", "other.example")}`));
    assert.deepEqual(
      handshakes.map(({ who, name }) => [who, name]),
      [
        ["Ann", "origin.example"],
        [undefined, "other.example"],
      ],
    );
  });

  it("with a pin takes that key alone, and looks at it before anything is sent", async () => {
    const other = pinOf(person);
    const { status } = await once({ ...trusting(), pin: [other, pinOf(identity)] });
    assert.equal(status, 200);
    await assert.rejects(once({ ...trusting(), pin: [other] }), { code: "tls-pin", phase: "tls", bytesSent: 0 });
    await assert.rejects(once({ verify: false, pin: [other] }), { code: "tls-pin" });
    await assert.rejects(once({ ...trusting(), pin: ["sha1//x"] }), { code: "tls-options" });
  });

  it("holds a pin against the other hosts of a redirect, too", async () => {
    const stranger = createServer({ ...(await makeIdentity({ names: ["other.example"], issuer: authority })) }, answer);
    const strange = await listen(stranger);
    const tls = { ...trusting(), pin: [pinOf(identity)] };
    await assert.rejects(once(tls, url(`/?to=https://other.example:${strange}/`)), { code: "tls-pin" });
    stranger.closeAllConnections();
    stranger.close();
  });
});

describe("A TLS session", () => {
  it("is resumed by the second connection with the same options object, and the certificate that was checked is still told", async () => {
    await using client = new Client({ tls: trusting(), lookup });
    const first = await read(client, url("/close"));
    const second = await read(client, url("/close"));
    assert.deepEqual([first.connection?.tls?.resumed, second.connection?.tls?.resumed], [false, true]);
    assert.deepEqual(second.connection?.tls?.certificate, first.connection?.tls?.certificate);
    assert.deepEqual(
      handshakes.map(({ resumed }) => resumed),
      [false, true],
    );
  });

  it("is never resumed with another options object, however alike, nor by another identity", async () => {
    await using client = new Client({ lookup });
    const one = trusting();
    const others = [trusting(), { ...one, cert: person.cert, key: person.key }, { ...one, pin: [pinOf(identity)] }];
    for (const tls of [one, ...others]) await read(client, url("/close"), { tls });
    assert.deepEqual(
      handshakes.map(({ resumed }) => resumed),
      [false, false, false, false],
    );
    await read(client, url("/close"), { tls: one });
    assert.equal(handshakes.at(-1)?.resumed, true);
  });

  it("is never resumed for another host, nor by who verifies nothing", async () => {
    await using client = new Client({ lookup });
    const [tls, blind] = [trusting(), { verify: false }];
    await read(client, url("/close"), { tls });
    await read(client, url("/close", "other.example"), { tls });
    for (let round = 0; round < 2; round++) await read(client, url("/close"), { tls: blind });
    assert.deepEqual(
      handshakes.map(({ resumed }) => resumed),
      [false, false, false, false],
    );
  });

  it("of the first host is not resumed where a redirect leads without the client's certificate", async () => {
    const tls = { ...trusting(), cert: person.cert, key: person.key };
    await using client = new Client({ tls, lookup });
    await read(client, url("/close", "other.example"));
    const { connection } = await read(client, url(`/close?to=${url("/close", "other.example")}`));
    assert.equal(connection?.tls?.resumed, false);
    assert.deepEqual(
      handshakes.map(({ who }) => who),
      ["Ann", "Ann", undefined],
    );
  });
});

describe("A connection with TLS", () => {
  it("is shared by requests that give the same tls object, and by no others", async () => {
    await using client = new Client({ lookup });
    const one = trusting();
    const all = [
      one,
      { ...one },
      { ...one, cert: person.cert, key: person.key },
      { ...one, servername: "other.example" },
      { verify: false },
    ];
    for (let round = 0; round < 2; round++)
      for (const tls of all) assert.equal((await read(client, url(), { tls })).connection?.reused, round === 1);
    assert.equal(handshakes.length, all.length);
    // Nor by who trusts the built-in authorities alone.
    await assert.rejects(read(client), { code: "tls-untrusted" });
  });

  it("of a client is not one of a client that is made from it", async () => {
    await using client = new Client({ tls: trusting(), lookup });
    await using second = client.extend({});
    await read(client);
    assert.equal((await read(second)).connection?.reused, false);
  });
});
