import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Client, isHttpError, type ClientOptions, type HttpError, type Lookup } from "../src/client-entry.ts";
import { startEchoServer, type EchoServer } from "./helpers/echo-server.ts";
import { falseNetwork, PUBLIC_ADDRESS } from "./helpers/false-network.ts";

let server: EchoServer;
let port: string;
before(async () => {
  server = await startEchoServer((response, { url }) => {
    const to = new URL(url, "http://h").searchParams.get("to");
    response.writeHead(to ? 302 : 200, { Connection: url.startsWith("/close") ? "close" : "keep-alive", ...(to && { Location: to }) });
    response.end(url);
  });
  port = server.host.split(":")[1] ?? "";
});
after(() => server.close());
beforeEach(() => (server.seen.length = 0));

/** Answers with one address after the other; the last one stays. */
const answering = (...addresses: string[]): { lookup: Lookup; asked: string[] } => {
  const asked: string[] = [];
  const lookup: Lookup = (host, done) => {
    const address = addresses[Math.min(asked.push(host), addresses.length) - 1] ?? "";
    done(null, [{ address, family: address.includes(":") ? 6 : 4 }]);
  };
  return { lookup, asked };
};

async function refused(url: string, options: ClientOptions = {}): Promise<HttpError> {
  await using client = new Client({ guard: "public", ...options });
  const error: unknown = await client.get(url).then(
    () => assert.fail("it was answered"),
    (reason: unknown) => reason,
  );
  assert.ok(isHttpError(error), String(error));
  assert.equal(error.code, "address-refused");
  return error;
}

describe('guard: "public"', () => {
  it("refuses a first URL that says an address of this machine, however it is written", async () => {
    for (const host of ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"]) {
      const { phase, reason, blame } = await refused(`http://${host}:${port}/`);
      assert.deepEqual([phase, blame], ["connect", "caller"], host);
      assert.match(reason, /loopback\) is not a public address/, host);
    }
  });

  it("refuses a name that leads to this machine, also when a public address stands beside it", async () => {
    for (const address of ["127.0.0.1", "::1", "::ffff:7f00:1"]) {
      const { phase, reason } = await refused(`http://name.example:${port}/`, { lookup: answering(address).lookup });
      assert.equal(phase, "dns");
      assert.match(reason, /^the name "name\.example" leads to .*loopback/);
    }
    const both: Lookup = (_host, done) =>
      done(null, [
        { address: PUBLIC_ADDRESS, family: 4 },
        { address: "127.0.0.1", family: 4 },
      ]);
    await falseNetwork(() => refused(`http://name.example:${port}/`, { lookup: both }));
    assert.deepEqual(server.seen, []);
  });

  it("lets a public address be connected to, after one lookup", () =>
    falseNetwork(async () => {
      const { lookup, asked } = answering(PUBLIC_ADDRESS, "127.0.0.1");
      await using client = new Client({ guard: "public", lookup });
      assert.equal(await (await client.get(`http://name.example:${port}/a`)).text(), "/a");
      // What was checked is what was connected to: there was no second lookup in between.
      assert.deepEqual(asked, ["name.example"]);
    }));

  it("refuses a name whose second lookup leads inside (DNS rebinding)", () =>
    falseNetwork(async () => {
      const { lookup, asked } = answering(PUBLIC_ADDRESS, "127.0.0.1");
      await using client = new Client({ guard: "public", lookup, dnsCacheTimeout: 0.001 });
      await (await client.get(`http://rebind.example:${port}/close`)).text();
      await assert.rejects(client.get(`http://rebind.example:${port}/`), { code: "address-refused", phase: "dns" });
      assert.equal(asked.length, 2);
      assert.equal(server.seen.length, 1);
    }));

  it("refuses at the hop of a redirect: an address, a mapped one, a name, the same host by another port", () =>
    falseNetwork(async () => {
      const lookup: Lookup = (host, done) => done(null, [{ address: host === "inner.example" ? "10.0.0.1" : PUBLIC_ADDRESS, family: 4 }]);
      for (const to of [
        `http://127.0.0.1:${port}/`,
        `http://[::ffff:7f00:1]:${port}/`,
        `http://inner.example:${port}/`,
        "http://169.254.169.254/",
      ]) {
        server.seen.length = 0;
        const url = `http://name.example:${port}/?to=${encodeURIComponent(to)}`;
        const { url: at } = await refused(url, { lookup });
        assert.equal(at, new URL(to).href.replace("[::ffff:127.0.0.1]", "[::ffff:7f00:1]"));
        assert.equal(server.seen.length, 1);
      }
    }));

  it("refuses where connectTo leads, at the first URL and behind a redirect", () =>
    falseNetwork(async () => {
      await refused("http://name.example/", { connectTo: { "name.example:80": server.host } });
      const { lookup } = answering(PUBLIC_ADDRESS);
      const url = `http://name.example:${port}/?to=http://second.example/`;
      const { url: at } = await refused(url, { lookup, connectTo: { "second.example:80": server.host } });
      assert.equal(at, "http://second.example/");
      assert.equal(server.seen.length, 1);
    }));

  it("refuses a proxy and a Unix socket, behind which it sees nothing", async () => {
    const { reason } = await refused("http://8.8.8.8/", { proxy: server.url });
    assert.match(reason, /^through a proxy the guard does not see/);
    assert.match((await refused("http://8.8.8.8/", { socketPath: "/nowhere/socket" })).reason, /^through a Unix socket/);
    assert.deepEqual(server.seen, []);
  });

  it("uses no connection that was made without it", async () => {
    await using client = new Client();
    await (await client.get(server.url)).text();
    await assert.rejects(client.get(server.url, { guard: "public" }), { code: "address-refused" });
    assert.equal(server.seen.length, 1);
  });

  it("is not asked twice: such a request is not sent again", async () => {
    assert.equal((await refused(`http://127.0.0.1:${port}/`, { retry: 3 })).attempt, 1);
  });

  it("can be nothing else", () => {
    const guard: ClientOptions = Object.fromEntries([["guard", true]]);
    assert.throws(() => new Client(guard), { name: "TypeError", message: /guard must be "public"/ });
  });
});
