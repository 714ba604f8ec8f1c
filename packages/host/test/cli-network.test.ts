import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Server } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { listen } from "../../../test/helpers/listen.ts";
import { makeCertificate } from "../src/httpbin/index.ts";
import { nodemcu, workspace } from "./helpers/workspace.ts";
import type { RecordingIo } from "./helpers/recording-io.ts";

const get = (url: string): string => `http.get("${url}", nil, function(code, data) print(code, data) end)`;

describe("the network of nodemcu run", () => {
  const servers: Server[] = [];
  let port = 0;
  let tlsPort = 0;
  let certificate = "";

  before(async () => {
    const made = await makeCertificate();
    certificate = made.certificate;
    const plain = createServer((request, response) => response.end(`plain ${request.headers.host} ${request.url}`));
    const tls = createTlsServer({ cert: certificate, key: made.key }, (request, response) => response.end(`tls ${request.headers.host}`));
    servers.push(plain, tls);
    port = await listen(plain);
    tlsPort = await listen(tls);
  });
  after(() => servers.forEach((server) => server.close()));

  test("--connect-to leads one address elsewhere; the request keeps its name", async () => {
    const folder = workspace({ "a.lua": get("http://example.test/x?y=1") });
    const { exit, out, err } = await nodemcu(folder, ["run", "--connect-to", `Example.Test:80:127.0.0.1:${port}`, "a.lua"]);
    assert.deepEqual([exit, out, err], [0, "200\tplain example.test /x?y=1\n", ""]);
  });

  test("--connect-to serves net as well", async () => {
    const source = `local s = net.createConnection(net.TCP, 0)
      s:on("connection", function() s:send("GET / HTTP/1.0\\r\\nHost: raw\\r\\n\\r\\n") end)
      s:on("receive", function(_, data) print(data:match("plain.*")) end)
      s:connect(80, "example.test")`;
    const { out } = await nodemcu(workspace({ "a.lua": source }), ["run", "--connect-to", `example.test:80:127.0.0.1:${port}`, "a.lua"]);
    assert.equal(out, "plain raw /\n");
  });

  test("of two --connect-to for one address the first counts, as in curl", async () => {
    const folder = workspace({ "a.lua": get("http://example.test/") });
    const args = ["run", "--connect-to", `example.test:80:127.0.0.1:${port}`, "--connect-to", "example.test:80:127.0.0.1:1", "a.lua"];
    assert.equal((await nodemcu(folder, args)).out, "200\tplain example.test /\n");
  });

  const tlsArgs = (): string[] => ["run", "--connect-to", `httpbin.org:443:127.0.0.1:${tlsPort}`];

  test("a certificate that does not verify is accepted as on the chip, with a warning", async () => {
    const { exit, out, err } = await nodemcu(workspace({ "a.lua": get("https://httpbin.org/") }), [...tlsArgs(), "a.lua"]);
    assert.deepEqual([exit, out], [0, "200\ttls httpbin.org\n"]);
    assert.match(err, /^a\.lua:1: warning\[tls-not-verified\]: GET https:\/\/httpbin\.org\/: /);
  });

  test("--insecure wants to hear nothing of it", async () => {
    const { out, err } = await nodemcu(workspace({ "a.lua": get("https://httpbin.org/") }), [...tlsArgs(), "--insecure", "a.lua"]);
    assert.deepEqual([out, err], ["200\ttls httpbin.org\n", ""]);
  });

  test("--cacert makes it one that verifies, whether the script asks or not", async () => {
    const folder = workspace({
      "a.lua": get("https://httpbin.org/"),
      "b.lua": `tls.cert.verify(true) ${get("https://httpbin.org/")}`,
      "ca.pem": certificate,
    });
    const { out, err } = await nodemcu(folder, [...tlsArgs(), "--cacert", "ca.pem", "a.lua", "b.lua"]);
    assert.deepEqual([out, err], ["200\ttls httpbin.org\n200\ttls httpbin.org\n", "== a.lua\n== b.lua\n"]);
  });

  test("a script that asks for verification is refused without it, unless --insecure", async () => {
    const folder = workspace({ "a.lua": `tls.cert.verify(true) ${get("https://httpbin.org/")}` });
    const refused = await nodemcu(folder, [...tlsArgs(), "a.lua"]);
    assert.deepEqual([refused.exit, refused.out], [0, "-1\tnil\n"]);
    assert.match(refused.err, /^a\.lua:1: warning\[request-failed\]: GET https:\/\/httpbin\.org\/: /);
    assert.equal((await nodemcu(folder, [...tlsArgs(), "--insecure", "a.lua"])).out, "200\ttls httpbin.org\n");
  });

  test("--httpbin answers for httpbin.org over http and https, trusted for this run", async () => {
    const source = `tls.cert.verify(true)
      http.get("http://httpbin.org/status/204", nil, function(code) print("http", code)
        http.get("https://httpbin.org/status/418", nil, function(code) print("https", code) end) end)`;
    const { exit, out, err } = await nodemcu(workspace({ "a.lua": source }), ["run", "--httpbin", "a.lua"]);
    assert.deepEqual([exit, out, err], [0, "http\t204\nhttps\t418\n", ""]);
  });

  test("an explicit --connect-to wins over --httpbin", async () => {
    const folder = workspace({ "a.lua": get("http://httpbin.org/get") });
    const { out } = await nodemcu(folder, ["run", "--httpbin", "--connect-to", `httpbin.org:80:127.0.0.1:${port}`, "a.lua"]);
    assert.equal(out, "200\tplain httpbin.org /get\n");
  });

  test("exchanges are in the report, with what failed and why", async () => {
    const folder = workspace({ "a.lua": get(`http://127.0.0.1:${port}/ok`), "b.lua": `\n${get("ftp://example.test/")}` });
    await nodemcu(folder, ["run", "--report", "r.json", "a.lua", "b.lua"]);
    interface Entry {
      script: string;
      method: string;
      url: string;
      status: number;
      bytesSent: number;
      bytesReceived: number;
      timings: { total: number };
      failure?: { code: string; phase: string; message: string };
      place: unknown;
    }
    const { exchanges }: { exchanges: Entry[] } = JSON.parse(readFileSync(join(folder, "r.json"), "utf8"));
    const [ok, failed] = exchanges;
    assert.ok(ok && failed && exchanges.length === 2);
    assert.deepEqual(
      [ok.script, ok.method, ok.url, ok.status, ok.place],
      ["a.lua", "GET", `http://127.0.0.1:${port}/ok`, 200, { file: "a.lua", line: 1 }],
    );
    assert.ok(ok.bytesSent > 0 && ok.bytesReceived > 0 && ok.timings.total >= 0);
    assert.deepEqual([failed.script, failed.status, failed.failure?.code, failed.failure?.phase], ["b.lua", -1, "invalid-url", "request"]);
    assert.match(failed.failure?.message ?? "", /ftp/);
  });
});

describe("nodemcu httpbin", () => {
  test("prints its two addresses, serves until a signal comes, and stops", async () => {
    let answered = Promise.resolve("");
    const during = (io: RecordingIo): void => {
      answered = (async () => {
        while (io.out().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        const [url = ""] = io.out().toString().split("\n");
        const text = await (await fetch(`${url}/user-agent`, { headers: { "user-agent": "me", connection: "close" } })).text();
        io.signal("SIGTERM");
        return text;
      })();
    };
    const { exit, out } = await nodemcu(workspace(), ["httpbin", "--port", "0", "--tls-port", "0"], during);
    assert.equal(exit, 143);
    assert.match(out, /^http:\/\/127\.0\.0\.1:\d+\nhttps:\/\/127\.0\.0\.1:\d+\n$/);
    assert.match(await answered, /"user-agent": "me"/);
  });

  test("says when its port is taken", async () => {
    const server = createServer();
    const port = await listen(server);
    const { exit, err } = await nodemcu(workspace(), ["httpbin", "--port", String(port), "--tls-port", "0"]);
    server.close();
    assert.equal(exit, 2);
    assert.match(err, new RegExp(`port ${port} is taken; choose another with --port`));
  });
});
