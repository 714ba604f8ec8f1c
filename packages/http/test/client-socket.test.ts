import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Client, type ClientOptions, type Lookup } from "../src/client-entry.ts";
import { makeIdentity } from "../../../test/helpers/certificates.ts";
import { listen } from "../../../test/helpers/listen.ts";
import { ExchangeRig } from "./helpers/exchange-rig.ts";
import { startHttpProxy } from "./helpers/http-proxy.ts";

const folder = mkdtempSync(join(tmpdir(), "client-socket-"));
const path = (name: string): string => join(folder, name);
const servers: Server[] = [];
let port: number;

/** Tells where it was asked, and for which host; redirects where it is told to. */
const teller =
  (name: string): RequestListener =>
  ({ url = "", headers, socket }, response) => {
    const to = new URL(url, "http://h").searchParams.get("to");
    if (to) response.writeHead(302, { Location: to }).end();
    else response.end(`${name} ${headers.host} ${url} ${socket.remoteAddress?.replace("::ffff:", "") ?? "no address"}`);
  };

const identity = await makeIdentity({ names: ["device.example"] });

before(async () => {
  const unix = createServer(teller("unix"));
  unix.listen(path("http"));
  const secure = createTlsServer({ ...identity }, teller("secure"));
  secure.listen(path("https"));
  const network = createServer(teller("network"));
  port = await listen(network, "0.0.0.0");
  servers.push(unix, secure, network);
});
after(async () => {
  for (const server of servers) {
    server.close();
    await once(server, "close");
  }
  rmSync(folder, { recursive: true });
});

const unasked: Lookup = (host) => assert.fail(`${host} was looked up`);
const loopback: Lookup = (_host, done) => done(null, [{ address: "127.0.0.1", family: 4 }]);

async function text(url: string, options: ClientOptions): Promise<string> {
  await using client = new Client(options);
  return (await client.get(url)).text();
}

describe("socketPath", () => {
  it("is connected to in place of host and port, which nobody looks up and the Host field still names", async () => {
    assert.equal(await text("http://device.example/a", { socketPath: path("http"), lookup: unasked }), "unix device.example /a no address");
    const secure = { socketPath: path("https"), lookup: unasked, tls: { ca: identity.cert } };
    assert.equal(await text("https://device.example:8443/b", secure), "secure device.example:8443 /b no address");
  });

  it("is a connection of its own for each path, which is used again", async () => {
    await using client = new Client({ lookup: loopback });
    const reused: (boolean | undefined)[] = [];
    for (const socketPath of [path("http"), path("http"), undefined, path("http")]) {
      const response = await client.get(`http://device.example:${port}/`, { socketPath });
      assert.match(await response.text(), socketPath ? /^unix/ : /^network/);
      reused.push(response.connection?.reused);
    }
    assert.deepEqual(reused, [false, true, false, true]);
  });

  it("serves the host and port of the first URL alone: a redirect elsewhere goes over the network", async () => {
    const options = { socketPath: path("http"), lookup: loopback };
    assert.equal(await text("http://device.example/?to=/again", options), "unix device.example /again no address");
    const away = `http://other.example:${port}/away`;
    assert.equal(await text(`http://device.example/?to=${away}`, options), `network other.example:${port} /away 127.0.0.1`);
    const otherPort = `http://device.example:${port}/port`;
    assert.equal(await text(`http://device.example/?to=${otherPort}`, options), `network device.example:${port} /port 127.0.0.1`);
    const home = encodeURIComponent(`http://other.example:${port}/?to=http://device.example/home`);
    assert.equal(await text(`http://device.example/?to=${home}`, options), "unix device.example /home no address");
  });

  it("is named by the error when nothing is there", async () => {
    const expected = {
      code: "connect-refused",
      phase: "connect",
      message: new RegExp(`the socket "${path("none")}" does not exist \\(ENOENT\\)`),
    };
    await assert.rejects(text("http://device.example/", { socketPath: path("none") }), expected);
  });
});

describe("localAddress", () => {
  it("is where connections come from, each from its own", async () => {
    await using client = new Client();
    for (const localAddress of ["127.0.0.2", "127.0.0.3", "127.0.0.2"]) {
      const response = await client.get(`http://127.0.0.1:${port}/`, { localAddress });
      assert.equal(await response.text(), `network 127.0.0.1:${port} / ${localAddress}`);
      assert.equal(response.connection?.local?.host, localAddress);
    }
    assert.equal((await client.get(`http://127.0.0.1:${port}/`, { localAddress: "127.0.0.3" })).connection?.reused, true);
    assert.equal(await (await client.get(`http://127.0.0.1:${port}/`)).text(), `network 127.0.0.1:${port} / 127.0.0.1`);
  });

  it("holds behind a redirect, and on the way to a proxy", async () => {
    const localAddress = "127.0.0.2";
    const away = `http://127.0.0.4:${port}/away`;
    assert.match(await text(`http://127.0.0.1:${port}/?to=${away}`, { localAddress }), /\/away 127\.0\.0\.2$/);
    const proxy = await startHttpProxy();
    await using client = new Client({ localAddress, proxy: proxy.url });
    const { connection } = await client.get(`http://device.example:${port}/`);
    assert.deepEqual([connection?.local?.host, connection?.peer?.port], [localAddress, proxy.port]);
    await proxy.close();
  });

  it("that this machine does not have is an error that says so", async () => {
    await assert.rejects(text(`http://127.0.0.1:${port}/`, { localAddress: "192.0.2.1" }), {
      code: "connect-address",
      message: /this machine has no address 192\.0\.2\.1 to connect from/,
    });
  });
});

/** Ways that are none, with what is said of them. */
const WRONG: readonly (readonly [options: ClientOptions, says: RegExp])[] = [
  [{ socketPath: "/a\0b" }, /socketPath is empty or has a NUL in it/],
  [{ socketPath: `/${"x".repeat(300)}` }, /socketPath has more than \d+ bytes/],
  [{ socketPath: "/a", proxy: "http://h:1" }, /with socketPath there can be neither a proxy nor a localAddress/],
  [{ socketPath: "/a", proxy: "environment" }, /with socketPath/],
  [{ socketPath: "/a", localAddress: "127.0.0.1" }, /with socketPath/],
  [{ localAddress: "eth0" }, /localAddress is no IP address/],
  [{ localAddress: "127.0.0.1:80" }, /localAddress is no IP address/],
];

describe("A way to the server that is none", () => {
  for (const [options, says] of WRONG)
    it(`is a RangeError of the call: ${JSON.stringify(options).slice(0, 60)}`, async () => {
      const expected = { name: "RangeError", message: says };
      assert.throws(() => new Client(options), expected);
      await using client = new Client();
      await assert.rejects(client.get(`http://127.0.0.1:${port}/`, options), expected);
      assert.throws(() => client.extend(options), expected);
    });

  it("may come of the defaults and a request's options together", async () => {
    await using client = new Client({ proxy: "http://127.0.0.1:1" });
    const socketPath = path("http");
    await assert.rejects(client.get("http://device.example/", { socketPath }), { name: "RangeError", message: /with socketPath/ });
    assert.equal((await client.get("http://device.example/", { socketPath, proxy: false })).status, 200);
  });

  it("is an empty text, which is a TypeError", () => {
    for (const name of ["socketPath", "localAddress"])
      assert.throws(() => new Client(Object.fromEntries([[name, ""]])), {
        name: "TypeError",
        message: /must be a string that is not empty/,
      });
  });

  it("is an error of the request, and no failed lookup, when only the connection finds out", async () => {
    const rig = new ExchangeRig();
    const dial = { localAddress: "eth0" };
    await assert.rejects(rig.send({ url: "http://name.test/", dial }), {
      code: "connect-address",
      phase: "connect",
      message: /nothing can be connected to like this: localAddress is no IP address\./,
    });
    assert.equal(rig.pool.size, 0);
  });
});
