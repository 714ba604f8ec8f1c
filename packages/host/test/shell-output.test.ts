import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { startRawServer } from "../../../test/helpers/raw-server.ts";
import type { RawServer } from "../../../test/helpers/raw-server.ts";
import { startHttpbin } from "../src/httpbin/index.ts";
import type { Httpbin } from "../src/httpbin/index.ts";
import { nodemcu, nodemcuWith, workspace } from "./helpers/workspace.ts";

let server: Httpbin;
let raw: RawServer;
const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
const PACKED = gzipSync(Buffer.alloc(5000, "x")).toString("latin1");
const ANSWERS: Readonly<Record<string, string>> = {
  "/bytes": `HTTP/1.1 200 OK\r\nX-Name: \xe9\r\nContent-Length: 256\r\n\r\n${EVERY_BYTE.toString("latin1")}`,
  "/late": `HTTP/1.1 200 OK\r\nContent-Length: 4001\r\n\r\n${"x".repeat(4000)}\0`,
  "/nameless": "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
  "/packed": `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${PACKED.length}\r\n\r\n${PACKED}`,
  "/cut": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
  "/endless": "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nstart",
};

before(async () => {
  server = await startHttpbin();
  raw = await startRawServer((socket, request) => {
    const path = request.split(" ")[1] ?? "";
    socket.write(ANSWERS[path] ?? "", "latin1");
    if (path !== "/endless") socket.end();
  });
});
after(() => Promise.all([server.close(), raw.close()]));

const folder = workspace();

describe("stdout", () => {
  test("gets the body, byte for byte", async () => {
    const { exit, bytes, err } = await nodemcuWith({ cwd: folder }, ["get", `${raw.url}/bytes`]);
    assert.deepEqual([exit, err], [0, ""]);
    assert.deepEqual(bytes, EVERY_BYTE);
  });

  test("gets the head before it with -i, in its bytes", async () => {
    const { bytes } = await nodemcuWith({ cwd: folder }, ["get", "--include", `${raw.url}/bytes`]);
    assert.deepEqual(bytes, Buffer.from(ANSWERS["/bytes"] ?? "", "latin1"));
    assert.equal((await nodemcu(folder, ["get", "-i", `${raw.url}/nameless`])).out, ANSWERS["/nameless"]);
  });

  test("gets the body of a status of 400 and above, too", async () => {
    const { exit, out } = await nodemcu(folder, ["get", `${server.url}/status/418`]);
    assert.equal(exit, 0);
    assert.match(out, /teapot/);
  });

  test("keeps what came of a body that was cut, and the exit tells", async () => {
    const { exit, out, err } = await nodemcu(folder, ["get", `${raw.url}/cut`]);
    assert.deepEqual([exit, out], [18, "half"]);
    assert.match(err, /^nodemcu get: GET [^ ]+: the server closed the connection after 4 of 100 bytes of the body/);
  });

  test("that nobody reads any more ends the command quietly", async () => {
    const { exit, err } = await nodemcuWith({ cwd: folder }, ["get", `${raw.url}/endless`], (io) => setTimeout(() => io.hangUp(), 100));
    assert.deepEqual([exit, err], [0, ""]);
    const gone = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    const written = await nodemcuWith({ cwd: folder, onOut: () => gone }, ["get", `${raw.url}/endless`]);
    assert.deepEqual([written.exit, written.out, written.err], [0, "start", ""]);
  });

  test("that cannot be written is an error", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const { exit, err } = await nodemcuWith({ cwd: folder, onOut: () => full }, ["get", `${raw.url}/endless`]);
    assert.equal(exit, 23);
    assert.match(err, /^nodemcu get: ended by an output that cannot be written \(ENOSPC: [^\n]+\)\n$/);
  });
});

describe("a terminal", () => {
  const terminal = { cwd: folder, terminal: "stdout" } as const;

  test("gets no bytes that are no text, and words in their place", async () => {
    const { exit, out, err } = await nodemcuWith(terminal, ["get", `${raw.url}/bytes`]);
    assert.deepEqual([exit, out], [23, ""]);
    assert.equal(
      err,
      "nodemcu get: the body is no text, and may mess up the terminal. Write it with --output FILE, or here with --output -\n",
    );
  });

  test("gets them with --output -, and when text came before", async () => {
    assert.deepEqual((await nodemcuWith(terminal, ["get", "-o", "-", `${raw.url}/bytes`])).bytes, EVERY_BYTE);
    assert.equal((await nodemcuWith(terminal, ["get", `${raw.url}/late`])).exit, 0);
  });

  test("shows heads in colour, unless NO_COLOR says otherwise", async () => {
    const args = ["get", "-i", `${raw.url}/nameless`];
    assert.equal(
      (await nodemcuWith(terminal, args)).out,
      "\u001b[1;32mHTTP/1.1 200\u001b[0m\r\n\u001b[1mContent-Length\u001b[0m: 0\r\n\r\n",
    );
    assert.equal((await nodemcuWith({ ...terminal, env: { NO_COLOR: "1" } }, args)).out, ANSWERS["/nameless"]);
    assert.match((await nodemcuWith(terminal, ["get", "-i", `${server.url}/status/404`])).out, /^\u001b\[1;31mHTTP\/1\.1 404/);
    assert.match((await nodemcuWith(terminal, ["get", "-i", `${server.url}/status/302`])).out, /^\u001b\[1;36mHTTP\/1\.1 302/);
  });
});

describe("--output", () => {
  test("writes the body to a file, and nothing to stdout", async () => {
    const { exit, out, err } = await nodemcu(folder, ["get", "-o", "all.bin", `${raw.url}/bytes`]);
    assert.deepEqual([exit, out, err], [0, "", ""]);
    assert.deepEqual(readFileSync(join(folder, "all.bin")), EVERY_BYTE);
  });

  test("leaves the head of -i on stdout", async () => {
    const { out } = await nodemcu(folder, ["get", "-i", "--output=headed.bin", `${raw.url}/bytes`]);
    assert.match(out, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/);
    assert.deepEqual(readFileSync(join(folder, "headed.bin")), EVERY_BYTE);
  });

  test("makes a file whole or not at all, and leaves nothing beside it", async () => {
    const own = workspace({ "old.bin": "old" });
    assert.equal((await nodemcu(own, ["get", "-o", "old.bin", `${raw.url}/cut`])).exit, 18);
    assert.equal(readFileSync(join(own, "old.bin"), "utf8"), "old");
    assert.equal((await nodemcu(own, ["get", "-o", "new.bin", `${raw.url}/cut`])).exit, 18);
    assert.deepEqual(readdirSync(own), ["old.bin"]);
  });

  test("says why a file cannot be written", async () => {
    const { exit, err } = await nodemcu(folder, ["get", "-o", "nowhere/a.bin", `${raw.url}/bytes`]);
    assert.equal(exit, 23);
    assert.match(err, /^nodemcu get: [^\n]*nowhere[^\n]*\n$/);
  });

  test("makes no file of a body that --fail refuses", async () => {
    assert.equal((await nodemcu(folder, ["get", "-f", "-o", "missing.bin", `${server.url}/status/404`])).exit, 22);
    assert.equal(existsSync(join(folder, "missing.bin")), false);
  });

  test("-O names the file as the URL does", async () => {
    assert.equal((await nodemcu(folder, ["get", "-O", `${raw.url}/bytes`])).exit, 0);
    assert.deepEqual(readFileSync(join(folder, "bytes")), EVERY_BYTE);
    for (const path of ["", "/", "/a/", "/..", "/a/.?b/c"]) {
      const { exit, err } = await nodemcu(folder, ["get", "-O", raw.url + path]);
      assert.equal(exit, 2, path);
      assert.match(err, /--remote-name: the URL's path ends without a name/);
    }
  });
});

describe("--fail", () => {
  test("makes an error of a status of 400 and above, and writes no body", async () => {
    const { exit, out, err } = await nodemcu(folder, ["get", "--fail", `${server.url}/status/418`]);
    assert.deepEqual([exit, out], [22, ""]);
    assert.match(err, /^nodemcu get: GET [^ ]+\/status\/418: the server answered 418 /);
  });

  test("shows the head with -i, and leaves other responses alone", async () => {
    assert.match((await nodemcu(folder, ["get", "-f", "-i", `${server.url}/status/404`])).out, /^HTTP\/1\.1 404 [^]*\r\n\r\n$/);
    assert.equal((await nodemcu(folder, ["get", "-f", `${server.url}/ip`])).exit, 0);
  });
});

describe("--max-filesize", () => {
  test("counts what is written to stdout, whatever it was on its way", async () => {
    const { exit, bytes } = await nodemcuWith({ cwd: folder }, ["get", "--max-filesize", "1k", `${raw.url}/packed`]);
    assert.equal(exit, 63);
    assert.ok(bytes.length <= 1024);
    assert.equal((await nodemcu(folder, ["get", "--max-filesize", "5000", `${raw.url}/packed`])).exit, 0);
  });

  test("refuses a body that is announced to be larger", async () => {
    const { exit, out, err } = await nodemcu(folder, ["get", "--max-filesize", "255", `${raw.url}/bytes`]);
    assert.deepEqual([exit, out], [63, ""]);
    assert.match(err, /^nodemcu get: the body is larger than --max-filesize allows, 255 bytes\n$/);
    assert.equal((await nodemcu(folder, ["get", "--max-filesize", "256", `${raw.url}/bytes`])).exit, 0);
  });

  test("ends one that turns out to be larger, and leaves no file", async () => {
    const url = `${server.url}/stream-bytes/5000?chunk_size=1000`;
    const { exit, bytes } = await nodemcuWith({ cwd: folder }, ["get", "--max-filesize", "2k", url]);
    assert.equal(exit, 63);
    assert.ok(bytes.length <= 2048);
    assert.equal((await nodemcu(folder, ["get", "--max-filesize", "2k", "-o", "large.bin", url])).exit, 63);
    assert.equal(existsSync(join(folder, "large.bin")), false);
  });
});
