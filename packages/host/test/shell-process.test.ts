import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { listen } from "../../../test/helpers/listen.ts";
import { workspace } from "./helpers/workspace.ts";

const BIN = fileURLToPath(new URL("../bin/nodemcu.js", import.meta.url));

/** A process that lingers is killed, and its exit is then null. */
const PATIENCE_MS = 20_000;

const PIECE = Buffer.alloc(65_536, "nodemcu ");
const LARGE = 4096 * PIECE.length;
const FILE = Buffer.concat(Array.from({ length: 64 }, (_, index) => createHash("sha512").update(`${index}`).digest()));
const ETAG = '"one"';

let server: Server;
let url = "";
/** Range fields that /file was asked with. */
const ranges: (string | undefined)[] = [];

async function sendLarge(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "Content-Length": LARGE });
  for (let sent = 0; sent < LARGE && !response.destroyed; sent += PIECE.length)
    if (!response.write(PIECE)) await Promise.race([once(response, "drain"), once(response, "close")]);
  response.end();
}

/** The first time half of it, and then nothing. */
function sendFile(response: ServerResponse, range: string | undefined): void {
  ranges.push(range);
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  const partial = range === undefined ? {} : { "Content-Range": `bytes ${from}-${FILE.length - 1}/${FILE.length}` };
  response.writeHead(range === undefined ? 200 : 206, { ETag: ETAG, "Content-Length": FILE.length - from, ...partial });
  if (ranges.length === 1) response.write(FILE.subarray(0, FILE.length / 2));
  else response.end(FILE.subarray(from));
}

before(async () => {
  server = createServer((request, response) => {
    if (request.url === "/large") void sendLarge(response);
    else if (request.url === "/file") sendFile(response, request.headers.range);
    else if (request.url === "/early") response.end("early");
    else if (request.url === "/echo") request.pipe(response);
    else if (request.url === "/half") response.writeHead(200, { "Content-Length": 100 }).write("half");
  });
  url = `http://127.0.0.1:${await listen(server)}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

interface Started {
  readonly child: ChildProcess & { readonly stdin: NodeJS.WritableStream; readonly stdout: Readable; readonly stderr: Readable };
  readonly ended: Promise<{ readonly exit: number | null; readonly signal: string | null; readonly out: Buffer; readonly err: string }>;
}

function start(
  cwd: string,
  args: readonly string[],
  { read = true, node = [] }: { read?: boolean; node?: readonly string[] } = {},
): Started {
  const child = spawn(process.execPath, [...node, BIN, ...args], { cwd, timeout: PATIENCE_MS, killSignal: "SIGKILL" });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  if (read) child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const ended = once(child, "exit").then(async () => {
    if (read && !child.stdout.destroyed) await once(child, "close");
    return { exit: child.exitCode, signal: child.signalCode, out: Buffer.concat(out), err: Buffer.concat(err).toString() };
  });
  return { child, ended };
}

/** Waits until it is so. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(10);
}

describe("the program nodemcu get", () => {
  const folder = workspace();

  test("pipes what stdin gives to a server, and what the server gives to stdout", async () => {
    const { child, ended } = start(folder, ["post", "-d", "-", `${url}/echo`]);
    const body = Buffer.concat([PIECE, FILE, PIECE]);
    child.stdin.end(body);
    const { exit, out, err } = await ended;
    assert.deepEqual([exit, err], [0, ""]);
    assert.ok(out.equals(body));
  });

  test("ends when the answer is there, also when stdin stays open", async () => {
    const { child, ended } = start(folder, ["post", "-d", "-", `${url}/early`]);
    child.stdin.on("error", () => {});
    child.stdin.write(Buffer.alloc(100_000));
    const { exit, out } = await ended;
    assert.deepEqual([exit, out.toString()], [0, "early"]);
  });

  test("holds a large body neither on its way to stdout nor to a file", async () => {
    const report = "import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync('rss',''+process.resourceUsage().maxRSS))";
    const node = ["--import", `data:text/javascript,${encodeURIComponent(report)}`];
    for (const args of [[], ["-o", "large.bin"]]) {
      const { child, ended } = start(folder, ["get", ...args, `${url}/large`], { read: false, node });
      let size = 0;
      child.stdout.on("data", (chunk: Buffer) => (size += chunk.length));
      assert.equal((await ended).exit, 0);
      await until(() => child.stdout.readableEnded);
      assert.equal(args.length === 0 ? size : statSync(join(folder, "large.bin")).size, LARGE);
      const maxRss = Number(readFileSync(join(folder, "rss"), "utf8")) * 1024;
      assert.ok(maxRss < LARGE * 0.75, `${maxRss} bytes at most, of a body of ${LARGE}`);
    }
  });

  test("ends quietly when its reader goes away", async () => {
    const { child, ended } = start(folder, ["get", `${url}/large`], { read: false });
    child.stdout.once("data", () => child.stdout.destroy());
    const { exit, err } = await ended;
    assert.deepEqual([exit, err], [0, ""]);
  });

  test("ends with a signal although its reader does not read", async () => {
    const { child, ended } = start(folder, ["get", "-v", `${url}/large`], { read: false });
    // What it has written fills the pipe.
    await once(child.stderr, "data");
    await sleep(300);
    child.kill("SIGINT");
    assert.equal((await ended).signal, "SIGINT");
  });
});

describe("SIGINT", () => {
  test("leaves nothing of a file", async () => {
    const folder = workspace();
    const { child, ended } = start(folder, ["get", "-o", "a.bin", `${url}/half`]);
    await until(() => readdirSync(folder).length > 0);
    child.kill("SIGINT");
    const { exit, err } = await ended;
    assert.deepEqual([exit, err, readdirSync(folder)], [130, "", []]);
  });

  test("leaves what has come with -C, and the next run goes on from there", async () => {
    const folder = workspace();
    const args = ["get", "-C", "-", "-o", "a.bin", `${url}/file`];
    const first = start(folder, args);
    const part = join(folder, "a.bin.part");
    await until(() => (statSync(part, { throwIfNoEntry: false })?.size ?? 0) === FILE.length / 2);
    first.child.kill("SIGINT");
    assert.equal((await first.ended).exit, 130);
    assert.equal(statSync(part).size, FILE.length / 2);
    const { exit, err } = await start(folder, args).ended;
    assert.deepEqual([exit, err], [0, ""]);
    assert.ok(readFileSync(join(folder, "a.bin")).equals(FILE));
    assert.ok(ranges.includes(`bytes=${FILE.length / 2}-`), String(ranges));
    assert.deepEqual(readdirSync(folder), ["a.bin"]);
  });
});
