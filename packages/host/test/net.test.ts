import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { Socket } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import { freePort } from "../../../test/helpers/listen.ts";
import { Device } from "../src/device/index.ts";
import type { Diagnostic, HostClock } from "../src/device/index.ts";
import { openOverlayFlash } from "../src/flash/index.ts";
import { makeCertificate } from "../src/httpbin/index.ts";
import { listen, listenTls } from "./helpers/loopback.ts";
import type { Loopback } from "./helpers/loopback.ts";
import { printed, runScript } from "./helpers/run-script.ts";

const servers: Loopback[] = [];

async function serve(handler: (socket: Socket) => void): Promise<number> {
  const server = await listen(handler);
  servers.push(server);
  return server.port;
}

afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

/** Its end, by whatever cause. */
const closing = (peer: Socket): Promise<unknown> => new Promise((resolve) => peer.once("close", resolve));

const codes = (diagnostics: readonly Diagnostic[]): (string | number | undefined)[][] =>
  diagnostics.map(({ code, place }) => [code, place?.line]);

async function raised(expression: string): Promise<string> {
  const lines = await printed(`print((select(2, pcall(function() ${expression} end)):gsub("^test.lua:%d+: ", "")))`);
  return lines.join("\n");
}

/** Everything a socket tells, printed; `connect` makes the connection. */
const telling = (events: string, connect: string): string => `
  local socket = net.createConnection(net.TCP, 0)
  for event in ("${events}"):gmatch("%a+") do
    socket:on(event, function(s, ...) print(event, s == socket, ...) end)
  end
  ${connect}`;

describe("a socket of net", () => {
  test("tells of the address, the connection, what was sent, what came, and the end, in this order", async () => {
    const port = await serve((peer) => peer.once("data", (data) => peer.end(`<${data.toString()}>`)));
    const source = `${telling("dns connection sent receive disconnection", `socket:connect(${port}, "127.0.0.1")`)}
      socket:on("connection", function(s) print("connection", s == socket) s:send("hello") end)`;
    assert.deepEqual(await printed(source), [
      "dns\ttrue\t127.0.0.1",
      "connection\ttrue",
      "sent\ttrue",
      "receive\ttrue\t<hello>",
      "disconnection\ttrue\t0",
    ]);
  });

  test("streams a page larger than the heap, in pieces of at most 1460 bytes, every byte in its place", async () => {
    const page = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
    const port = await serve((peer) => peer.end(page));
    const source = `
      local total, largest, sum = 0, 0, 0
      local socket = net.createConnection()
      socket:on("receive", function(_, data)
        largest = math.max(largest, #data)
        for i = 1, #data do total = total + 1 sum = (sum * 31 + data:byte(i)) % 65521 end
      end)
      socket:on("disconnection", function() print(total, largest, sum) end)
      socket:connect(${port}, "127.0.0.1")`;
    const sum = page.reduce((so, byte) => (so * 31 + byte) % 65_521, 0);
    assert.deepEqual(await printed(source), [`${page.length}\t1460\t${sum}`]);
  });

  test("sends all byte values, and the bytes of several sends in order", async () => {
    const received: Buffer[] = [];
    const port = await serve((peer) => peer.on("data", (data) => received.push(data)).on("end", () => peer.end()));
    const source = `
      local all = "" for i = 0, 255 do all = all .. string.char(i) end
      local socket = net.createConnection()
      socket:connect(${port}, "127.0.0.1", function(s) s:send(all) s:send("second") s:send(3) s:close() end)`;
    await printed(source);
    const all = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte));
    assert.deepEqual(Buffer.concat(received), Buffer.concat([all, Buffer.from("second3")]));
  });

  test("a long body sent by sent callbacks arrives whole", async () => {
    let bytes = 0;
    const port = await serve((peer) => peer.on("data", (data) => (bytes += data.length)).on("end", () => peer.end()));
    const source = `
      local left, piece = 200, ("x"):rep(1400)
      local socket = net.createConnection()
      local function more(s) if left == 0 then s:close() return end left = left - 1 s:send(piece, more) end
      socket:on("connection", more)
      socket:connect(${port}, "127.0.0.1")`;
    await printed(source);
    assert.equal(bytes, 200 * 1400);
  });

  test("a refused connection is a disconnection with lwIP's number, and one diagnostic at the line of connect", async () => {
    const port = await freePort();
    const { lines, diagnostics } = await runScript(`${telling("connection disconnection", "")}
      socket:connect(${port}, "127.0.0.1")`);
    assert.deepEqual(lines, ["disconnection\ttrue\t-9"]);
    assert.deepEqual(codes(diagnostics), [["connection-failed", 7]]);
    assert.match(diagnostics[0]?.message ?? "", new RegExp(`^127\\.0\\.0\\.1:${port}: .*refused`));
  });

  test("errors go to reconnection when there is one", async () => {
    const port = await freePort();
    const { lines } = await runScript(telling("reconnection disconnection", `socket:connect(${port}, "127.0.0.1")`));
    assert.deepEqual(lines, ["reconnection\ttrue\t-9"]);
  });

  test("a reset connection is told behind what had come, with its diagnostic", async () => {
    const port = await serve((peer) => {
      peer.write("before");
      peer.once("data", () => peer.resetAndDestroy());
    });
    const { lines, diagnostics } = await runScript(`${telling("receive disconnection", "")}
      socket:on("receive", function(s, data) print("receive", data) s:send("now") end)
      socket:connect(${port}, "127.0.0.1")`);
    assert.deepEqual(lines, ["receive\tbefore", "disconnection\ttrue\t-9"]);
    assert.deepEqual(codes(diagnostics), [["connection-lost", 8]]);
  });

  test("is free again in its disconnection callback, and can connect anew", async () => {
    let count = 0;
    const port = await serve((peer) => peer.end(`answer ${++count}`));
    const source = `
      local socket = net.createConnection()
      socket:on("receive", function(_, data) print(data) end)
      socket:on("disconnection", function(s) print(s:getpeer()) if again then return end again = true s:connect(${port}, "127.0.0.1") end)
      socket:connect(${port}, "127.0.0.1")`;
    assert.deepEqual(await printed(source), ["answer 1", "nil\tnil", "answer 2", "nil\tnil"]);
  });

  test("calls nothing after close, although more had come", async () => {
    const port = await serve((peer) => peer.end("x".repeat(20_000)));
    const source = telling(
      "sent disconnection",
      `
      local pieces = 0
      socket:on("receive", function(s) pieces = pieces + 1 print(pieces) s:close() print(s:getpeer()) end)
      socket:connect(${port}, "127.0.0.1")`,
    );
    assert.deepEqual(await printed(source), ["1", "nil\tnil"]);
  });

  test("sends all that it was given before it closes", async () => {
    let bytes = 0;
    const port = await serve((peer) => {
      peer.write("something that nobody reads");
      peer.on("data", (data) => (bytes += data.length)).on("end", () => peer.end());
    });
    await printed(
      `
      local piece = ("x"):rep(30000)
      net.createConnection():connect(${port}, "127.0.0.1", function(s) for i = 1, 500 do s:send(piece) end s:close() end)`,
      { heap: 1024 * 1024 },
    );
    assert.equal(bytes, 500 * 30_000);
  });

  test("waits as long as it takes to send what it was given, not just for a while", async () => {
    let bytes = 0;
    const port = await serve((peer) => peer.on("data", (data) => (bytes += data.length)).on("end", () => peer.end()));
    const hastyClock: HostClock = {
      now: () => performance.now(),
      after(_ms, callback) {
        const timer = setImmediate(callback);
        return () => clearImmediate(timer);
      },
      wallSeconds: () => 0,
      sleep: () => {},
    };
    const source = `
      local piece = ("x"):rep(30000)
      net.createConnection():connect(${port}, "127.0.0.1", function(s) for i = 1, 500 do s:send(piece) end s:close() end)`;
    const { outcome } = await runScript(source, { heap: 1024 * 1024, clock: hastyClock });
    assert.equal(outcome.end, "idle");
    await servers[0]?.idle();
    assert.equal(bytes, 500 * 30_000);
  });

  test("held, it makes the other side wait", async () => {
    const page = Buffer.alloc(64 * 1024 * 1024);
    let sentAll = false;
    let closed = Promise.resolve<unknown>(undefined);
    const port = await serve((peer) => {
      closed = closing(peer);
      peer.once("finish", () => (sentAll = true)).end(page);
    });
    await runScript(`
      local socket = net.createConnection()
      socket:on("receive", function(s) s:hold() tmr.create():alarm(200, 0, node.restart) end)
      socket:connect(${port}, "127.0.0.1")`);
    await closed;
    assert.equal(sentAll, false);
  });

  test("can be closed while it connects", async () => {
    const port = await serve(() => {});
    const source = telling("connection disconnection", `socket:connect(${port}, "127.0.0.1") socket:close() print("closed")`);
    assert.deepEqual(await printed(source), ["closed"]);
  });

  test("held, it hands over nothing until it is told to go on", async () => {
    const port = await serve((peer) => peer.end("x".repeat(10_000)));
    const source = `
      local total, held = 0, false
      local socket = net.createConnection()
      socket:on("receive", function(s, data)
        if held then print("received while held") end
        total = total + #data
        if total == 1460 then s:hold() held = true tmr.create():alarm(50, 0, function() held = false s:unhold() end) end
      end)
      socket:on("disconnection", function() print(total, held) end)
      socket:connect(${port}, "127.0.0.1")`;
    assert.deepEqual(await printed(source), ["10000\tfalse"]);
  });

  test("knows both ends of its connection while there is one", async () => {
    const port = await serve((peer) => peer.on("end", () => peer.end()));
    const source = `
      local socket = net.createConnection()
      print(socket:getpeer()) print(socket:getaddr())
      socket:connect(${port}, "127.0.0.1", function(s)
        print(s:getpeer())
        local port, ip = s:getaddr()
        print(type(port), ip)
        s:close()
      end)`;
    assert.deepEqual(await printed(source), ["nil\tnil", "nil\tnil", `${port}\t127.0.0.1`, "number\t127.0.0.1"]);
  });

  test("lives without a reference to it as long as it is connected", async () => {
    const port = await serve((peer) => void setTimeout(() => peer.end("late"), 50));
    const source = `
      do
        local socket = net.createConnection()
        socket:on("receive", function(_, data) print(data) end)
        socket:connect(${port}, "127.0.0.1", function() collectgarbage() collectgarbage() end)
      end
      collectgarbage()`;
    assert.deepEqual(await printed(source), ["late"]);
  });

  test("is collected when nobody refers to it", async () => {
    const source = `
      local weak = setmetatable({}, {__mode = "v"})
      for i = 1, 50 do weak[i] = net.createConnection() weak[i]:on("receive", function() end) end
      collectgarbage() collectgarbage()
      print(next(weak))`;
    assert.deepEqual(await printed(source), ["nil"]);
  });

  test("a callback can be taken back", async () => {
    const port = await serve((peer) => peer.end("x"));
    const source = telling("receive disconnection", `socket:on("receive", nil) socket:connect(${port}, "127.0.0.1")`);
    assert.deepEqual(await printed(source), ["disconnection\ttrue\t0"]);
  });

  test("an error in a callback ends the run, with the socket", async () => {
    let closed = Promise.resolve<unknown>(undefined);
    const port = await serve((peer) => {
      closed = closing(peer);
      peer.write("x");
      peer.on("end", () => peer.end());
    });
    const { outcome, diagnostics } = await runScript(
      `local s = net.createConnection() s:on("receive", function() error("oh") end) s:connect(${port}, "127.0.0.1")`,
    );
    assert.equal(outcome.end, "error");
    assert.deepEqual(codes(diagnostics), [["callback-error", 1]]);
    await closed;
  });

  test("holds the run while it is connected, under its name, and goes with it", async () => {
    const events = new EventEmitter();
    const open = once(events, "open");
    let closed = Promise.resolve<unknown>(undefined);
    const port = await serve((peer) => {
      closed = closing(peer);
      peer.on("end", () => peer.end());
      events.emit("open");
    });
    const device = new Device({ flash: openOverlayFlash() });
    const run = device.run(Buffer.from(`net.createConnection():connect(${port}, "127.0.0.1")`), "test.lua");
    await open;
    assert.deepEqual(device.pending, [`socket to 127.0.0.1:${port}`]);
    device.stop("enough");
    assert.equal((await run).end, "stopped");
    await closed;
  });

  const refusals: [code: string, message: string][] = [
    [`net.createConnection():send("x")`, "not connected"],
    [`net.createConnection():close()`, "not connected"],
    [`net.createConnection():send("")`, "no data to send"],
    [`net.createConnection():send()`, "bad argument #1 to 'send' (string expected, got no value)"],
    [`local s = net.createConnection() s:connect(1, "127.0.0.1") s:send("x")`, "not connected"],
    [`local s = net.createConnection() s:connect(1, "127.0.0.1") s:connect(1, "127.0.0.1")`, "already connected"],
    [`net.createConnection():connect(0, "127.0.0.1")`, "specify port"],
    [`net.createConnection():connect(80, "127.0.0.1", 5)`, "bad argument #3 to 'connect' (not a function)"],
    [`net.createConnection():on("data", print)`, "invalid callback name"],
    [`net.createConnection():on("receive", 5)`, "invalid callback function"],
    [`net.createConnection():on("receive")`, "invalid callback function"],
    [`net.createConnection(7)`, "invalid type"],
    [`net.createConnection(net.UDP)`, "UDP sockets are not supported by this host"],
  ];
  for (const [code, message] of refusals) test(`refuses ${code}`, async () => assert.equal(await raised(code), message));

  test("what this host lacks of net is nil, and said", async () => {
    const { diagnostics } = await runScript("print(net.createServer, net.dns)");
    assert.deepEqual(codes(diagnostics), [
      ["function-missing", 1],
      ["function-missing", 1],
    ]);
  });
});

describe("a socket of tls", () => {
  let certificate: { certificate: string; key: string };
  let server: Loopback;
  before(async () => {
    certificate = await makeCertificate();
    server = await listenTls(certificate, (peer) => peer.once("data", (data) => peer.end(`<${data.toString()}>`)));
  });
  after(() => server.close());

  const talking = (setup = "", create = "tls.createConnection()"): string => `${setup}
    local socket = ${create}
    for event in ("receive disconnection reconnection"):gmatch("%a+") do
      socket:on(event, function(s, ...) print(event, s == socket, ...) end)
    end
    socket:on("connection", function(s) s:send("hello") end)
    socket:connect(${server.port}, "127.0.0.1")`;
  const ANSWER = ["receive\ttrue\t<hello>", "disconnection\ttrue"];

  test("accepts any certificate by default, and the host says once that it would not verify", async () => {
    const { lines, diagnostics } = await runScript(`${talking()}
      socket:on("disconnection", function(s) if again then return end again = true s:connect(${server.port}, "127.0.0.1") end)`);
    assert.deepEqual(lines, ["receive\ttrue\t<hello>", "receive\ttrue\t<hello>"]);
    assert.deepEqual(codes(diagnostics), [["tls-not-verified", 7]]);
    assert.match(diagnostics[0]?.message ?? "", new RegExp(`^127\\.0\\.0\\.1:${server.port}: accepted without verification, although .+`));
  });

  test("says nothing of certificates when the run is insecure", async () => {
    const { lines, diagnostics } = await runScript(talking(), { network: { insecure: true } });
    assert.deepEqual(lines, ANSWER);
    assert.deepEqual(diagnostics, []);
  });

  for (const module of ["tls", "net"]) {
    test(`verifies against the certificate given to ${module}.cert.verify`, async () => {
      const pem = `[[${certificate.certificate}]]`;
      const { lines, diagnostics } = await runScript(talking(`print(${module}.cert.verify(${pem}))`));
      assert.deepEqual(lines, ["true", ...ANSWER]);
      assert.deepEqual(diagnostics, []);
    });
  }

  test("verifies against the run's trusted certificates after verify(true)", async () => {
    const trusting = await runScript(talking("tls.cert.verify(true)"), { network: { ca: certificate.certificate } });
    assert.deepEqual(trusting.lines, ANSWER);
    const other = await makeCertificate();
    const refused = await runScript(talking("tls.cert.verify(true)"), { network: { ca: other.certificate } });
    assert.deepEqual(refused.lines, ["reconnection\ttrue\tSSL handshake failed"]);
    assert.deepEqual(codes(refused.diagnostics), [["connection-failed", 7]]);
  });

  test("verify(false) switches it off again", async () => {
    const { lines } = await runScript(talking("tls.cert.verify(true) tls.cert.verify(false)"));
    assert.deepEqual(lines, ANSWER);
  });

  test("is what net.createConnection gives when asked for a secure one", async () => {
    assert.deepEqual(await printed(talking("", "net.createConnection(net.TCP, 1)")), ANSWER);
  });

  test("gives the peer's address before its port, and tells of its own close", async () => {
    const source = `
      local socket = tls.createConnection()
      print(socket:getpeer())
      socket:on("disconnection", function(s) print("closed", s == socket) end)
      socket:on("connection", function(s) print(s:getpeer()) s:close() print(s:getpeer()) end)
      socket:connect(${server.port}, "127.0.0.1")`;
    assert.deepEqual(await printed(source), ["nil\tnil", `127.0.0.1\t${server.port}`, "nil\tnil", "closed\ttrue"]);
  });

  test("sending too early does nothing, as on the device, and the host says so", async () => {
    const { outcome, diagnostics } = await runScript(`tls.createConnection():send("x") tls.createConnection():close()`);
    assert.equal(outcome.exit, 0);
    assert.deepEqual(codes(diagnostics), [["not-connected", 1]]);
  });

  test("a server that speaks no TLS is a failed handshake", async () => {
    const port = await serve((peer) => peer.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const { lines } = await runScript(`local s = tls.createConnection()
      s:on("reconnection", function(_, why) print(why) end) s:connect(${port}, "127.0.0.1")`);
    assert.deepEqual(lines, ["SSL handshake failed"]);
  });

  const refusals: [code: string, message: string][] = [
    [`tls.cert.verify("certificate")`, "No PEM header"],
    [`tls.cert.verify("-----BEGIN RSA PRIVATE KEY-----\\nAA==\\n-----END RSA PRIVATE KEY-----\\n")`, "Wrong PEM type"],
    [`tls.cert.verify("-----BEGIN CERTIFICATE-----")`, "Incorrect PEM format"],
    [`tls.cert.verify("-----BEGIN CERTIFICATE-----\\n(AA)\\n-----END CERTIFICATE-----\\n")`, "Invalid character in PEM"],
    [`tls.cert.verify("-----BEGIN CERTIFICATE-----\\nAA==\\n-----END X-----\\n")`, "Invalid PEM format data"],
    [`tls.createConnection():on("data", print)`, "invalid method"],
    [`tls.createConnection():connect(0, "127.0.0.1")`, "invalid port"],
  ];
  for (const [code, message] of refusals) test(`refuses ${code}`, async () => assert.equal(await raised(code), message));
});
