import assert from "node:assert/strict";
import { createHash, createPublicKey } from "node:crypto";
import { after, before, test } from "node:test";
import type { TlsOptions } from "../src/transport/index.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { greeted, startGreeter, type Greeted, type Greeter } from "./helpers/tls-greeting.ts";

/** As curl's documentation makes it with openssl: the DER of the public key, hashed. */
const pinOf = ({ cert }: Identity): string =>
  `sha256//${createHash("sha256")
    .update(createPublicKey(cert).export({ type: "spki", format: "der" }))
    .digest("base64")}`;

const OTHER = `sha256//${Buffer.alloc(32, 7).toString("base64")}`;

let authority: Identity;
let identity: Identity;
let pin: string;
let greeter: Greeter;
before(async () => {
  authority = await makeIdentity({ commonName: "An authority", names: [] });
  identity = await makeIdentity({ issuer: authority });
  pin = pinOf(identity);
  greeter = await startGreeter({ ...identity, cert: `${identity.cert}\n${authority.cert}` });
});
after(() => greeter.close());

const pinned = (tls: TlsOptions): Promise<Greeted> => greeted({ port: greeter.port, tls: { ca: authority.cert, ...tls } });

test("a server with a pinned key is taken, whichever of the pins it is", async () => {
  for (const list of [[pin], [OTHER, pin], [pin, OTHER]]) assert.equal((await pinned({ pin: list })).text, "hello");
});

test("a server with another key is refused before anything is sent, though its certificate is trusted", async () => {
  const { failure, steps } = await pinned({ pin: [OTHER] });
  assert.deepEqual([failure?.code, failure?.phase, failure?.blame], ["tls-pin", "tls", "server"]);
  assert.equal(
    failure?.reason,
    `the key of the server's certificate is ${pin}, which is not pinned. Either it was changed, or this is another server.`,
  );
  assert.deepEqual(steps, ["dns", "connect", "tls"]);
});

test("the authority's key is no pin for what it signs", async () => {
  assert.equal((await pinned({ pin: [pinOf(authority)] })).failure?.code, "tls-pin");
});

test("pins hold without verification too", async () => {
  assert.equal((await pinned({ verify: false, ca: undefined, pin: [OTHER] })).failure?.code, "tls-pin");
  const { text, connection } = await pinned({ verify: false, ca: undefined, pin: [pin] });
  assert.deepEqual([text, connection.certificateProblem?.code], ["hello", "tls-untrusted"]);
  assert.equal(
    (await greeted({ port: greeter.port, host: "127.0.0.1", tls: { verify: false, servername: "other.example", pin: [OTHER] } })).failure
      ?.code,
    "tls-pin",
  );
});

test("a pinned key saves no certificate that does not verify", async () => {
  assert.equal((await pinned({ ca: undefined, pin: [pin] })).failure?.code, "tls-untrusted");
});

test("a resumed handshake is held to the pins of the moment", async () => {
  const pins = [pin];
  const tls: TlsOptions = { ca: authority.cert, pin: pins };
  for (const resumed of [false, true]) {
    assert.equal((await greeted({ port: greeter.port, tls })).connection.security?.resumed, resumed);
  }
  pins[0] = OTHER;
  const { failure } = await greeted({ port: greeter.port, tls });
  assert.equal(failure?.code, "tls-pin");
  assert.ok(failure?.reason.includes(pin));
});

test("RSA keys are pinned the same way", async () => {
  const rsa = await makeIdentity({ rsaBits: 2048 });
  const other = await startGreeter(rsa);
  try {
    assert.equal((await greeted({ port: other.port, tls: { ca: rsa.cert, pin: [pinOf(rsa)] } })).text, "hello");
    assert.equal((await greeted({ port: other.port, tls: { ca: rsa.cert, pin: [pin] } })).failure?.code, "tls-pin");
  } finally {
    other.close();
  }
});

test("bits that Base64 does not use make no other pin", async () => {
  const last = pin.at(-2) ?? "";
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const same = `${pin.slice(0, -2)}${alphabet[alphabet.indexOf(last) + 1] ?? ""}=`;
  assert.notEqual(same, pin);
  assert.equal((await pinned({ pin: [same] })).text, "hello");
});

test("what is no pin is refused before anything is looked up", async () => {
  const hash = pin.slice("sha256//".length);
  const wrong = [
    "",
    hash,
    `sha256/${hash}`,
    `SHA256//${hash}`,
    `sha1//${hash}`,
    `${pin}=`,
    pin.slice(0, -1),
    ` ${pin}`,
    `${pin}\n`,
    `${pin};${pin}`,
  ];
  wrong.push(`sha256//${Buffer.alloc(31).toString("base64")}`, `sha256//${hash.replace(/.$/, "-")}`);
  const lists: unknown[] = wrong.map((one) => [pin, one]);
  lists.push([], pin, [undefined], [5], {}, null);
  for (const list of lists) {
    const { failure, steps } = await pinned({ pin: list as string[] });
    assert.deepEqual([failure?.code, failure?.blame, steps], ["tls-options", "caller", []], JSON.stringify(list));
  }
  assert.match(
    (await pinned({ pin: ["nothing"] })).failure?.reason ?? "",
    /^the TLS options cannot be used: the pin "nothing" is not "sha256\/\/" /,
  );
});

test("a proxy's own TLS is held to the form of pins too", async () => {
  const proxy = { kind: "http", host: "localhost", port: greeter.port, tls: { pin: ["nothing"] } } as const;
  const { failure, steps } = await greeted({ port: 80, proxy });
  assert.deepEqual([failure?.code, steps], ["tls-options", []]);
});

test("a pin on Object.prototype is none", async () => {
  const prototype = Object.prototype as Record<string, unknown>;
  prototype["pin"] = [OTHER];
  try {
    assert.equal((await pinned({})).text, "hello");
  } finally {
    delete prototype["pin"];
  }
});
