import assert from "node:assert/strict";
import { get as getPlain } from "node:http";
import type { IncomingMessage } from "node:http";
import { get as getSecure } from "node:https";
import { after, describe, test } from "node:test";
import { isAvailable } from "./availability.ts";
import { SERVERS, skipReason, startNginx, startRealHttpbin } from "./index.ts";

async function fetchFrom(url: string, ca?: string): Promise<{ message: IncomingMessage; body: Buffer }> {
  const request = ca === undefined ? getPlain(url) : getSecure(url, { ca });
  const message = await new Promise<IncomingMessage>((resolve, reject) => request.once("response", resolve).once("error", reject));
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return { message, body: Buffer.concat(chunks) };
}

const nginx = await startNginx();

describe("the nginx of the tests", { skip: nginx === undefined && skipReason(SERVERS.nginx) }, () => {
  if (nginx === undefined) return;
  after(() => nginx.close());

  for (const [path, bytes] of Object.entries(nginx.files)) {
    test(`serves ${path} over HTTP and HTTPS`, async () => {
      for (const [base, ca] of [[nginx.url], [nginx.tlsUrl, nginx.certificate]] as const) {
        const { message, body } = await fetchFrom(base + path, ca);
        assert.deepEqual([message.statusCode, message.headers.connection, body.equals(bytes)], [200, "keep-alive", true]);
      }
    });
  }

  test("answers in chunks, closes, and gives its own error pages", async () => {
    assert.equal((await fetchFrom(`${nginx.url}/included.shtml`)).message.headers["transfer-encoding"], "chunked");
    assert.equal((await fetchFrom(`${nginx.url}/closing/small.txt`)).message.headers.connection, "close");
    assert.match((await fetchFrom(`${nginx.url}/status/503`)).body.toString(), /503 Service Temporarily Unavailable/);
    await assert.rejects(fetchFrom(`${nginx.url}/silent`), { code: "ECONNRESET" });
  });
});

test("the real httpbin answers, and is gone after it is closed", async (t) => {
  const real = await startRealHttpbin();
  if (real === undefined) return t.skip(skipReason(SERVERS.httpbin));
  assert.equal((await fetchFrom(`${real.url}/ip`)).body.toString(), '{\n  "origin": "127.0.0.1"\n}\n');
  await real.close();
  await assert.rejects(fetchFrom(`${real.url}/ip`), { code: "ECONNREFUSED" });
});

test("a missing server is an error where CI is true, and elsewhere a printed reason", (t) => {
  const missing = { name: "absent", debianPackages: "absent-server", isInstalled: () => false };
  const before = process.env["CI"];
  t.after(() => (before === undefined ? delete process.env["CI"] : (process.env["CI"] = before)));
  process.env["CI"] = "true";
  assert.throws(() => isAvailable(missing), /absent is not installed; apt-get install absent-server/);
  delete process.env["CI"];
  const log = t.mock.method(console, "log", () => undefined);
  assert.equal(isAvailable(missing), false);
  assert.match(String(log.mock.calls[0]?.arguments[0]), /absent is not installed/);
});
