import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { createHttp, type HttpFailure, type HttpSettings } from "../src/index.ts";
import { startRawServer, type RawServer } from "../../../test/helpers/raw-server.ts";

let server: RawServer;
before(async () => {
  server = await startRawServer((socket, request) =>
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${request.startsWith("GET /huge") ? 600_000_000 : 2}\r\n\r\nok`),
  );
});
after(() => server.close());

const failureOf = (path: string, settings: HttpSettings & { body?: "bytes" }): Promise<HttpFailure | undefined> =>
  new Promise((resolve) => createHttp(settings).get(`${server.url}${path}`, null, (_code, _data, _headers, failure) => resolve(failure)));

test("an error in a hook is the program's, uncaught; the request goes on, and its callback comes once", async () => {
  const program = `
    import { createHttp } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
    process.on("uncaughtException", (error) => console.log("uncaught", error.message));
    const hook = (name) => ({ [name]: () => { throw new Error(name); } });
    for (const name of ["onExchange", "onDiagnostic", "memory"])
      createHttp(hook(name)).get("${server.url}/", "Host: mine\\r\\n", (code) => console.log(name, code));
    createHttp(hook("onExchange")).get("no URL", null, (code) => console.log("bad", code));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
    timeout: 30_000,
  });
  const expected = ["bad -1", "memory -1", "onDiagnostic 200", "onExchange 200"];
  const uncaught = ["uncaught memory", "uncaught onDiagnostic", "uncaught onExchange", "uncaught onExchange"];
  assert.deepEqual(stdout.trim().split("\n").toSorted(), [...expected, ...uncaught]);
});

test("an answer about memory that is no number of bytes above 0 leaves none, and never lifts the limit", async () => {
  for (const answer of [0, -5, Number.NaN, undefined]) {
    const failure = await failureOf("/", { memory: () => answer as number });
    assert.equal(failure?.code, "head-too-large", String(answer));
    assert.match(failure.reason, /within 0 bytes/);
  }
});

test("a text longer than any string is refused by its announced length; bytes are not", async () => {
  const text = await failureOf("/huge", { memory: 1e9 });
  assert.equal(text?.code, "response-too-large");
  assert.match(text.reason, /larger than the 536870888 bytes/);
  const bytes = await failureOf("/huge", { memory: 1e9, body: "bytes" });
  assert.equal(bytes?.code, "closed-early");
});
