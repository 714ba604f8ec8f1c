// What `npm run nodes` runs against the packed package, in its own folder, under each Node: one line of JSON per check.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { http } from "nodemcu-http";
import { Client, fetch, mockTransport } from "nodemcu-http/client";

const DEVICES = [{ name: "lamp" }, { name: "fan" }];
const UPLOAD = 300_000;

type Route = (request: IncomingMessage, response: ServerResponse) => void;

const ROUTES: Readonly<Record<string, Route>> = {
  "/text": (_request, response) => response.end("hello"),
  "/json": (_request, response) => response.end(JSON.stringify(DEVICES)),
  "/gzip": (_request, response) => response.setHeader("Content-Encoding", "gzip").end(gzipSync(JSON.stringify(DEVICES))),
  "/upload": (request, response) => {
    let length = 0;
    request.on("data", (bytes: Buffer) => (length += bytes.length)).once("end", () => response.end(String(length)));
  },
};

const serve: Route = (request, response) => {
  const route = ROUTES[request.url ?? ""];
  if (route) route(request, response);
  else response.writeHead(404).end();
};

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(address !== null && typeof address === "object" ? address.port : 0);
    });
  });
}

function* pieces(): Generator<Buffer> {
  for (let sent = 0; sent < UPLOAD; sent += 30_000) yield Buffer.alloc(30_000, "x");
}

const [cert, key] = [readFileSync("certificate.pem", "utf8"), readFileSync("key.pem", "utf8")];
const [plain, tls] = [createServer(serve), createTlsServer({ cert, key }, serve)];
const origin = `http://127.0.0.1:${await listen(plain)}`;
const tlsOrigin = `https://127.0.0.1:${await listen(tls)}`;
const client = new Client({ baseUrl: origin });

const CHECKS: Readonly<Record<string, () => Promise<void>>> = {
  "contract: get": async () => {
    const got = await new Promise((resolve) => {
      http.get(`${origin}/text`, null, (code, body) => resolve([code, body]));
    });
    assert.deepEqual(got, [200, "hello"]);
  },
  "client: get": async () => assert.equal(await (await client.get("/text")).text(), "hello"),
  "client: json": async () => assert.deepEqual(await (await client.get("/json")).json(), DEVICES),
  "client: fetch": async () => {
    const response = await fetch(`${origin}/json`);
    assert.ok(response instanceof Response);
    assert.deepEqual(await response.json(), DEVICES);
  },
  "client: gzip": async () => assert.deepEqual(await (await client.get("/gzip")).json(), DEVICES),
  "client: upload by stream": async () => {
    const response = await client.post("/upload", { body: Readable.from(pieces()) });
    assert.equal(await response.text(), String(UPLOAD));
  },
  "client: TLS": async () => {
    await using trusting = new Client({ tls: { ca: cert } });
    assert.equal(await (await trusting.get(`${tlsOrigin}/text`)).text(), "hello");
    await assert.rejects(client.get(`${tlsOrigin}/text`), { code: "tls-self-signed" });
  },
  "client: mock": async () => {
    const transport = mockTransport([{ url: "https://api.example.com/devices", reply: { json: DEVICES } }]);
    const mocked = new Client({ transport });
    assert.deepEqual(await (await mocked.get("https://api.example.com/devices")).json(), DEVICES);
  },
};

for (const [name, check] of Object.entries(CHECKS)) {
  const error = await check().then(
    () => undefined,
    (reason: unknown) => String(reason),
  );
  process.stdout.write(`${JSON.stringify({ name, error })}\n`);
}
client.close();
for (const server of [plain, tls]) {
  server.closeAllConnections();
  server.close();
}
