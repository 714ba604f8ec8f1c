import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { after, before, describe, test } from "node:test";
import { FAILURES } from "nodemcu-http";
import { makeIdentity } from "../../../test/helpers/certificates.ts";
import { freePort } from "../../../test/helpers/listen.ts";
import { startRawServer } from "../../../test/helpers/raw-server.ts";
import type { RawServer } from "../../../test/helpers/raw-server.ts";
import { FAILURE_EXITS } from "../src/cli/index.ts";
import { listenTls } from "./helpers/loopback.ts";
import type { Loopback } from "./helpers/loopback.ts";
import { nodemcu, nodemcuWith, workspace } from "./helpers/workspace.ts";

const docs = readFileSync(new URL("../../../docs/shell.md", import.meta.url), "utf8");
const rows = [...docs.matchAll(/^\| (\d+) \| [^|]+ \| ([^|]*) \|$/gm)].map(([, exit = "", codes = ""]) => ({ exit: Number(exit), codes }));

describe("exit codes", () => {
  test("are there for every failure that there is, and no other", () => {
    assert.deepEqual(Object.keys(FAILURE_EXITS).toSorted(), Object.keys(FAILURES).toSorted());
  });

  test("are documented with the failures that have them", () => {
    for (const [code, exit] of Object.entries(FAILURE_EXITS))
      assert.ok(
        rows
          .find((row) => row.exit === exit)
          ?.codes.split(";")[0]
          ?.includes(`\`${code}\``),
        `${code} belongs to the row of ${exit}`,
      );
  });
});

const ANSWERS: Readonly<Record<string, string>> = {
  "/ok": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
  "/not-http": "SMTP ready\r\n\r\n",
  "/cut": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
  "/missing": "HTTP/1.1 404 Missing\r\nContent-Length: 0\r\n\r\n",
  "/loop": "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n",
  "/nowhere": "HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
  "/empty": "",
  "/changing": 'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 100\r\n\r\nfirst',
  "/changing again": 'HTTP/1.1 206 Partial\r\nETag: "1"\r\nContent-Range: bytes 0-99/100\r\nContent-Length: 100\r\n\r\nother',
  "/bad-gzip": "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone",
  "/large-head": `HTTP/1.1 200 OK\r\nX-Large: ${"x".repeat(70_000)}\r\n\r\n`,
};

let raw: RawServer;
let refusing: RawServer;
let tls: Loopback;
let closedPort = 0;
before(async () => {
  raw = await startRawServer((socket, request) => {
    const path = new URL(request.split(" ")[1] ?? "", "http://x").pathname;
    if (path === "/reset") socket.resetAndDestroy();
    else if (path !== "/silent") socket.end(ANSWERS[/^Range:/im.test(request) ? `${path} again` : path] ?? "");
  });
  refusing = await startRawServer((socket) => socket.end("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n"), { anyRequest: true });
  const { cert, key } = await makeIdentity();
  tls = await listenTls({ certificate: cert, key }, (socket) => socket.on("data", () => socket.end("HTTP/1.1 204 None\r\n\r\n")));
  closedPort = await freePort();
});
after(() => Promise.all([raw.close(), refusing.close(), tls.close()]));

const folder = workspace({ "no.pem": "none", "dir/file": "" });

/** Everything that can go wrong and be brought about here, with what the message must say. */
const CLASSES: readonly [exit: number, what: string, args: () => string[], message: RegExp][] = [
  [2, "a method that cannot be sent", () => ["request", "G T", raw.url], /cannot stand in a method/],
  [2, "a header that cannot be sent", () => ["get", "-H", "X-A: \u0001", raw.url], /the headers cannot be sent/],
  [3, "a URL without a scheme", () => ["get", "127.0.0.1"], /the URL cannot be used/],
  [3, "a URL with a password, which is not shown", () => ["get", "http://ada:secret@127.0.0.1/"], /a user name or password/],
  [6, "a name without address", () => ["get", "http://no-such-host.invalid/"], /no-such-host\.invalid/],
  [7, "a port that nobody listens on", () => ["get", `http://127.0.0.1:${closedPort}/`], /refused the connection/],
  [8, "an answer that is not HTTP", () => ["get", `${raw.url}/not-http`], /the response is malformed/],
  [18, "a body that is cut", () => ["get", `${raw.url}/cut`], /closed the connection after 4 of 100 bytes/],
  [22, "a status, with --fail", () => ["get", "-f", `${raw.url}/missing`], /the server answered 404 Missing/],
  [26, "a file that is not there", () => ["post", "-d", "@missing", raw.url], /^nodemcu post: missing: there is no such file\n$/],
  [26, "a file that is a directory", () => ["post", "-d", "@dir", raw.url], /^nodemcu post: dir: that is a directory\n$/],
  [28, "the end of its time", () => ["get", "--max-time", "200ms", `${raw.url}/silent`], /within 200 ms/],
  [
    33,
    "a server that does not go on where the file ends",
    () => ["get", "-C", "-o", "a.bin", `${raw.url}/changing`],
    /cannot continue the file/,
  ],
  [35, "a server that speaks no TLS", () => ["get", `https://127.0.0.1:${refusing.port}/`], /is not TLS/],
  [47, "a loop of redirects", () => ["get", "-L", "--max-redirs", "2", `${raw.url}/loop`], /redirected more than 2 times/],
  [47, "a redirect to another scheme", () => ["get", "-L", `${raw.url}/nowhere`], /redirects to "ftp:"/],
  [52, "an answer without a byte", () => ["get", `${raw.url}/empty`], /closed the connection/],
  [56, "a connection that is torn down", () => ["get", `${raw.url}/reset`], /was reset/],
  [
    58,
    "a client certificate that is none",
    () => ["get", "--cert", "no.pem", `https://127.0.0.1:${tls.port}/`],
    /the TLS options cannot be used/,
  ],
  [60, "a certificate that nobody vouches for", () => ["get", `https://127.0.0.1:${tls.port}/`], /signed by itself/],
  [61, "a body that is not what its coding says", () => ["get", `${raw.url}/bad-gzip`], /gzip/],
  [63, "a head that is too large", () => ["get", `${raw.url}/large-head`], /65536 bytes/],
  [63, "a body that is larger than is allowed", () => ["get", "--max-filesize", "1", `${raw.url}/ok`], /larger than --max-filesize/],
  [
    90,
    "a public key that is another one",
    () => ["get", "-k", "--pinnedpubkey", `sha256//${"A".repeat(43)}=`, `https://127.0.0.1:${tls.port}/`],
    /which is not pinned/,
  ],
  [97, "a proxy that refuses", () => ["get", "-x", refusing.url, "https://127.0.0.1:1/"], /proxy/],
];

describe("the exit tells", () => {
  for (const [exit, what, args, message] of CLASSES) {
    test(`${what}: ${exit}`, async () => {
      const result = await nodemcu(folder, args());
      assert.equal(result.exit, exit, result.err);
      assert.match(result.err, message);
      assert.match(result.err, /^nodemcu (get|post|request): [^\n]+\n$/);
      assert.doesNotMatch(result.err, /secret/);
    });
  }

  test("a stdin that cannot be read, at its beginning and when it is being sent: 26", async () => {
    for (const before of [0, 200_000]) {
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.alloc(before);
        throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
      };
      const { exit, err } = await nodemcuWith({ cwd: folder, stdin: broken() }, ["post", "-d", "-", `${raw.url}/ok`]);
      assert.deepEqual([exit, err], [26, "nodemcu post: stdin cannot be read: EIO: i/o error, read\n"]);
    }
  });

  test("a signal: 130 and 143, without a word", async () => {
    for (const [signal, exit] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const result = await nodemcuWith({ cwd: folder }, ["get", `${raw.url}/silent`], (io) => setTimeout(() => io.signal(signal), 100));
      assert.deepEqual([result.exit, result.out, result.err], [exit, "", ""]);
    }
  });

  test("a signal while stdin is waited for", async () => {
    const stdin = new PassThrough();
    stdin.write("first");
    const args = ["post", "-d", "-", `${raw.url}/silent`];
    const result = await nodemcuWith({ cwd: folder, stdin }, args, (io) => setTimeout(() => io.signal("SIGINT"), 100));
    assert.deepEqual([result.exit, result.err], [130, ""]);
  });
});

describe("--silent", () => {
  test("leaves the exit to tell, unless errors are asked for", async () => {
    const url = `http://127.0.0.1:${closedPort}/`;
    const silent = await nodemcu(folder, ["get", "-s", url]);
    assert.deepEqual([silent.exit, silent.err], [7, ""]);
    const shown = await nodemcu(folder, ["get", "-sS", url]);
    assert.equal(shown.exit, 7);
    assert.match(shown.err, /refused the connection/);
  });
});
