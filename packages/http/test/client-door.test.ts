import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as door from "../src/client-entry.ts";
import { Client, get, request } from "../src/client-entry.ts";
import { startEchoServer, type EchoServer } from "./helpers/echo-server.ts";

let server: EchoServer;
before(async () => {
  server = await startEchoServer((response) => response.end("text"));
});
after(() => server.close());

describe("nodemcu-http/client", () => {
  it("exports the client, its functions, its errors, and nothing else", () => {
    const classes = ["Client", "ClientResponse", "FAILURES", "HttpError", "HttpStatusError", "REDACTED", "ResponseHeaders"];
    const functions = [
      "delete",
      "fetch",
      "get",
      "head",
      "isHttpError",
      "isSecret",
      "options",
      "patch",
      "post",
      "put",
      "redactUrl",
      "request",
    ];
    const forTests = ["mockTransport", "recordHar", "recordTransport", "replayTransport"];
    assert.deepEqual(Object.keys(door).toSorted(), [...classes, ...functions, ...forTests].toSorted());
  });

  it("has functions that share one client, and with it connections", async () => {
    const before = server.connections();
    for (const call of [() => get(server.url), () => request("GET", server.url), () => door.post(server.url, { body: "x" })])
      assert.equal(await (await call()).text(), "text");
    assert.equal(server.connections() - before, 1);
  });
});

describe("A client", () => {
  it("uses its connection again, and another client has its own", async () => {
    await using first = new Client();
    await using second = first.extend({});
    const before = server.connections();
    for (const client of [first, first, second, second]) await (await client.get(server.url)).text();
    assert.equal(server.connections() - before, 2);
  });

  it("closes its connections, with close and with await using, and may still be asked", async () => {
    const own = await startEchoServer((response) => response.end("text"));
    {
      await using client = new Client({ idleTimeout: 60_000 });
      await (await client.get(own.url)).text();
    }
    await own.left();
    const client = new Client({ idleTimeout: 60_000 });
    await (await client.get(own.url)).text();
    client.close();
    await own.left();
    assert.equal(await (await client.get(own.url)).text(), "text");
    await own.left();
    assert.equal(own.connections(), 3);
    await own.close();
  });

  it("gives each call what it asked for, with 40 at once over 4 connections", async () => {
    const echo = await startEchoServer((response, { url }) => response.end(url));
    await using client = new Client({ baseUrl: echo.url, maxConnectionsPerOrigin: 4 });
    const paths = Array.from({ length: 40 }, (_, index) => `/${index}`);
    assert.deepEqual(await Promise.all(paths.map(async (path) => (await client.get(path)).text())), paths);
    assert.equal(echo.connections(), 4);
    await echo.close();
  });
});
