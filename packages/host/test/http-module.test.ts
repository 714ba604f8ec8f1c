import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import { freePort } from "../../../test/helpers/listen.ts";
import type { Diagnostic } from "../src/device/index.ts";
import { makeCertificate } from "../src/httpbin/index.ts";
import { listen, listenTls } from "./helpers/loopback.ts";
import type { Loopback } from "./helpers/loopback.ts";
import { printed, runScript } from "./helpers/run-script.ts";

const servers: Loopback[] = [];

/** A server that answers each request, once it is whole, with these bytes, and keeps what was sent. */
async function answering(answer: string | ((request: string) => string)): Promise<{ port: number; requests: string[] }> {
  const requests: string[] = [];
  const server = await listen((peer) => {
    void respond(peer, (request) => {
      requests.push(request);
      return typeof answer === "string" ? answer : answer(request);
    });
  });
  servers.push(server);
  return { port: server.port, requests };
}

async function respond(peer: Socket, answer: (request: string) => string): Promise<void> {
  const response = answer(await wholeRequest(peer));
  peer.end(Buffer.from(response, "latin1"));
}

async function wholeRequest(peer: Socket): Promise<string> {
  let text = "";
  while (!isWhole(text)) {
    const [data]: Buffer[] = await once(peer, "data");
    text += data?.toString("latin1") ?? "";
  }
  return text;
}

function isWhole(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? "0";
  return head >= 0 && text.length >= head + 4 + Number(length);
}

afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

const codes = (diagnostics: readonly Diagnostic[]): (string | number | undefined)[][] =>
  diagnostics.map(({ code, place }) => [code, place?.line]);

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: v\r\n\r\nok";
const SHOW = "function(code, data) print(code, data) end";

describe("http", () => {
  test("works on whatever a script puts in the place of Lua's own functions", async () => {
    const { port } = await answering(OK);
    const hostile =
      "local forever = function() while true do end end collectgarbage, setmetatable, string.match = forever, forever, forever";
    const use = `print(sjson.decode('{"a":1}', { metatable = {} }).a, next(file.list("x")))`;
    const source = `${hostile} http.get("http://127.0.0.1:${port}/", nil, function(code, data) print(code, data) ${use} end)`;
    assert.deepEqual(await printed(source, { watchdogMs: 300 }), ["200\tok", "1\tnil"]);
  });

  test("names a URL with line ends in it on one line", async () => {
    const { diagnostics } = await runScript('http.get("http://127.0.0.1/\\r\\nscript.lua:1: error[x]", nil, nil)');
    assert.deepEqual(codes(diagnostics), [["request-failed", 1]]);
    assert.match(diagnostics[0]?.message ?? "", /^GET http:\/\/127\.0\.0\.1\/\\r\\nscript\.lua:1: error\[x\]: [^\n]+$/);
  });

  const requests: [call: string, line: string, rest: RegExp][] = [
    [`get("URL", nil, ${SHOW})`, "GET /p HTTP/1.1", /\r\n\r\n$/],
    [`get("URL", "X-A: 1\\r\\n", ${SHOW})`, "GET /p HTTP/1.1", /\r\nX-A: 1\r\n\r\n$/],
    [
      `post("URL", "Content-Type: text/plain\\r\\n", "body", ${SHOW})`,
      "POST /p HTTP/1.1",
      /\r\nContent-Type: text\/plain\r\n(?:.+\r\n)*\r\nbody$/,
    ],
    [`put("URL", "", "body", ${SHOW})`, "PUT /p HTTP/1.1", /\r\nContent-Length: 4\r\n\r\nbody$/],
    [`delete("URL", "", "", ${SHOW})`, "DELETE /p HTTP/1.1", /\r\nContent-Length: 0\r\n\r\n$/],
    [`request("URL", "PATCH", nil, 42, ${SHOW})`, "PATCH /p HTTP/1.1", /\r\n\r\n42$/],
  ];
  for (const [call, line, rest] of requests) {
    test(`sends http.${call.replace(SHOW, "callback")}, and calls back with code and body`, async () => {
      const server = await answering(OK);
      assert.deepEqual(await printed(`http.${call.replace("URL", `http://127.0.0.1:${server.port}/p`)}`), ["200\tok"]);
      assert.equal(server.requests.length, 1);
      assert.ok(
        server.requests[0]?.startsWith(`${line}\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\nUser-Agent: ESP8266\r\n`),
      );
      assert.match(server.requests[0] ?? "", rest);
    });
  }

  test("gives the response's headers by their lower-case names", async () => {
    const { port } = await answering(OK);
    const source = `http.get("http://127.0.0.1:${port}/", nil, function(code, data, headers) print(headers["x-name"], headers["content-length"]) end)`;
    assert.deepEqual(await printed(source), ["v\t2"]);
  });

  test("moves every byte value, to the server and back", async () => {
    const server = await answering((request) => {
      const body = request.slice(request.indexOf("\r\n\r\n") + 4);
      return `HTTP/1.1 200 OK\r\nX-Bytes: \x80\xff\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    });
    const source = `
      local all = "" for i = 0, 255 do all = all .. string.char(i) end
      http.post("http://127.0.0.1:${server.port}/\\195\\169/\\233", "X-Sent: \\128\\255\\r\\n", all, function(code, data, headers)
        print(code, #data, data == all, headers["x-bytes"] == "\\128\\255")
      end)`;
    assert.deepEqual(await printed(source), ["200\t256\ttrue\ttrue"]);
    assert.match(server.requests[0] ?? "", /\r\nX-Sent: \x80\xff\r\n/);
  });

  test("a URL's bytes beyond ASCII arrive percent-encoded, UTF-8 or not", async () => {
    const server = await answering(OK);
    await printed(`http.get("http://127.0.0.1:${server.port}/\\195\\169", nil, function()
      http.get("http://127.0.0.1:${server.port}/\\233", nil) end)`);
    assert.deepEqual(
      server.requests.map((request) => request.split(" ")[1]),
      ["/%C3%A9", "/%E9"],
    );
  });

  test("returns nothing, and calls back only after it has returned", async () => {
    const { port } = await answering(OK);
    const source = `print(select("#", http.get("http://127.0.0.1:${port}/", nil, function() print("called") end))) print("returned")`;
    assert.deepEqual(await printed(source), ["0", "returned", "called"]);
  });

  test("has its constants", async () => assert.deepEqual(await printed("print(http.OK, http.ERROR)"), ["0\t-1"]));

  test("makes the request without a callback, too", async () => {
    const server = await answering(OK);
    await printed(`http.get("http://127.0.0.1:${server.port}/alone")`);
    assert.equal(server.requests.length, 1);
  });

  test("takes a number for a URL or a method as its text", async () => {
    const { lines, diagnostics } = await runScript(`http.request(5, 6, nil, nil, ${SHOW})`);
    assert.deepEqual(lines, ["-1\tnil"]);
    assert.match(diagnostics[0]?.message ?? "", /^6 5: /);
  });

  for (const [call, message] of [
    ["http.get()", "bad argument #1 to 'get' (string expected, got no value)"],
    ["http.post(nil)", "bad argument #1 to 'post' (string expected, got nil)"],
    ["http.request('http://x/')", "bad argument #2 to 'request' (string expected, got no value)"],
  ] as const) {
    test(`refuses ${call}`, async () => {
      const lines = await printed(`print((select(2, pcall(function() ${call} end)):gsub("^test.lua:%d+: ", "")))`);
      assert.deepEqual(lines, [message]);
    });
  }
});

describe("http, when a request fails", () => {
  test("calls back with -1 and nil, after saying why at the line of the call", async () => {
    const port = await freePort();
    const { lines, diagnostics, outcome } = await runScript(`
      http.get("http://127.0.0.1:${port}/x", nil, function(...) print(...) end)`);
    assert.deepEqual(lines, ["-1\tnil\tnil"]);
    assert.deepEqual(codes(diagnostics), [["request-failed", 2]]);
    assert.match(diagnostics[0]?.message ?? "", new RegExp(`^GET http://127\\.0\\.0\\.1:${port}/x: .*refused`));
    assert.equal(outcome.exit, 0);
  });

  const bad: [name: string, call: string, why: RegExp][] = [
    ["a URL without a scheme", `get("example.com/x", nil, ${SHOW})`, /http:\/\//],
    ["headers without a line end", `get("http://127.0.0.1/", "X-A: 1", ${SHOW})`, /\\r\\n/],
    ["a method that is no token", `request("http://127.0.0.1/", "GE T", nil, nil, ${SHOW})`, /method/],
  ];
  for (const [name, call, why] of bad) {
    test(`${name} is -1, and nothing is sent`, async () => {
      const { lines, diagnostics } = await runScript(`http.${call}`);
      assert.deepEqual(lines, ["-1\tnil"]);
      assert.deepEqual(codes(diagnostics), [["request-failed", 1]]);
      assert.match(diagnostics[0]?.message ?? "", why);
    });
  }

  test("a page larger than the free heap is -1, and the script lives", async () => {
    const { port } = await answering(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(200_000)}`);
    const { lines, diagnostics, outcome } = await runScript(`http.get("http://127.0.0.1:${port}/", nil, ${SHOW})`);
    assert.deepEqual(lines, ["-1\tnil"]);
    assert.deepEqual(codes(diagnostics), [["request-failed", 1]]);
    assert.equal(outcome.exit, 0);
  });

  test("garbage on the heap takes no room from a response", async () => {
    const { port } = await answering(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(20_000)}`);
    const source = `collectgarbage("stop") for i = 1, 300 do local s = ("x"):rep(100) .. i end
      print(collectgarbage("count") > 40)
      http.get("http://127.0.0.1:${port}/", nil, function(code, data) print(code, #data) end)`;
    assert.deepEqual(await printed(source), ["true", "200\t20000"]);
  });

  test("the largest page there is room for arrives, and leaves room for its callback", async () => {
    const { port } = await answering((request) => {
      const size = Number(request.split(" ")[1]?.slice(1));
      return `HTTP/1.1 200 OK\r\nX-Long: ${"h".repeat(200)}\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size)}`;
    });
    const { outcome, lines } = await runScript(`local low, high = 1000, 60000
      local function try()
        local size = math.floor((low + high) / 2)
        http.get("http://127.0.0.1:${port}/" .. size, nil, function(code, data, headers)
          if code == 200 then low = size assert(#data == size and #headers["x-long"] == 200) else high = size end
          if high - low > 1 then try() else print(low > 20000, low < 60000) end
        end)
      end
      try()`);
    assert.equal(outcome.end, "idle");
    assert.deepEqual(lines, ["true\ttrue"]);
  });

  test("keeps passwords out of what it says", async () => {
    const { diagnostics } = await runScript(`http.get("http://me:secret@127.0.0.1/", nil)`);
    assert.equal(diagnostics.length, 1);
    assert.doesNotMatch(JSON.stringify(diagnostics), /secret/);
  });
});

describe("http, several requests at once", () => {
  test("each callback gets its own response, and the host says what a device would have done", async () => {
    const { port } = await answering((request) => {
      const path = request.split(" ")[1] ?? "";
      return `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`;
    });
    const { lines, diagnostics } = await runScript(`local seen = {}
      for i = 1, 20 do
        http.get("http://127.0.0.1:${port}/" .. i, nil, function(code, data) seen[i] = data if #seen == 20 then print(table.concat(seen)) end end)
      end`);
    assert.deepEqual(lines, [Array.from({ length: 20 }, (_, index) => `/${index + 1}`).join("")]);
    assert.deepEqual(codes(diagnostics), [["concurrent-request", 3]], "once for each pair of lines");
    assert.match(
      diagnostics[0]?.message ?? "",
      new RegExp(`^GET http://127\\.0\\.0\\.1:${port}/2 begins while another request is in flight`),
    );
    assert.deepEqual(diagnostics[0]?.related, {
      place: { file: "test.lua", line: 3 },
      message: `GET http://127.0.0.1:${port}/1 is still in flight`,
    });
  });

  test("a request in the callback of another is none of these", async () => {
    const { port } = await answering(OK);
    const url = `http://127.0.0.1:${port}/`;
    const { lines, diagnostics } = await runScript(`
      http.get("${url}", nil, function(code)
        print(code)
        http.get("${url}", nil, function(code)
          print(code)
          node.task.post(function() http.get("${url}", nil, ${SHOW}) end)
        end)
      end)`);
    assert.deepEqual(lines, ["200", "200", "200\tok"]);
    assert.deepEqual(diagnostics, []);
  });
});

describe("http, arguments that the device ignores without a word", () => {
  const cases: [call: string, codes: string[], lines: string[]][] = [
    [`get(URL, {["X-A"] = "1"}, ${SHOW})`, ["headers-not-a-string"], ["200\tok"]],
    [`get(URL, true, ${SHOW})`, ["headers-not-a-string"], ["200\tok"]],
    [`post(URL, nil, {a = 1}, ${SHOW})`, ["body-not-a-string"], ["200\tok"]],
    [`get(URL, ${SHOW})`, ["callback-misplaced"], []],
    [`post(URL, "", ${SHOW})`, ["callback-misplaced"], []],
    [`post(URL, "X-A: 1\\r\\n", "X-B: 2\\r\\n", "body", ${SHOW})`, ["callback-misplaced"], []],
    [`get(URL, nil, "callback")`, [], []],
    [`get(URL, nil, nil)`, [], []],
  ];
  for (const [call, expected, lines] of cases) {
    test(`http.${call.replace(SHOW, "callback")} gives ${expected.join(" and ") || "nothing to say"}`, async () => {
      const server = await answering(OK);
      const run = await runScript(`http.${call.replace("URL", `"http://127.0.0.1:${server.port}/"`)}`);
      assert.deepEqual(
        codes(run.diagnostics),
        expected.map((code) => [code, 1]),
      );
      assert.deepEqual(run.lines, lines);
      assert.equal(server.requests.length, 1);
    });
  }

  test("a header that is the module's own is left out and said", async () => {
    const server = await answering(OK);
    const { diagnostics } = await runScript(`http.get("http://127.0.0.1:${server.port}/", "User-Agent: mine\\r\\n", nil)`);
    assert.deepEqual(codes(diagnostics), [["reserved-header", 1]]);
    assert.doesNotMatch(server.requests[0] ?? "", /mine/);
  });
});

describe("http over TLS", () => {
  let certificate: { certificate: string; key: string };
  let server: Loopback;
  before(async () => {
    certificate = await makeCertificate();
    server = await listenTls(certificate, (peer) => void respond(peer, () => OK));
  });
  after(() => server.close());

  const get = (): string => `http.get("https://localhost:${server.port}/", nil, ${SHOW})`;
  const network = (): { connectTo: Record<string, string> } => ({
    connectTo: { [`localhost:${server.port}`]: `127.0.0.1:${server.port}` },
  });

  test("verifies nothing by default, and the host says once per server what is wrong", async () => {
    const { lines, diagnostics } = await runScript(
      `http.get("https://localhost:${server.port}/", nil, function(code) print(code)\n${get()} end)`,
      {
        network: network(),
      },
    );
    assert.deepEqual(lines, ["200", "200\tok"]);
    assert.deepEqual(codes(diagnostics), [["tls-not-verified", 1]]);
  });

  test("is silent when the run is insecure", async () => {
    const { lines, diagnostics } = await runScript(get(), { network: { ...network(), insecure: true } });
    assert.deepEqual(lines, ["200\tok"]);
    assert.deepEqual(diagnostics, []);
  });

  test("verifies once the script has asked for it", async () => {
    const { lines, diagnostics } = await runScript(`tls.cert.verify(true)\n${get()}`, { network: network() });
    assert.deepEqual(lines, ["-1\tnil"]);
    assert.deepEqual(codes(diagnostics), [["request-failed", 2]]);
  });

  test("accepts the certificate that the script has given", async () => {
    const { lines, diagnostics } = await runScript(`tls.cert.verify([[${certificate.certificate}]])\n${get()}`, { network: network() });
    assert.deepEqual(lines, ["200\tok"]);
    assert.deepEqual(diagnostics, []);
  });
});

describe("http in the report", () => {
  test("each exchange is recorded with its place, bytes and timings", async () => {
    const server = await answering(OK);
    const { exchanges } = await runScript(`
      http.get("http://127.0.0.1:${server.port}/a", nil, nil)`);
    assert.equal(exchanges.length, 1);
    const [exchange] = exchanges;
    assert.equal(exchange?.method, "GET");
    assert.equal(exchange?.url, `http://127.0.0.1:${server.port}/a`);
    assert.deepEqual(exchange?.place, { file: "test.lua", line: 2 });
    assert.equal(exchange?.status, 200);
    assert.equal(exchange?.bytesSent, server.requests[0]?.length);
    assert.equal(exchange?.bytesReceived, OK.length);
    assert.equal(exchange?.failure, undefined);
    assert.ok((exchange?.timings["total"] ?? -1) >= 0);
  });

  test("one that the end of the run cuts off is given up, and recorded as that", async () => {
    let closed = Promise.resolve<unknown>(undefined);
    const server = await listen((peer) => {
      closed = new Promise((resolve) => peer.once("close", resolve));
      peer.resume().on("end", () => peer.end());
    });
    servers.push(server);
    const { outcome, exchanges, lines, diagnostics } = await runScript(`
      http.get("http://127.0.0.1:${server.port}/", nil, ${SHOW})
      tmr.create():alarm(50, 0, node.restart)`);
    assert.deepEqual(outcome.pending, [`GET http://127.0.0.1:${server.port}/`]);
    assert.deepEqual(
      exchanges.map(({ status, failure }) => [status, failure?.code]),
      [[-1, "aborted"]],
    );
    assert.deepEqual(lines, []);
    assert.deepEqual(codes(diagnostics), [["restart", undefined]]);
    await closed;
  });

  test("a failed one has status -1 and its failure", async () => {
    const port = await freePort();
    const { exchanges } = await runScript(`http.get("http://127.0.0.1:${port}/", nil, nil)`);
    assert.deepEqual(
      exchanges.map(({ status, failure }) => [status, failure?.code]),
      [[-1, "connect-refused"]],
    );
  });
});
