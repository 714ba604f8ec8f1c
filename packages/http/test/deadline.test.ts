import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { test } from "node:test";
import { send, Timeline } from "../src/client/index.ts";
import { createHttp, type HttpFailure } from "../src/index.ts";
import { parseHttpUrl } from "../src/protocol/index.ts";
import { startRawServer } from "../../../test/helpers/raw-server.ts";
import { ManualClock } from "./helpers/manual-clock.ts";

/** Starts a request under a clock that the test turns. */
async function begin(answer: (socket: Socket) => void, timeout: number) {
  const clock = new ManualClock();
  let reached = (): void => {};
  const request = new Promise<void>((resolve) => (reached = resolve));
  const server = await startRawServer((socket) => {
    answer(socket);
    reached();
  });
  const url = parseHttpUrl(`${server.url}/`);
  const result = new Promise<number | HttpFailure>((resolve) => {
    send(
      { method: "GET", url, fields: [["Host", url.authority]], body: undefined },
      {
        clock,
        timeline: new Timeline(clock),
        tls: {},
        connectTo: undefined,
        lookup: undefined,
        memory: () => 1_000_000,
        count: { sent: 0, received: 0 },
        onCertificateProblem: () => {},
        timeout,
        redirects: 0,
        signal: undefined,
      },
      { response: ({ head }) => resolve(head.status), failed: resolve },
    );
  });
  await request;
  return { clock, server, result };
}

test("the time runs by the clock alone, and its end tells how long it was and what had come", async () => {
  const { clock, server, result } = await begin((socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell"), 60_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  clock.advance(59_999);
  await new Promise((resolve) => setTimeout(resolve, 20));
  clock.advance(1);
  const failure = await result;
  assert.ok(typeof failure === "object");
  assert.equal(failure.code, "timeout");
  assert.equal(
    failure.reason,
    "no complete response within 60000 ms: the time ended in the middle of the response's body (4 bytes of the body had come, 5 more were expected).",
  );
  assert.equal(clock.pending, 0);
  await server.close();
});

test("no timer is left when the response has come", async () => {
  const { clock, server, result } = await begin((socket) => void socket.end("HTTP/1.1 204 No Content\r\n\r\n"), 60_000);
  assert.equal(await result, 204);
  assert.equal(clock.pending, 0);
  await server.close();
});

const ANSWERING_PROCESS = `
  const body = "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok";
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => setTimeout(() => socket.end(body), 50));
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;

test("an answer that came while the program was busy is no timeout", async () => {
  const server = spawn(process.execPath, ["--eval", ANSWERING_PROCESS], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<string>((resolve) => server.stdout.once("data", (bytes) => resolve(String(bytes).trim())));
  const code = await new Promise<number>((resolve) => {
    createHttp({ timeout: 150 }).get(`http://127.0.0.1:${port}/`, null, (status) => resolve(status));
    // The request is on its way; the answer and the deadline both come while nothing here is looked at.
    setTimeout(() => {
      const until = performance.now() + 500;
      while (performance.now() < until);
    }, 30);
  });
  server.kill();
  assert.equal(code, 200);
});
