import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { TLSSocket } from "node:tls";
import { createHttp, type HttpExchange } from "../src/index.ts";
import { dial, HttpFailure, type Connection, type DialOptions } from "../src/transport/index.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";

let identity: Identity;
before(async () => {
  identity = await makeIdentity();
});

const servers: Server[] = [];
const sockets: Socket[] = [];
after(() => {
  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
});

async function listen(accept: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    accept(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** What a connection hears that goes on writing, in the very moment, when the server has answered and reset it. */
async function heardWhileWriting(secure: boolean): Promise<{ text: string; end: unknown }> {
  let connection: Connection | undefined;
  const port = await listen((raw) => {
    const socket = secure ? new TLSSocket(raw, { isServer: true, key: identity.key, cert: identity.cert }) : raw;
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write("the answer");
      raw.resetAndDestroy();
      connection?.write("more");
    });
  });
  const options: DialOptions = { host: "127.0.0.1", port, ...(secure && { tls: { ca: identity.cert } }) };
  return new Promise((resolve) => {
    let text = "";
    connection = dial(options, {
      onOpen: () => void connection?.write("some"),
      onData: (bytes) => (text += Buffer.from(bytes).toString("latin1")),
      onEnd: (truncated) => resolve({ text, end: truncated }),
      onError: (end) => resolve({ text, end }),
    });
  });
}

for (const secure of [false, true]) {
  test(`what a server said before it reset the connection is heard although a write has failed (${secure ? "TLS" : "TCP"})`, async () => {
    const { text, end } = await heardWhileWriting(secure);
    assert.equal(text, "the answer");
    assert.ok(end instanceof HttpFailure);
    assert.equal(end.code, "connection-reset");
  });
}

test("an upload that the server does not read is not counted as sent", async () => {
  const port = await listen((socket) => void socket.pause());
  const exchange = await new Promise<HttpExchange>((resolve) =>
    createHttp({ timeout: 300, onExchange: resolve }).post(`http://127.0.0.1:${port}/`, null, new Uint8Array(50_000_000)),
  );
  assert.equal(exchange.failure?.phase, "send");
  assert.ok(exchange.bytesSent > 100_000 && exchange.bytesSent < 40_000_000, String(exchange.bytesSent));
});

test("a body of every size around the size of a piece arrives whole", async () => {
  const port = await listen((socket) => {
    let received = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      const end = received.indexOf("\r\n\r\n") + 4;
      const length = Number(/Content-Length: (\d+)/.exec(received.toString("latin1"))?.[1]);
      if (end < 4 || received.length < end + length) return;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`);
      socket.end(received.subarray(end));
    });
  });
  const http = createHttp({ body: "bytes" });
  for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_001]) {
    const body = Uint8Array.from({ length: size }, (_, index) => index % 251);
    const data = await new Promise((resolve) => http.post(`http://127.0.0.1:${port}/`, null, body, (_code, bytes) => resolve(bytes)));
    assert.deepEqual(data, body);
  }
});
