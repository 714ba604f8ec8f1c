import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { after, before, describe, it } from "node:test";
import { dial, type Connection, type DialOptions, type DialStep } from "../src/transport/index.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { listen } from "../../../test/helpers/listen.ts";
import { dialFailure } from "./helpers/dialed.ts";

const ROOT: object = Object.prototype;
const called = (): never => assert.fail("called");

/** What Node reads when it makes a socket. */
const OF_SOCKETS: Readonly<Record<string, unknown>> = {
  fd: 0,
  handle: {},
  path: "/none",
  localAddress: "127.9.9.9",
  localPort: 1,
  lookup: called,
  family: 6,
  hints: 99,
  timeout: 1,
  signal: AbortSignal.abort(),
  writable: false,
  allowHalfOpen: false,
  objectMode: true,
  readableObjectMode: true,
  writableObjectMode: true,
  highWaterMark: 1,
  encoding: "hex",
  read: called,
  write: called,
  writev: called,
  final: called,
  destroy: called,
  construct: called,
  autoSelectFamily: true,
  blockList: {},
  onread: { buffer: new Uint8Array(1), callback: () => false },
};

/** What it reads for TLS, beside what a stream within Node reads from objects of Node's own. */
const OF_TLS: Readonly<Record<string, unknown>> = {
  servername: "other.example",
  host: "other.example",
  port: 1,
  isServer: true,
  requestCert: true,
  rejectUnauthorized: false,
  checkServerIdentity: called,
  ALPNProtocols: ["other"],
  ALPNCallback: called,
  SNICallback: called,
  pskCallback: called,
  session: Buffer.from("none"),
  ciphers: "NULL",
  minVersion: "TLSv1",
  maxVersion: "TLSv1",
  secureProtocol: "TLSv1_method",
  secureContext: {},
  minDHSize: 99_999,
  requestOCSP: true,
  ca: "none",
  cert: "none",
  key: "none",
  pfx: "none",
  verify: false,
  pin: ["none"],
};

let identity: Identity;
let plain: number;
let secure: number;
const servers: Server[] = [];
before(async () => {
  identity = await makeIdentity();
  const servername = (name: string | false | null): string => name || "no name";
  servers.push(
    createServer((socket) => socket.once("data", (bytes) => socket.end(`plain ${String(bytes)}`))),
    createTlsServer({ ...identity }, (socket) => {
      socket.once("data", (bytes) => socket.end(`${socket.getProtocol()} ${servername(socket.servername)} ${String(bytes)}`));
    }),
  );
  [plain = 0, secure = 0] = await Promise.all(servers.map((server) => listen(server)));
});
after(() => servers.forEach((server) => server.close()));

/** What comes back when Object.prototype has that member while a step of connecting begins. */
function answer(options: DialOptions, step: DialStep, [name, value]: readonly [string, unknown]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const begin = (begun: DialStep): void => {
      if (begun !== step) return;
      Reflect.defineProperty(ROOT, name, { value, configurable: true, writable: true });
      queueMicrotask(() => Reflect.deleteProperty(ROOT, name));
    };
    const connection: Connection = dial(options, {
      onStep: begin,
      onOpen: () => void connection.write("hello"),
      onData: (bytes) => (text += Buffer.from(bytes).toString()),
      onEnd: () => (connection.destroy(), resolve(text)),
      onError: reject,
    });
  });
}

describe("On a polluted Object.prototype", () => {
  for (const member of Object.entries(OF_SOCKETS))
    it(`a connection is made as on any other: ${member[0]}`, async () => {
      assert.equal(await answer({ host: "127.0.0.1", port: plain }, "connect", member), "plain hello");
    });

  for (const member of Object.entries(OF_TLS))
    it(`TLS is what it is on any other: ${member[0]}`, async () => {
      const options = { host: "127.0.0.1", port: secure, tls: { ca: identity.cert } };
      assert.equal(await answer(options, "tls", member), "TLSv1.3 no name hello");
    });
});

describe("TLS options that Node throws at", () => {
  it("fail the connection, and not the program, in which nobody could catch it", async () => {
    for (const servername of [5, Symbol("name")]) {
      const tls = { ca: identity.cert };
      Reflect.set(tls, "servername", servername);
      const { code, phase } = await dialFailure({ host: "127.0.0.1", port: secure, tls });
      assert.deepEqual([code, phase], ["tls-options", "tls"]);
    }
  });
});
