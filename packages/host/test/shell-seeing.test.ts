import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startRawServer } from "../../../test/helpers/raw-server.ts";
import type { RawServer } from "../../../test/helpers/raw-server.ts";
import { nodemcu, nodemcuWith, workspace } from "./helpers/workspace.ts";

const ANSWERS: Readonly<Record<string, string>> = {
  "/moved": "HTTP/1.1 302 Found\r\nLocation: /here?token=secret-a&x=1\r\nContent-Length: 0\r\n\r\n",
  "/here": "HTTP/1.1 200 OK\r\nSet-Cookie: sid=secret-b\r\nX-Plain: \x80seen\r\nContent-Length: 4\r\n\r\nbody",
  "/503": "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nConnection: close\r\n\r\n",
  "/hints": "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 204 None\r\n\r\n",
};
const BIG = 300_000;

let raw: RawServer;
/** Answers of /busy that have not been given yet. */
let busy: string[] = [];
before(async () => {
  raw = await startRawServer((socket, request) => {
    const path = new URL(request.split(" ")[1] ?? "", "http://x").pathname;
    if (path === "/slow") {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BIG}\r\n\r\n${"x".repeat(BIG / 2)}`);
      setTimeout(() => socket.end("x".repeat(BIG / 2)), 1200);
    } else socket.end((path === "/busy" ? busy.shift() : ANSWERS[path]) ?? "", "latin1");
  });
});
after(() => raw.close());

const folder = workspace();

describe("--verbose", () => {
  test("shows the heads on stderr, and the body alone on stdout", async () => {
    const { exit, out, err } = await nodemcu(folder, ["get", "-v", `${raw.url}/here?x=1`, "-H", "X-Device: 7"]);
    assert.deepEqual([exit, out], [0, "body"]);
    const lines = err.split("\n");
    assert.equal(lines[0], "> GET /here?x=1 HTTP/1.1");
    assert.ok(lines.includes(`> Host: 127.0.0.1:${raw.port}`));
    assert.ok(lines.includes("> X-Device: 7"));
    assert.ok(lines.includes(`* 127.0.0.1 port ${raw.port}, a new connection`));
    assert.ok(lines.includes("< HTTP/1.1 200 OK"));
    assert.ok(lines.includes("< X-Plain: \\x80seen"));
  });

  test("shows no secret of headers and URLs", async () => {
    const args = ["get", "-v", "-L", "-u", "ada:secret-c", "-H", "X-Api-Key: secret-d", `${raw.url}/moved?password=secret-e`];
    const { exit, err } = await nodemcu(folder, args);
    assert.equal(exit, 0);
    assert.doesNotMatch(err, /secret/);
    for (const line of ["> GET /moved?password=*** HTTP/1.1", "> Authorization: ***", "> X-Api-Key: ***", "< Set-Cookie: ***"])
      assert.ok(err.includes(`${line}\n`), line);
    assert.match(err, /^\* 302 redirects to http:\/\/[^ ]+\/here\?token=\*\*\*&x=1$/m);
    assert.doesNotMatch((await nodemcu(folder, ["get", "-v", `${raw.url}/moved`])).err, /secret/);
  });

  test("shows interim responses, and that something is tried again", async () => {
    assert.match(
      (await nodemcu(folder, ["get", "-v", `${raw.url}/hints`])).err,
      /^< HTTP\/1\.1 103\n< Link: <\/a\.css>\n<\n[^]*< HTTP\/1\.1 204 None\n<\n$/m,
    );
    busy = [ANSWERS["/503"] ?? "", ANSWERS["/here"] ?? ""];
    const { err } = await nodemcu(folder, ["get", "-v", "--retry", "1", `${raw.url}/busy`]);
    assert.match(err, /^\* again \(1\) in 0 ms: status 503$/m);
  });

  test("shows the response that --fail refuses", async () => {
    const { exit, err } = await nodemcu(folder, ["get", "-v", "-f", `${raw.url}/503`]);
    assert.equal(exit, 22);
    assert.match(err, /^< HTTP\/1\.1 503 Busy$/m);
  });
});

describe("--timing", () => {
  test("shows the phases of the exchange on stderr", async () => {
    const { exit, out, err } = await nodemcu(folder, ["get", "--timing", `${raw.url}/here`]);
    assert.deepEqual([exit, out], [0, "body"]);
    assert.deepEqual(
      err
        .trimEnd()
        .split("\n")
        .map((line) => /^(\w+) +\d+\.\d ms +█+$/.exec(line)?.[1]),
      ["connect", "send", "wait", "receive", "total"],
    );
  });

  test("has colour on a terminal alone", async () => {
    const args = ["get", "--timing", `${raw.url}/here`];
    assert.match((await nodemcuWith({ cwd: folder, terminal: "stderr" }, args)).err, /\u001b\[36m█/);
    assert.doesNotMatch((await nodemcuWith({ cwd: folder, terminal: "stderr", env: { NO_COLOR: "1" } }, args)).err, /\u001b\[36m/);
  });
});

describe("--har", () => {
  const archive = (name: string): { text: string; entries: { request: { url: string }; response: { status: number } }[] } => {
    const text = readFileSync(join(folder, name), "utf8");
    return { text, entries: JSON.parse(text).log.entries };
  };

  test("writes every exchange to a file, without secrets", async () => {
    const { exit, out } = await nodemcu(folder, ["get", "-L", "-u", "ada:secret-c", "--har", "a.har", `${raw.url}/moved`]);
    assert.deepEqual([exit, out], [0, "body"]);
    const { text, entries } = archive("a.har");
    assert.deepEqual(
      entries.map(({ response }) => response.status),
      [302, 200],
    );
    assert.equal(entries[0]?.request.url, `${raw.url}/moved`);
    assert.doesNotMatch(text, /secret/);
  });

  test("writes it also when the request fails, and for a body in a file", async () => {
    assert.equal((await nodemcu(folder, ["get", "--har", "b.har", `${raw.url}/nothing`])).exit, 52);
    assert.equal(archive("b.har").entries.length, 1);
    assert.equal((await nodemcu(folder, ["get", "--har", "c.har", "-o", "here.txt", `${raw.url}/here`])).exit, 0);
    assert.equal(archive("c.har").entries[0]?.response.status, 200);
  });

  test("looks for the folder before, and says at the end why the file cannot be written", async () => {
    const before = await nodemcu(folder, ["get", "--har", "nowhere/a.har", `${raw.url}/here`]);
    assert.equal(before.exit, 2);
    assert.match(before.err, /--har nowhere\/a\.har: there is no such directory/);
    mkdirSync(join(folder, "taken.har"));
    const late = await nodemcu(folder, ["get", "--har", "taken.har", `${raw.url}/here`]);
    assert.deepEqual([late.exit, late.out], [23, "body"]);
    assert.match(late.err, /^nodemcu get: [^\n]*taken\.har[^\n]*\n$/);
  });
});

describe("progress", () => {
  const settings = { cwd: folder, terminal: "stderr", columns: 120 } as const;

  test("of a download to a file is shown on a terminal, and gone at the end", async () => {
    const { exit, err } = await nodemcuWith(settings, ["get", "-o", "slow.bin", `${raw.url}/slow`]);
    assert.equal(exit, 0);
    assert.match(err, /\r\u001b\[Kdownload +\d+% ━+─* [\d.]+ KiB of 293\.0 KiB {2}/);
    assert.ok(err.endsWith("\r\u001b[K"));
  });

  test("is not shown for stdout, without a terminal, or with --silent", async () => {
    const runs = await Promise.all([
      nodemcuWith(settings, ["get", `${raw.url}/slow`]),
      nodemcu(folder, ["get", "-o", "a.bin", `${raw.url}/slow`]),
      nodemcuWith(settings, ["get", "-s", "-o", "b.bin", `${raw.url}/slow`]),
    ]);
    for (const { exit, err } of runs) assert.deepEqual([exit, err], [0, ""]);
  });
});
