import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Client, isHttpError, type ClientResponse, type RequestOptions } from "../src/client-entry.ts";
import type { EchoServer } from "./helpers/echo-server.ts";
import { encoded } from "./helpers/encoded.ts";
import { startRangeServer, write, type RangeBehaviour } from "./helpers/range-server.ts";

const CONTENT = randomBytes(300_000);
const ETAG = '"v1"';
const RELIABLE: RangeBehaviour = { content: CONTENT, headers: { ETag: ETAG }, validator: ETAG };

let root: string;
let folder: string;
let target: string;
let tests = 0;
let server: EchoServer;
let client: Client;
/** What the server does to one request after the other; the last goes on. */
let behaviours: readonly Partial<RangeBehaviour>[] = [];
let requests = 0;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "save-"));
  server = await startRangeServer(() => ({ ...RELIABLE, ...behaviours[Math.min(requests++, behaviours.length - 1)] }));
});
after(async () => {
  await server.close();
  await rm(root, { recursive: true });
});
beforeEach(async () => {
  folder = join(root, String(++tests));
  await mkdir(folder);
  target = join(folder, "target.bin");
  client = new Client({ timeout: { total: 20_000 } });
  server.seen.length = 0;
});
afterEach(() => client.close());

function get(given: readonly Partial<RangeBehaviour>[], options: RequestOptions = {}): Promise<ClientResponse> {
  behaviours = given;
  requests = 0;
  return client.get(server.url, options);
}

const resume = async (...given: readonly Partial<RangeBehaviour>[]): ReturnType<ClientResponse["saveTo"]> =>
  (await get(given)).saveTo(target, { resume: true });

/** Ranges that were asked for, in order; undefined for all of it. */
const ranges = (): (string | undefined)[] => server.seen.map(({ headers }) => headers["range"]?.replace("bytes=", ""));

async function holds(content: Uint8Array = CONTENT): Promise<void> {
  assert.ok((await readFile(target)).equals(content), "the file is not what the server has");
  assert.deepEqual(await readdir(folder), ["target.bin"]);
}

/** What an earlier run leaves: so many bytes, and what they are of. */
async function left(size: number, sidecar: Readonly<Record<string, unknown>> = {}, content: Uint8Array = CONTENT): Promise<void> {
  const url = `sha256:${createHash("sha256").update(`${server.url}/`).digest("hex")}`;
  await writeFile(`${target}.part`, content.subarray(0, size));
  await writeFile(`${target}.part.json`, JSON.stringify({ url, etag: ETAG, length: CONTENT.length, ...sidecar }));
}

async function refused(work: Promise<unknown>, words: RegExp, code = "resume-mismatch"): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isHttpError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  });
}

test("a body is saved whole, decoded, and takes the place of an old file", async () => {
  await writeFile(target, "old");
  assert.deepEqual(await (await get([{}])).saveTo(target), { path: target, size: 300_000, resumed: 0 });
  await holds();
  const gzip = { content: Buffer.from(encoded("gzip", CONTENT)), headers: { ETag: ETAG, "Content-Encoding": "gzip" } };
  for (const options of [{}, { resume: true }]) {
    assert.equal((await (await get([gzip])).saveTo(target, options)).size, 300_000);
    await holds();
  }
  assert.equal((await (await get([{ content: Buffer.alloc(0) }])).saveTo(target)).size, 0);
  await holds(new Uint8Array(0));
});

test("a body that breaks leaves the target as it was, and nothing else", async () => {
  await writeFile(target, "old");
  await refused(
    get([{ cut: 100_000 }]).then((response) => response.saveTo(target)),
    /closed|reset/,
    "closed-early",
  );
  await holds(Buffer.from("old"));
  const gzip = Buffer.from(encoded("gzip", CONTENT)).subarray(0, -1);
  const response = await get([{ content: gzip, headers: { "Content-Encoding": "gzip" } }]);
  await refused(response.saveTo(target), /they end too early/, "content-encoding");
  await holds(Buffer.from("old"));
});

test("a file that cannot be written is told in words, and the body is given up", async () => {
  for (const options of [{}, { resume: true }]) {
    const response = await get([{}]);
    await refused(
      response.saveTo(join(folder, "no", "where"), options),
      /cannot be written: its folder does not exist \(ENOENT\)\. \[phase body/,
      "file-failed",
    );
    assert.equal(response.bodyUsed, true);
    await refused((await get([{}])).saveTo(folder, options), /there is a folder of that name/, "file-failed");
  }
  assert.deepEqual(await readdir(folder), []);
});

test("a path that is none, and a body that was read, are a TypeError", async () => {
  for (const path of ["", undefined, 5]) await assert.rejects((await get([{}])).saveTo(path as string), TypeError);
  const response = await get([{}]);
  await response.bytes();
  await assert.rejects(response.saveTo(target), TypeError);
  await assert.rejects(response.saveTo(target, { resume: true }), TypeError);
  assert.deepEqual(await readdir(folder), []);
});

test("each continuation follows redirects anew: maxRedirects is for one way to the file", async () => {
  const redirected: RangeBehaviour["instead"] = (response, { url }) => {
    if (url === "/file") return false;
    response.writeHead(302, { Location: "/file" }).end();
    return true;
  };
  const parts = [100_000, undefined].flatMap((cut) => [{ instead: redirected }, { instead: redirected, cut }]);
  const { size } = await (await get(parts, { maxRedirects: 1 })).saveTo(target, { resume: true });
  assert.equal(size, CONTENT.length);
  assert.equal(server.seen.length, 4);
  await holds();
});

test("what breaks in the middle goes on from there, several times", async () => {
  assert.deepEqual(await resume({ cut: 50_000 }, { cut: 1 }, { cut: 70_000 }, {}), { path: target, size: 300_000, resumed: 0 });
  await holds();
  assert.deepEqual(ranges(), [undefined, "50000-", "50001-", "120001-"]);
  const { headers } = server.seen.at(-1) ?? assert.fail();
  assert.deepEqual([headers["if-range"], headers["accept-encoding"]], [ETAG, "identity"]);
});

test("it goes on five times, and only as long as each try brings something", async () => {
  await refused(resume({ cut: 10 }), /of the body/, "closed-early");
  assert.equal(server.seen.length, 6);
  assert.equal((await stat(`${target}.part`)).size, 60);
  await rm(`${target}.part`);
  server.seen.length = 0;
  await refused(resume({ cut: 10 }, { cut: 0 }), /of the body/, "closed-early");
  assert.deepEqual(ranges(), [undefined, "10-"]);
});

test("a body that stands still goes on when its idle time has ended, but not when the time of all has", async () => {
  const still = {
    instead: (response: Parameters<typeof write>[0]) => {
      response.writeHead(200, { ETag: ETAG, "Content-Length": 300_000 }).write(CONTENT.subarray(0, 9));
      return true;
    },
  };
  await (await get([still, {}], { timeout: { idle: 50 } })).saveTo(target, { resume: true });
  await holds();
  const response = await get([still], { timeout: { total: 100 } });
  await refused(response.saveTo(target, { resume: true }), /timeout\.total/, "timeout");
});

test("what an earlier run has left is taken up", async () => {
  await refused(resume({ cut: 100_000 }, { cut: 0 }), /of the body/, "closed-early");
  assert.deepEqual((await readdir(folder)).toSorted(), ["target.bin.part", "target.bin.part.json"]);
  server.seen.length = 0;
  assert.deepEqual(await resume({}), { path: target, size: 300_000, resumed: 100_000 });
  assert.deepEqual(ranges(), [undefined, "100000-"]);
  await holds();
});

test("a part that is whole needs no more than the name", async () => {
  await left(300_000);
  assert.deepEqual(await resume({}), { path: target, size: 300_000, resumed: 300_000 });
  assert.deepEqual(ranges(), [undefined]);
  await holds();
});

test("Last-Modified serves in place of an ETag when it is older than the answer", async () => {
  const modified = "Sun, 06 Nov 1994 08:49:37 GMT";
  const dated = { headers: { "Last-Modified": modified }, validator: modified };
  await resume({ ...dated, cut: 500 }, dated);
  await holds();
  assert.deepEqual(ranges(), [undefined, "500-"]);
  await left(500, { etag: undefined, lastModified: modified });
  assert.equal((await resume(dated)).resumed, 500);
  await left(500, { etag: undefined, lastModified: modified });
  await refused(resume(dated, { headers: { "Last-Modified": "Sun, 06 Nov 1994 08:49:38 GMT" }, validator: modified }), /another version/);
});

test("without length the rest is asked for, too, and its length is the one that the parts tell", async () => {
  const chunked = {
    instead: (response: Parameters<typeof write>[0]) => {
      write(response.writeHead(200, { ETag: ETAG }), CONTENT, 5000);
      return true;
    },
  };
  await resume(chunked, { cut: 5000 }, {});
  assert.deepEqual(ranges(), [undefined, "5000-", "10000-"]);
  await holds();
  await left(300_000, { length: undefined });
  const none = {
    instead: (response: Parameters<typeof write>[0]) => {
      response.writeHead(200, { ETag: ETAG }).end(CONTENT);
      return true;
    },
  };
  assert.equal((await resume(none, {})).resumed, 300_000);
  await holds();
});

const OTHER: readonly (readonly [what: string, sidecar: Readonly<Record<string, unknown>>, size?: number])[] = [
  ["another ETag", { etag: '"v0"' }],
  ["another length", { length: 5 }],
  ["another URL", { url: "sha256:0" }],
  ["no ETag", { etag: undefined }],
  ["more than there is", {}, 300_001],
  ["something of a stranger's", { __proto__: { etag: ETAG }, etag: { toString: 1 }, constructor: 5 }],
  ["one field more", { lastModified: "x" }],
];

for (const [what, sidecar, size = 1000] of OTHER)
  test(`a part of ${what} is begun again`, async () => {
    await left(size, sidecar, Buffer.alloc(400_000));
    assert.deepEqual(await resume({}), { path: target, size: 300_000, resumed: 0 });
    assert.deepEqual(ranges(), [undefined]);
    await holds();
  });

test("a sidecar that is no JSON, or hostile, or missing, is harmless", async () => {
  for (const text of ["", "null", "[]", '"x"', '{"__proto__":{"etag":"\\"v1\\""}}', "{".repeat(60_000)]) {
    await left(1000, {}, Buffer.alloc(1000));
    await writeFile(`${target}.part.json`, text);
    assert.equal((await resume({})).resumed, 0);
    await holds();
    assert.equal(Object.hasOwn(Object.prototype, "etag"), false);
  }
  await left(1000, {}, Buffer.alloc(1000));
  await rm(`${target}.part.json`);
  assert.equal((await resume({})).resumed, 0);
  await holds();
});

test("a link in the part's place is refused, and where it leads nothing is written", async () => {
  const precious = join(folder, "precious");
  await writeFile(precious, "precious");
  await symlink(precious, `${target}.part`);
  await refused(resume({}), /a link in its place/, "file-failed");
  assert.equal(await readFile(precious, "utf8"), "precious");
});

const V2 = randomBytes(200_000);

test("what has changed meanwhile is begun again, and can be continued itself", async () => {
  await left(1000);
  const changed = { content: V2, headers: { ETag: '"v2"' }, validator: '"v2"' };
  assert.deepEqual(await resume({}, { ...changed, cut: 3000 }, changed), { path: target, size: 200_000, resumed: 0 });
  assert.deepEqual(ranges(), [undefined, "1000-", "3000-"]);
  assert.equal(server.seen.at(-1)?.headers["if-range"], '"v2"');
  await holds(V2);
});

test("what has changed into something without a validator is taken whole, or not at all", async () => {
  await left(1000);
  assert.equal((await resume({}, { content: V2, headers: {}, validator: "" })).size, 200_000);
  await holds(V2);
  await left(1000);
  await refused(resume({}, { content: V2, headers: {}, validator: "", cut: 70_000 }), /of the body/, "closed-early");
  await holds(V2);
});

test("a server that has nothing behind what is there is asked for all of it", async () => {
  await left(1000);
  const beyond = {
    instead: (response: Parameters<typeof write>[0]) => {
      response.writeHead(416, { "Content-Range": "bytes */900" }).end();
      return true;
    },
  };
  assert.deepEqual(await resume({}, beyond, {}), { path: target, size: 300_000, resumed: 0 });
  assert.deepEqual(ranges(), [undefined, "1000-", undefined]);
  await holds();
  await left(1000);
  await refused(resume({}, beyond, beyond), /its status is 416/);
});

interface Lie {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** A part that is not what was asked for: 1 000 bytes were there. */
const lie = ({ status = 206, headers, body = CONTENT.subarray(1000) }: Lie): Partial<RangeBehaviour> => ({
  instead: (response) => {
    response.writeHead(status, { ETag: ETAG, "Content-Range": "bytes 1000-299999/300000", ...headers }).end(body);
    return true;
  },
});

const LIES: readonly (readonly [what: string, lie: Lie, words: RegExp])[] = [
  ["begins elsewhere", { headers: { "Content-Range": "bytes 999-299999/300000" } }, /begins at byte 999, and 1000 was asked for/],
  ["begins at the beginning", { headers: { "Content-Range": "bytes 0-299999/300000" }, body: CONTENT }, /begins at byte 0/],
  ["is part of less", { headers: { "Content-Range": "bytes 1000-199999/200000" } }, /part of 200000 bytes, and there were 300000/],
  ["is part of more", { headers: { "Content-Range": "bytes 1000-299999/300001" } }, /part of 300001 bytes/],
  ["has a Content-Range of something else", { headers: { "Content-Range": "pages 1-2/3" } }, /no Content-Range that makes sense/],
  ["has a Content-Range that goes backwards", { headers: { "Content-Range": "bytes 1000-999/300000" } }, /no Content-Range/],
  ["has a Content-Range that ends behind the end", { headers: { "Content-Range": "bytes 1000-300000/300000" } }, /no Content-Range/],
  ["has a Content-Range without end", { headers: { "Content-Range": "bytes */300000" } }, /no Content-Range/],
  ["is of another version", { headers: { ETag: '"v2"' } }, /part of another version/],
  ["is of a version that is weak", { headers: { ETag: `W/${ETAG}` } }, /part of another version/],
  ["is encoded", { headers: { "Content-Encoding": "gzip" } }, /it is encoded/],
  ["brings more than it says", { headers: { "Content-Range": "bytes 1000-1999/300000" } }, /brings more than the 2000 bytes/],
  ["brings less than it says", { headers: {}, body: CONTENT.subarray(1000, 2000) }, /ends at byte 2000 and announces 300000/],
  ["is an error of its own", { status: 500, headers: {} }, /its status is 500/],
  ["is many parts", { headers: { "Content-Type": "multipart/byteranges; boundary=x", "Content-Range": "" } }, /no Content-Range/],
];

for (const [what, untrue, words] of LIES)
  test(`a part that ${what} is never taken`, async () => {
    await writeFile(target, "old");
    await left(1000);
    await refused(resume({}, lie(untrue)), words);
    assert.equal(await readFile(target, "utf8"), "old");
    const kept = await readFile(`${target}.part`);
    assert.ok(kept.equals(CONTENT.subarray(0, kept.length)), "the part is not what it was");
    assert.ok(kept.length >= 1000);
    // The next run has what it needs.
    assert.equal((await resume({})).resumed, kept.length);
    await holds();
  });

test("parts that are smaller than was asked for are put together, but not without end", async () => {
  const small = (size: number): Partial<RangeBehaviour> => ({
    instead: (response, { headers }) => {
      const first = Number(/\d+/.exec(headers["range"] ?? "")?.[0]);
      const end = Math.min(first + size, 300_000);
      response.writeHead(206, { ETag: ETAG, "Content-Range": `bytes ${first}-${end - 1}/*` }).end(CONTENT.subarray(first, end));
      return true;
    },
  });
  await left(1000);
  await resume({}, small(250_000), lie({ headers: { "Content-Range": "bytes 251000-299999/300000" }, body: CONTENT.subarray(251_000) }));
  await holds();
  await left(1000);
  await refused(resume({}, small(10)), /its parts are too small/);
});

test("nothing is resumed of what is weak, encoded, no 200 or no GET: it is saved whole", async () => {
  const recent = new Date().toUTCString();
  for (const headers of [{ ETag: `W/${ETAG}` }, {}, { "Last-Modified": recent, Date: recent }, { ETag: "v1" }]) {
    await left(1000);
    assert.equal((await resume({ headers })).resumed, 0);
    assert.deepEqual(ranges(), [undefined]);
    server.seen.length = 0;
    await rm(`${target}.part`);
    await rm(`${target}.part.json`);
    await holds();
  }
  await left(1000);
  behaviours = [{ instead: (response) => (response.writeHead(404, { ETag: ETAG }).end(CONTENT), true) }];
  assert.equal((await (await client.get(server.url)).saveTo(target, { resume: true })).resumed, 0);
  behaviours = [{}];
  assert.equal((await (await client.post(server.url)).saveTo(target, { resume: true })).resumed, 0);
});

test("the sidecar names no URL, which may hold a secret", async () => {
  behaviours = [{ cut: 10 }, { cut: 0 }];
  requests = 0;
  const response = await client.get(`${server.url}/?token=hunter2`);
  await refused(response.saveTo(target, { resume: true }), /of the body/, "closed-early");
  const sidecar = await readFile(`${target}.part.json`, "utf8");
  assert.doesNotMatch(sidecar, /hunter2|127\.0/);
  assert.match(sidecar, /^\{"url":"sha256:[0-9a-f]{64}","etag":"\\"v1\\"","length":300000\}\n$/);
});

test("a polluted Object.prototype resumes nothing", async () => {
  const polluted = Object.prototype as Record<string, unknown>;
  await left(1000);
  const response = await get([{}]);
  // Node's own streams would stumble over it a moment later.
  polluted["resume"] = true;
  const saving = response.saveTo(target);
  delete polluted["resume"];
  await saving;
  assert.deepEqual(ranges(), [undefined]);
  assert.equal((await stat(`${target}.part`)).size, 1000);
});

test("an aborted download is not resumed by itself, and its part is kept", async () => {
  const aborter = new AbortController();
  const stop = {
    instead: (response: Parameters<typeof write>[0]) => {
      response
        .writeHead(200, { ETag: ETAG, "Content-Length": 300_000 })
        .write(CONTENT.subarray(0, 9), () => setTimeout(() => aborter.abort(), 20));
      return true;
    },
  };
  const response = await get([stop, {}], { signal: aborter.signal });
  await refused(response.saveTo(target, { resume: true }), /given up/, "aborted");
  assert.equal(server.seen.length, 1);
  assert.equal((await resume({})).resumed, 9);
  await holds();
});
