import assert from "node:assert/strict";
import { X509Certificate, createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { createServer } from "node:tls";
import { makeIdentity } from "../../../test/helpers/certificates.ts";
import type { Identity } from "../../../test/helpers/certificates.ts";
import { freePort, listen } from "../../../test/helpers/listen.ts";
import { startRawServer } from "../../../test/helpers/raw-server.ts";
import type { RawServer } from "../../../test/helpers/raw-server.ts";
import { parseArguments, SHELL_OPTIONS, shellSettings } from "../src/cli/index.ts";
import { nodemcu, workspace } from "./helpers/workspace.ts";

let authority: Identity;
let client: Identity;
let identity: Identity;
let raw: RawServer;
let tlsPort = 0;
let pin = "";
const folder = workspace();

/** Tells the Host field, and who the client says that it is. */
const secure = createServer({ requestCert: true, rejectUnauthorized: false }, (socket: TLSSocket) => {
  socket.on("error", () => {});
  socket.once("data", (bytes) => {
    const host = /^Host: (.*)$/im.exec(bytes.toString("latin1"))?.[1]?.trim();
    const body = `${host} ${String(socket.getPeerCertificate().subject?.CN ?? "nobody")}`;
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
});

before(async () => {
  authority = await makeIdentity({ commonName: "authority" });
  identity = await makeIdentity({ issuer: authority, names: ["device.test", "127.0.0.1"] });
  client = await makeIdentity({ issuer: authority, commonName: "ada" });
  pin = createHash("sha256")
    .update(new X509Certificate(identity.cert).publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
  secure.setSecureContext({ cert: identity.cert, key: identity.key, ca: authority.cert });
  tlsPort = await listen(secure);
  raw = await startRawServer((socket, request) => {
    const line = request.split("\r\n", 1)[0] ?? "";
    const host = /^Host: (.*)$/im.exec(request)?.[1]?.trim();
    const body = `${line} | ${host}`;
    socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  const files = {
    "ca.pem": authority.cert,
    "ada.crt": client.cert,
    "ada.key": client.key,
    "both.pem": client.key + client.cert,
    "other.pem": (await makeIdentity()).cert,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
});
after(() => Promise.all([raw.close(), new Promise((closed) => secure.close(closed))]));

const url = (): string => `https://127.0.0.1:${tlsPort}/`;

/** What came to stdout; the exit must be 0. */
async function output(...args: readonly string[]): Promise<string> {
  const { exit, out, err } = await nodemcu(folder, args);
  assert.deepEqual([exit, err], [0, ""]);
  return out;
}

describe("TLS", () => {
  test("trusts what --cacert names, in place of all else", async () => {
    assert.equal(await output("get", "--cacert", "ca.pem", url()), `127.0.0.1:${tlsPort} nobody`);
    assert.equal((await nodemcu(folder, ["get", url()])).exit, 60);
    assert.equal((await nodemcu(folder, ["get", "--cacert", "other.pem", url()])).exit, 60);
  });

  test("trusts everybody with -k, but for a pinned key", async () => {
    assert.equal(await output("get", "-k", url()), `127.0.0.1:${tlsPort} nobody`);
    assert.equal(await output("get", "--insecure", "--pinnedpubkey", `sha256//${pin}`, url()), `127.0.0.1:${tlsPort} nobody`);
    assert.equal((await nodemcu(folder, ["get", "-k", "--pinnedpubkey", `sha256//${"A".repeat(43)}=`, url()])).exit, 90);
  });

  test("shows the client's certificate, with its key in a file of its own or in the same", async () => {
    const trust = ["--cacert", "ca.pem"];
    assert.equal(await output("get", ...trust, "--cert", "ada.crt", "--key", "ada.key", url()), `127.0.0.1:${tlsPort} ada`);
    assert.equal(await output("get", ...trust, "-E", "both.pem", url()), `127.0.0.1:${tlsPort} ada`);
    assert.equal((await nodemcu(folder, ["get", ...trust, "--cert", "ada.crt", url()])).exit, 58);
  });
});

describe("addresses", () => {
  test("--connect-to leads elsewhere, and the names stay", async () => {
    const args = ["--connect-to", `device.test:443:127.0.0.1:${tlsPort}`, "--cacert", "ca.pem"];
    assert.equal(await output("get", ...args, "https://device.test/"), "device.test nobody");
    assert.equal(
      await output("get", "--connect-to", `a.test:80::${raw.port}`, "--resolve", `a.test:${raw.port}:127.0.0.1`, "http://a.test/"),
      "GET / HTTP/1.1 | a.test",
    );
  });

  test("--resolve says the address of a name", async () => {
    const at = `a.test:${raw.port}`;
    assert.equal(await output("get", "--resolve", `${at}:127.0.0.1`, `http://${at}/x`), `GET /x HTTP/1.1 | ${at}`);
  });

  test("the first of two for one address counts", async () => {
    const at = `a.test:${raw.port}`;
    const elsewhere = `127.0.0.1:${await freePort()}`;
    assert.match(await output("get", "--resolve", `${at}:127.0.0.1`, "--resolve", `${at}:127.0.0.2`, `http://${at}/`), /a\.test/);
    const twice = ["--connect-to", `${at}:127.0.0.1:${raw.port}`, "--connect-to", `${at}:${elsewhere}`];
    assert.match(await output("get", ...twice, `http://${at}/`), /a\.test/);
  });
});

describe("a proxy", () => {
  test("is asked for the whole URL, with or without a scheme of its own", async () => {
    assert.equal(await output("get", "--proxy", raw.url, "http://a.test/x?y"), "GET http://a.test/x?y HTTP/1.1 | a.test");
    assert.equal(await output("get", "-x", `127.0.0.1:${raw.port}`, "http://a.test/"), "GET http://a.test/ HTTP/1.1 | a.test");
  });

  test("of the environment counts when it is asked for, and only then", async () => {
    const before = process.env["http_proxy"];
    process.env["http_proxy"] = raw.url;
    try {
      assert.match(await output("get", "-x", "environment", "http://a.test/"), /^GET http:\/\/a\.test\//);
      assert.equal((await nodemcu(folder, ["get", "http://no-such-host.invalid/"])).exit, 6);
    } finally {
      if (before === undefined) delete process.env["http_proxy"];
      else process.env["http_proxy"] = before;
    }
  });
});

describe("time", () => {
  test("ends the whole of it with --max-time", async (t) => {
    const silent = await startRawServer(() => {});
    t.after(() => silent.close());
    const { exit, err } = await nodemcu(folder, ["get", "-m", "150ms", silent.url]);
    assert.equal(exit, 28);
    assert.match(err, /within 150 ms \(timeout\.total\)/);
  });

  test("has no end as long as something moves, and who gives more than a phase has means the phases too", () => {
    const timeout = (...args: string[]): unknown =>
      shellSettings("get", parseArguments([...args, "http://a.test/"], SHELL_OPTIONS), folder).options.timeout;
    assert.deepEqual(timeout(), { total: Infinity, send: 30_000, headers: 30_000, idle: 30_000 });
    assert.deepEqual(timeout("-m", "2m"), { total: 120_000, send: 120_000, headers: 120_000, idle: 120_000 });
    assert.deepEqual(timeout("-m", "5"), { total: 5000, send: 30_000, headers: 30_000, idle: 30_000 });
  });

  test("of --connect-timeout is that of each phase before the request", async (t) => {
    const mute = await startRawServer(() => {}, { anyRequest: true });
    t.after(() => mute.close());
    const { exit, err } = await nodemcu(folder, ["get", "--connect-timeout", "200ms", `https://127.0.0.1:${mute.port}/`]);
    assert.equal(exit, 28);
    assert.match(err, /within 200 ms \(timeout\.tls\)/);
  });
});
