import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Client, type Lookup } from "../src/client-entry.ts";
import { isSamePlace } from "../src/client/exchange/same-place.ts";
import { parseHttpUrl } from "../src/protocol/index.ts";

const folder = mkdtempSync(join(tmpdir(), "same-place-"));
const socketPath = join(folder, "http");
let server: Server;

before(() => {
  server = createServer(({ url }, response) => {
    if (url === "/from") response.writeHead(302, { Location: "/to" });
    response.end(`unix ${url}`);
  }).listen(socketPath);
});
after(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true });
});

const unasked: Lookup = (host) => assert.fail(`${host} was looked up`);

describe("A redirect within a host", () => {
  for (const host of ["Device.Example", "DEVICE.EXAMPLE:80", "[0:0:0:0:0:0:0:1]:1", "127.1:1"])
    it(`stays on the socket of its call when the URL names it ${host}, as a redirect would not`, async () => {
      await using client = new Client({ socketPath, lookup: unasked, timeout: 10_000 });
      const response = await client.get(`http://${host}/from`);
      assert.deepEqual([await response.text(), response.redirected], ["unix /to", true]);
    });
});

describe("Two URLs", () => {
  const same = (one: string, other: string): boolean => isSamePlace(parseHttpUrl(one), parseHttpUrl(other));

  it("have one place in every spelling of it, whatever their scheme and path", () => {
    assert.equal(same("http://h:8443/a", "https://H:8443/b"), true);
    assert.equal(same("http://0x7f.1/", "http://127.0.0.1/"), true);
    assert.equal(same("http://[::ffff:1.2.3.4]/", "http://[::FFFF:102:304]/"), true);
  });

  it("have two when a port, a host or the dot at its end differs", () => {
    assert.equal(same("http://h/", "https://h/"), false);
    assert.equal(same("http://h/", "http://h:81/"), false);
    assert.equal(same("http://h.example/", "http://h.example./"), false);
    assert.equal(same("http://a.h.example/", "http://h.example/"), false);
  });
});
