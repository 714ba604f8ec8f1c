import assert from "node:assert/strict";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { dial, HttpFailure, type DialOptions } from "../src/transport/index.ts";
import { makeIdentity, type Identity } from "../../../test/helpers/certificates.ts";
import { listen as listenOn } from "../../../test/helpers/listen.ts";
import { dialed } from "./helpers/dialed.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();
after(() => {
  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
});

/** Listens on loopback until the tests are over. */
function listen(server: Server, host?: string): Promise<number> {
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  servers.push(server);
  return listenOn(server, host);
}

describe("dial over TCP", () => {
  test("tells its steps in order, and who is on the other side", async () => {
    const port = await listen(createServer((socket) => socket.end("hello")));
    const { steps, text, end, connection } = await dialed({
      host: "localhost",
      port,
      lookup: (_host, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    assert.deepEqual([steps, text, end], [["dns", "connect", "open"], "hello", "orderly"]);
    assert.deepEqual(connection.peer, { host: "127.0.0.1", port });
    assert.equal(connection.local?.host, "127.0.0.1");
  });

  test("asks no resolver about an address", async () => {
    const port = await listen(createServer((socket) => socket.end()));
    const lookup = (): never => assert.fail("looked up");
    assert.deepEqual((await dialed({ host: "127.0.0.1", port, lookup })).steps, ["connect", "open"]);
  });

  test("goes on to the next address when one refuses", async () => {
    const port = await listen(createServer((socket) => socket.end("second")));
    const lookup: DialOptions["lookup"] = (_host, callback) =>
      callback(null, [
        { address: "127.0.0.2", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ]);
    assert.equal((await dialed({ host: "two.example", port, lookup })).text, "second");
  });

  test("tells what every address said when all refuse", async () => {
    const lookup: DialOptions["lookup"] = (_host, callback) =>
      callback(null, [
        { address: "127.0.0.1", family: 4 },
        { address: "127.0.0.2", family: 4 },
      ]);
    const { end } = await dialed({ host: "two.example", port: 1, lookup });
    assert.ok(end instanceof HttpFailure);
    assert.equal(end.code, "connect-refused");
    assert.match(end.reason, /^127\.0\.0\.1:1 refused .* Also tried: 127\.0\.0\.2:1: ECONNREFUSED\.$/);
    assert.equal((end.cause as AggregateError).errors.length, 2);
  });

  test("names what was looked up, also when connectTo has put it in the place of the URL's host", async () => {
    const lookup: DialOptions["lookup"] = (host, callback) => callback(Object.assign(new Error(host), { code: "ENOTFOUND" }), []);
    const { end } = await dialed({ host: "device.example", port: 80, lookup, connectTo: { "device.example:80": "other.example:81" } });
    assert.ok(end instanceof HttpFailure);
    assert.match(end.reason, /^the name "other\.example" has no address/);
  });

  test("refuses a port that is none in the call, for a name as for an address", () => {
    const handlers = { onOpen: () => {}, onData: () => {}, onEnd: () => {}, onError: () => {} };
    for (const host of ["127.0.0.1", "localhost"])
      for (const port of [-1, 65_536, 1.5, Number.NaN]) assert.throws(() => dial({ host, port }, handlers), { name: "RangeError" });
  });

  test("reads on after its own end", async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) =>
      socket.on("data", () => {}).on("end", () => socket.end("after the end")),
    );
    const port = await listen(server);
    assert.equal((await dialed({ host: "127.0.0.1", port }, (connection) => connection.end())).text, "after the end");
  });

  test("never takes a reset for an end, also when it comes with the last bytes", async () => {
    const port = await listen(createServer((socket) => void socket.write("cut", () => setTimeout(() => socket.resetAndDestroy(), 1))));
    const ends: unknown[] = [];
    for (let time = 0; time < 600; time++) {
      const { end } = await dialed({ host: "127.0.0.1", port });
      ends.push(end instanceof HttpFailure ? end.code : end);
    }
    assert.deepEqual(new Set(ends), new Set(["connection-reset"]));
  });

  test("holds bytes back while it is paused", async () => {
    const port = await listen(createServer((socket) => socket.end("x".repeat(1_000_000))));
    let seen = 0;
    await new Promise<void>((resolve) => {
      const connection = dial(
        { host: "127.0.0.1", port },
        {
          onOpen: () => {},
          onData: (bytes) => {
            if (seen === 0) {
              connection.pause();
              const before = bytes.length;
              setTimeout(() => {
                assert.equal(seen, before);
                connection.resume();
              }, 50);
            }
            seen += bytes.length;
          },
          onEnd: () => resolve(),
          onError: (failure) => assert.fail(failure),
        },
      );
    });
    assert.equal(seen, 1_000_000);
  });

  test("tells when a full pipe has drained", async () => {
    let received = 0;
    const port = await listen(
      createServer((socket) => void setTimeout(() => socket.on("data", (bytes) => (received += bytes.length)), 50)),
    );
    await new Promise<void>((resolve) => {
      const connection = dial(
        { host: "127.0.0.1", port },
        {
          onOpen: () => assert.equal(connection.write(new Uint8Array(20_000_000)), false),
          onDrain: () => {
            connection.destroy();
            resolve();
          },
          onData: () => {},
          onEnd: () => {},
          onError: (failure) => assert.fail(failure),
        },
      );
    });
    assert.ok(received > 1_000_000);
  });

  test("opens no socket when it is destroyed as connecting begins", async () => {
    let connected = 0;
    const port = await listen(
      createServer((socket) => {
        connected++;
        socket.end();
      }),
    );
    const lookup: DialOptions["lookup"] = (_host, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]);
    const silent = { onOpen: () => assert.fail("open"), onData: () => {}, onEnd: () => {}, onError: () => assert.fail("error") };
    const connection = dial(
      { host: "one.example", port, lookup },
      { ...silent, onStep: (step) => step === "connect" && connection.destroy() },
    );
    // The server takes connections in turn: an earlier one would have been counted.
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal((await dialed({ host: "127.0.0.1", port })).end, "orderly");
    assert.equal(connected, 1);
  });

  test("says nothing any more once it is destroyed, in any state", async () => {
    const port = await listen(createServer((socket) => socket.end("late")));
    const silent = {
      onOpen: () => assert.fail("open"),
      onData: () => assert.fail("data"),
      onEnd: () => assert.fail("end"),
      onError: () => assert.fail("error"),
    };
    dial({ host: "127.0.0.1", port }, silent).destroy();
    dial({ host: "127.0.0.1", port: 1 }, silent).destroy();
    dial(
      {
        host: "slow.example",
        port,
        lookup: (_host, callback) => void setTimeout(() => callback(null, [{ address: "127.0.0.1", family: 4 }]), 10),
      },
      silent,
    ).destroy();
    await new Promise((resolve) => setTimeout(resolve, 60));
  });
});

describe("dial over TLS", () => {
  let identity: Identity;
  before(async () => {
    identity = await makeIdentity({ names: ["localhost", "device.example", "127.0.0.1"] });
  });
  const tlsServer = (answer: (socket: TLSSocket) => void, more: object = {}): Promise<number> =>
    listen(
      createTlsServer({ ...identity, ...more }, (socket) => {
        socket.on("error", () => {});
        // A server of Node's that ends in the very event of the handshake sends no close_notify: that would be a cut.
        setTimeout(answer, 5, socket);
      }).on("tlsClientError", () => {}),
    );
  const tls = (): { ca: string } => ({ ca: identity.cert });

  test("names the host in SNI and checks the certificate for it, also when the address is another", async () => {
    const port = await tlsServer((socket) => socket.end(`for ${String(socket.servername)}`));
    const told = await dialed({ host: "device.example", port: 443, tls: tls(), connectTo: { "device.example:443": `127.0.0.1:${port}` } });
    assert.deepEqual([told.steps, told.text, told.end], [["connect", "tls", "open"], "for device.example", "orderly"]);
  });

  test("sends no SNI for an address, and checks the address", async () => {
    const port = await tlsServer((socket) => socket.end(`for ${String(socket.servername)}`));
    assert.equal((await dialed({ host: "127.0.0.1", port, tls: tls() })).text, "for false");
  });

  test("takes another name when it is told to", async () => {
    const port = await tlsServer((socket) => socket.end(String(socket.servername)));
    assert.equal((await dialed({ host: "127.0.0.1", port, tls: { ...tls(), servername: "device.example" } })).text, "device.example");
  });

  test("shows a client certificate", async () => {
    const client = await makeIdentity({ commonName: "a client" });
    const port = await tlsServer((socket) => socket.end(String(socket.getPeerCertificate().subject.CN)), {
      requestCert: true,
      rejectUnauthorized: false,
    });
    assert.equal((await dialed({ host: "localhost", port, tls: { ...tls(), ...client } })).text, "a client");
  });

  test("without verification opens all the same, and knows what is wrong", async () => {
    const port = await tlsServer((socket) => socket.end("taken"));
    const wrong = await dialed({ host: "localhost", port, tls: { verify: false } });
    assert.deepEqual([wrong.text, wrong.connection.certificateProblem?.code], ["taken", "tls-self-signed"]);
    const right = await dialed({ host: "localhost", port, tls: { verify: false, ...tls() } });
    assert.deepEqual([right.text, right.connection.certificateProblem], ["taken", undefined]);
  });

  /** Passes TLS through, and ends the client's side with FIN or RST when the server's last bytes have gone by. */
  const cutter = (port: number, cut: (socket: Socket) => void): Promise<number> =>
    listen(
      createServer({ allowHalfOpen: true }, (socket) => {
        const upstream = connect(port, "127.0.0.1");
        upstream.on("error", () => {});
        socket.pipe(upstream);
        upstream.on("data", (bytes) => socket.write(bytes));
        setTimeout(() => cut(socket), 150);
      }),
    );

  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    test(`tells an orderly end from a cut one (${maxVersion})`, async () => {
      const ending = await tlsServer((socket) => socket.end("whole"), { maxVersion });
      const orderly = await dialed({ host: "localhost", port: ending, tls: tls() });
      assert.deepEqual([orderly.text, orderly.end], ["whole", "orderly"]);
      const staying = await tlsServer((socket) => void socket.write("part"), { maxVersion });
      const cut = await dialed({ host: "localhost", port: await cutter(staying, (socket) => socket.end()), tls: tls() });
      assert.deepEqual([cut.text, cut.end], ["part", "truncated"]);
      const reset = await dialed({ host: "localhost", port: await cutter(staying, (socket) => void socket.resetAndDestroy()), tls: tls() });
      assert.ok(reset.end instanceof HttpFailure);
      assert.deepEqual([reset.text, reset.end.code], ["part", "connection-reset"]);
    });
  }

  test("holds bytes back while it is paused, and the peer with them", async () => {
    const size = 30_000_000;
    let sent = 0;
    const port = await tlsServer((socket) => {
      socket.write(Buffer.alloc(size));
      setTimeout(() => (sent = socket.bytesWritten - socket.writableLength), 200);
    });
    let seen = 0;
    await new Promise<void>((resolve) => {
      let paused = false;
      const connection = dial(
        { host: "localhost", port, tls: tls() },
        {
          onOpen: () => {},
          onData: (bytes) => {
            assert.equal(paused, false);
            if (seen === 0) {
              paused = true;
              connection.pause();
              setTimeout(() => {
                paused = false;
                connection.resume();
              }, 300);
            }
            seen += bytes.length;
            if (seen === size) {
              connection.destroy();
              resolve();
            }
          },
          onEnd: () => assert.fail("ended"),
          onError: (failure) => assert.fail(failure),
        },
      );
    });
    assert.ok(sent < size, `${sent} bytes had gone`);
  });

  test("carries 5 MB both ways, byte for byte", async () => {
    const bytes = Buffer.alloc(
      5_000_000,
      Uint8Array.from({ length: 251 }, (_, index) => index),
    );
    const port = await tlsServer((socket) => socket.pipe(socket));
    let received = 0;
    const wrong: number[] = [];
    await new Promise<void>((resolve) => {
      const connection = dial(
        { host: "localhost", port, tls: tls() },
        {
          onOpen: () => void connection.write(bytes),
          onData: (piece) => {
            if (!bytes.subarray(received, received + piece.length).equals(piece)) wrong.push(received);
            received += piece.length;
            if (received === bytes.length) {
              connection.destroy();
              resolve();
            }
          },
          onEnd: () => {},
          onError: (failure) => assert.fail(failure),
        },
      );
    });
    assert.deepEqual(wrong, []);
  });
});
