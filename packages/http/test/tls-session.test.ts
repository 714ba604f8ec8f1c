import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { TlsSessions } from "../src/transport/tls-session.ts";
import type { TlsOptions } from "../src/transport/index.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { greeted, startGreeter, type Greeter } from "./helpers/tls-greeting.ts";

const NAMES = ["localhost", "device.example", "127.0.0.1"];

let identity: Identity;
before(async () => {
  identity = await makeIdentity({ names: NAMES });
});

const greeters: Greeter[] = [];
after(() => greeters.forEach((greeter) => greeter.close()));

async function start(...rules: Parameters<typeof startGreeter> | []): Promise<Greeter> {
  const greeter = await startGreeter(rules[0] ?? identity, rules[1]);
  greeters.push(greeter);
  return greeter;
}

/** Whether the handshake of a connection was taken up again. */
async function resumed(port: number, tls: TlsOptions, host = "localhost"): Promise<boolean | undefined> {
  const { text, failure, connection } = await greeted({ port, tls, host });
  assert.equal(text, "hello", failure?.message);
  return connection.security?.resumed;
}

for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
  describe(`the sessions of ${maxVersion}`, () => {
    test("are taken up again by the same options at the same server", async () => {
      const { port, count } = await start(identity, { maxVersion });
      const tls = { ca: identity.cert };
      const seen: unknown[] = [];
      for (let time = 0; time < 5; time++) seen.push(await resumed(port, tls));
      // Node's server gives two tickets of TLS 1.3 in each full handshake, and each is offered once.
      assert.deepEqual(seen, [false, true, true, maxVersion === "TLSv1.2", true]);
      assert.equal(count.resumed, seen.filter(Boolean).length);
    });

    test("serve no other options, equal as they may be", async () => {
      const { port } = await start(identity, { maxVersion });
      assert.equal(await resumed(port, { ca: identity.cert }), false);
      assert.equal(await resumed(port, { ca: identity.cert }), false);
    });

    test("serve no other host, port or name", async () => {
      const first = await start(identity, { maxVersion });
      const tls = { ca: identity.cert };
      await resumed(first.port, tls);
      assert.equal(await resumed(first.port, tls, "device.example"), false);
      assert.equal(await resumed(first.port, tls, "127.0.0.1"), false);
      const second = await start(identity, { maxVersion });
      assert.equal(await resumed(second.port, tls), false);
    });

    test("are not kept when nothing is verified", async () => {
      const { port } = await start(identity, { maxVersion });
      const tls = { verify: false, ca: identity.cert };
      assert.deepEqual([await resumed(port, tls), await resumed(port, tls)], [false, false]);
    });

    test("are not kept from a handshake that was refused", async () => {
      const { port, count } = await start(identity, { maxVersion });
      const pin = [`sha256//${Buffer.alloc(32).toString("base64")}`];
      for (const tls of [{}, { ca: identity.cert, pin }, { ca: identity.cert, servername: "other.example" }]) {
        for (let time = 0; time < 2; time++) assert.ok((await greeted({ port, tls })).failure);
      }
      assert.equal(count.resumed, 0);
    });

    test("never open a connection without verification to one with it", async () => {
      const { port } = await start(identity, { maxVersion });
      const tls: { verify?: boolean } = { verify: false };
      await resumed(port, tls);
      tls.verify = true;
      assert.equal((await greeted({ port, tls })).failure?.code, "tls-self-signed");
    });

    test("show the client's certificate that they began with to nobody else", async () => {
      const client = await makeIdentity({ commonName: "a client" });
      const greeting = { requestCert: true, rejectUnauthorized: false, maxVersion, sessionIdContext: "test" };
      const { port } = await start(identity, { ...greeting, greeting: (socket) => String(socket.getPeerCertificate().subject?.CN) });
      const known = { ca: identity.cert, ...client };
      assert.equal((await greeted({ port, tls: known })).text, "a client");
      assert.equal((await greeted({ port, tls: { ca: identity.cert } })).text, "undefined");
      const again = await greeted({ port, tls: known });
      assert.deepEqual([again.text, again.connection.security?.resumed], ["a client", true]);
    });

    test("that a server has forgotten cost a full handshake, and are replaced", async () => {
      const keys = [Buffer.alloc(48, 1), Buffer.alloc(48, 2)];
      const first = await start(identity, { maxVersion, ticketKeys: keys[0] });
      const tls = { ca: identity.cert };
      await resumed(first.port, tls);
      const connectTo = async (port: number): Promise<boolean | undefined> =>
        (await greeted({ port: first.port, tls, connectTo: { [`localhost:${first.port}`]: `127.0.0.1:${port}` } })).connection.security
          ?.resumed;
      const second = await start(identity, { maxVersion, ticketKeys: keys[1] });
      assert.deepEqual([await connectTo(second.port), await connectTo(second.port)], [false, true]);
    });

    test("are forgotten when a handshake with one of them fails", async () => {
      const good = await start(identity, { maxVersion });
      const tls = { ca: identity.cert };
      await resumed(good.port, tls);
      const bad = await start(await makeIdentity(), { maxVersion });
      const there = { [`localhost:${good.port}`]: `127.0.0.1:${bad.port}` };
      assert.equal((await greeted({ port: good.port, tls, connectTo: there })).failure?.code, "tls-self-signed");
      assert.equal(await resumed(good.port, tls), false);
      assert.equal(await resumed(good.port, tls), true);
    });
  });
}

test("a TLS 1.3 ticket is offered once: connections at the same time take up different ones, or none", async () => {
  const { port, count } = await start();
  const tls = { ca: identity.cert };
  await resumed(port, tls);
  // The server has sent two tickets.
  const all = await Promise.all(Array.from({ length: 5 }, () => resumed(port, tls)));
  assert.equal(all.filter(Boolean).length, 2);
  assert.deepEqual(count, { handshakes: 6, resumed: 2 });
});

describe("the shelf of sessions", () => {
  const server = { host: "device.example", port: 443, name: "device.example" };
  const resumption = (text: string, validTo = 1e15): { session: Buffer; certificate: { der: Uint8Array; validTo: number } } => ({
    session: Buffer.from(text),
    certificate: { der: new Uint8Array(), validTo },
  });
  const taken = (sessions: TlsSessions, now = 0): string | undefined => sessions.take(now)?.session.toString();
  const DAY = 86_400_000;

  test("gives the newest first, each ticket once", () => {
    const sessions = new TlsSessions({}, server);
    for (const text of ["a", "b"]) sessions.keep(resumption(text), { once: true, now: 0 });
    assert.deepEqual([taken(sessions), taken(sessions), taken(sessions)], ["b", "a", undefined]);
  });

  test("gives a session of TLS 1.2 again and again, until another takes its place", () => {
    const sessions = new TlsSessions({}, server);
    sessions.keep(resumption("a"), { once: false, now: 0 });
    assert.deepEqual([taken(sessions), taken(sessions)], ["a", "a"]);
    sessions.keep(resumption("b"), { once: false, now: 0 });
    assert.deepEqual([taken(sessions), taken(sessions)], ["b", "b"]);
  });

  test("gives nothing after a day, nor once the certificate has expired", () => {
    for (const [validTo, last] of [
      [1e15, DAY],
      [5000, 5000],
    ] as const) {
      const sessions = new TlsSessions({}, server);
      sessions.keep(resumption("a", validTo), { once: false, now: 0 });
      assert.deepEqual([taken(sessions, last - 1), taken(sessions, last), taken(sessions, 0)], ["a", undefined, undefined]);
    }
  });

  test("is one for each options object and server, whatever the case of names", () => {
    const options = {};
    new TlsSessions(options, server).keep(resumption("a"), { once: false, now: 0 });
    assert.equal(taken(new TlsSessions(options, { ...server, host: "DEVICE.example", name: "Device.Example" })), "a");
    assert.equal(taken(new TlsSessions({}, server)), undefined);
    for (const other of [{ host: "device" }, { port: 444 }, { name: "other.example" }])
      assert.equal(taken(new TlsSessions(options, { ...server, ...other })), undefined);
  });

  test("keeps eight tickets of a server, and a hundred servers", () => {
    const options = {};
    const sessions = new TlsSessions(options, server);
    for (let ticket = 0; ticket < 20; ticket++) sessions.keep(resumption(String(ticket)), { once: true, now: 0 });
    const found = Array.from({ length: 10 }, () => taken(sessions));
    assert.deepEqual(found, ["19", "18", "17", "16", "15", "14", "13", "12", undefined, undefined]);
    const servers = Array.from({ length: 101 }, (_, port) => new TlsSessions(options, { ...server, port }));
    for (const one of servers) one.keep(resumption("a"), { once: false, now: 0 });
    assert.deepEqual(
      [servers[0], servers[1], servers[100]].map((one) => one && taken(one)),
      [undefined, "a", "a"],
    );
  });
});
