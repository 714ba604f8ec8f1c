import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startHttpbin, type Httpbin } from "../packages/host/src/httpbin/index.ts";

const run = promisify(execFile);
const NODEMCU = "packages/host/bin/nodemcu.js";

/** What each example prints. A Lua example and its TypeScript twin share their row. */
const PRINTS: Readonly<Record<string, RegExp>> = {
  "http-get": /^200\s\{\n {2}"origin": "127\.0\.0\.1"\n\}\n\n$/,
  "http-post":
    /^200\s\{\n(?=[^]*"celsius": 21\.5)(?=[^]*"Content-Type": "application\/json")[^]*"url": "http:\/\/httpbin\.org\/post"\n\}\n\n$/,
  "http-put": /^200\s\{\n(?=[^]*"data": "The first line\.\\nThe second line\.")[^]*"url": "http:\/\/httpbin\.org\/put"\n\}\n\n$/,
  "http-delete": /^200\s\{\n(?=[^]*"Content-Length": "0")[^]*"url": "http:\/\/httpbin\.org\/delete"\n\}\n\n$/,
  "http-request": /^200\s\n$/,
  "chain-requests": /^\/status\/200\t200\n\/status\/404\t404\n\/status\/503\t503\ndone\n$/,
  "stream-large": /^all of it\tin pieces of at most 1460 bytes:\ttrue\nheap left:\ttrue\n$/,
  "https-verified": /^200\thttps:\/\/httpbin\.org\/get\n$/,
  "json-to-file": /^kept:\tkitchen\n$/,
  "poll-with-timer": /^poll\t1\t200\npoll\t2\t200\npoll\t3\t200\n$/,
  failures:
    /^(?=[^]*-1 dns-(?:not-found|try-again) dns network\n)(?=[^]*-1 connect-refused connect network\n)(?:-1 invalid-url request caller\n){2}[^]*$/,
  bytes: /^(?=[^]*200 Uint8Array 5000\n)(?=[^]*200 data:application\/octet-stream;base64,AAH\+\/w==\n)[^]*$/,
  "client-json": /^200 kitchen\n200 21\.5 true\nhttp-status 404 1\n$/,
  "client-stream": /^100000\n200 50000 false\ntrue true\n$/,
  "client-gzip": /^true gzip\nas it came: true\nresponse-too-large limit\n$/,
  "client-save": /^200 100000 0 \[ 'large\.bin' \]\nits folder does not exist \(ENOENT\)\n$/,
  "client-errors": /^timeout headers server 0\nconnect-refused connect network 0\ninvalid-url request caller 0\n200\n$/,
  "client-fetch": /^\{"name":"lamp"\} kitchen\ntrue 200 true http:\/\/httpbin\.org\/get\nnot now\nconnect-refused connect\n$/,
  "client-retry":
    /^again 1 503\nagain 2 503\n503 503 503 503\nagain 1 connect-refused\nagain 2 connect-refused\nconnect-refused attempt 3 of 3\n503 1\n$/,
  "client-redirect":
    /^200 true http:\/\/httpbin\.org\/get 3\n302 \/relative-redirect\/1\ntoo-many-redirects 1 redirect-refused 1\nkitchen undefined\n$/,
  "client-cookies": /^true \{"cookies":\{"room":"kitchen"\}\}\nroom=kitchen true\n\{"cookies":\{"room":"cellar"\}\}\n\{"cookies":\{\}\}\n$/,
  "client-hooks":
    /^302 http:\/\/httpbin\.org\/bearer\n200 after 2\n\{"authenticated":true,"token":"token-2"\}\n404 after 1\n302 http:\/\/127\.0\.0\.1:1\/\n500 after 1\n\[\["http-status",2\],\["callback-failed",1\]\]\n$/,
  "client-deadline":
    /^timeout in headers: \(timeout\.headers\)\ntimeout in headers: \(timeout\.total\)\n\[(?:\s+'aborted in headers: given up',?){3}\s+\]\nupload: 300000 of 300000\ndownload: 100000 of 100000\n$/,
  "client-upload": /^file: 100000 100000\nstream: "20\\n21\\n22\\n"\nsent again: "20\\n21\\n22\\n"\n$/,
  "client-multipart": /^kitchen 21\.5 It is warm\. data:image\/x-raw;base64,8PDw8fHx8vLy8\/Pz\nwarm inside\n$/,
  "client-proxy": /^200 false true\nproxy-authentication connect true\n200\n200\n$/,
  "client-guard":
    /^address-refused in connect: 127\.0\.0\.1 \(loopback\) is not .*\n(?:address-refused in connect: .*\n){2}address-refused in dns: the name "rebind\.example" leads to 10\.0\.0\.7 \(private\)\ntrue false\n$/,
  "client-socket": /^\{"host":"daemon","url":"\/v1\/info"\}\n200 http:\/\/httpbin\.org\/get true\nconnect-refused connect\n$/,
  "client-mock":
    /^2 \[\{"name":"lamp"\}\]\n201 \{"name":"fan"\}\nGET \/devices, GET \/devices, POST \/devices\nBearer a token 1\ntransport-failed caller true\n$/,
  "client-har":
    /^GET \/redirect\/1 302\nGET \/get 200\nPOST \/post 200\n\{"user":"ann","password":"\*\*\*"\} application\/json true\nfalse\n$/,
  "own-authority": /^(?=[^]*without: -1 tls-self-signed\n)(?=[^]*with: 200 https:\/\/httpbin\.org\/get\n)[^]*$/,
};

const files = readdirSync("examples").filter((name) => /\.(lua|ts)$/.test(name) && name !== "connect-to.ts");

let httpbin: Httpbin;
let folder: string;
before(async () => {
  httpbin = await startHttpbin();
  folder = await mkdtemp(join(tmpdir(), "examples-"));
  await writeFile(join(folder, "ca.pem"), httpbin.certificate);
});
after(async () => {
  await httpbin.close();
  await rm(folder, { recursive: true });
});

function command(file: string): [string, string[], Record<string, string>] {
  const path = join("examples", file);
  if (file.endsWith(".lua")) return [process.execPath, [NODEMCU, "run", "--httpbin", path], {}];
  const connectTo = `httpbin.org:80=127.0.0.1:${httpbin.port},httpbin.org:443=127.0.0.1:${httpbin.tlsPort}`;
  return [process.execPath, ["--import", "tsx", path], { CONNECT_TO: connectTo, CA_FILE: join(folder, "ca.pem") }];
}

for (const file of files) {
  test(`examples/${file} prints what it should and ends`, async () => {
    const [program, args, variables] = command(file);
    const { stdout } = await run(program, args, { env: { ...process.env, ...variables }, timeout: 60_000 });
    const expected = PRINTS[file.replace(/\.\w+$/, "")];
    assert.ok(expected, `nothing is known of what ${file} prints`);
    // console.log puts a space where print puts a tab.
    assert.match(stdout, expected);
  });
}

test("each of the five documented calls has an example in Lua and its twin in TypeScript", () => {
  const names = ["http-get", "http-post", "http-put", "http-delete", "http-request"];
  assert.deepEqual(
    names.flatMap((name) => [`${name}.lua`, `${name}.ts`]).filter((name) => !files.includes(name)),
    [],
  );
});

for (const [page, example] of [
  ["uploads", "client-upload"],
  ["fetch", "client-fetch"],
  ["retries", "client-retry"],
  ["redirects", "client-redirect"],
  ["cookies", "client-cookies"],
  ["hooks", "client-hooks"],
  ["deadlines", "client-deadline"],
  ["proxies", "client-proxy"],
  ["guard", "client-guard"],
  ["connecting", "client-socket"],
] as const)
  test(`docs/${page}.md shows the example that is run here`, () => {
    const [, shown] = /```ts\n([^]*?)```/.exec(readFileSync(`docs/${page}.md`, "utf8")) ?? [];
    assert.equal(shown, readFileSync(`examples/${example}.ts`, "utf8"));
  });

test("every example is shorter than 40 lines", () => {
  const long = files.filter((name) => readFileSync(join("examples", name), "utf8").split("\n").length > 40);
  assert.deepEqual(long, []);
});
