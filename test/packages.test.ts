import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);

interface Packed {
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

let folder: string;
const packed: Record<string, Packed> = {};

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await run("npm", [...args], { cwd, timeout: 180_000, maxBuffer: 16_777_216 });
  return stdout;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "packed-"));
  for (const name of ["http", "host"]) {
    // The build is there already, and scripts would print into the JSON.
    const [entry] = JSON.parse(
      await npm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder], `packages/${name}`),
    ) as Packed[];
    if (entry) packed[name] = entry;
  }
});
after(() => rm(folder, { recursive: true }));

/** An empty folder with these packages installed, from npm's cache where it has them. */
async function install(name: string, packages: readonly string[]): Promise<string> {
  const place = join(folder, name);
  await mkdir(place);
  await writeFile(join(place, "package.json"), '{ "type": "module" }');
  const tarballs = packages.map((one) => join(folder, packed[one]?.filename ?? ""));
  await npm(["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs], place);
  return place;
}

/** What each package holds beside its README, its licence and its package.json. */
const CONTENTS: Readonly<Record<string, { readonly built: RegExp; readonly entry: string; readonly others: readonly string[] }>> = {
  http: { built: /^lib\/.*\.(?:js|d\.ts)$/, entry: "lib/index.js", others: [] },
  host: { built: /^(?:dist\/.*\.(?:js|d\.ts)(?:\.map)?|src\/.*\.ts)$/, entry: "dist/index.js", others: ["bin/nodemcu.js"] },
};

test("the packages hold what was built, a README and the licence, and nothing else", () => {
  for (const [name, { files }] of Object.entries(packed)) {
    const { built, entry, others } = CONTENTS[name] ?? assert.fail(name);
    const other = files.map(({ path }) => path).filter((path) => !built.test(path));
    assert.deepEqual(other.toSorted(), ["LICENSE", "README.md", "package.json", ...others].toSorted());
    assert.ok(files.some(({ path }) => path === entry));
  }
});

test("nodemcu-http has at most 120 kB", () => {
  const { size = 0 } = packed["http"] ?? {};
  assert.ok(size > 0 && size <= 120_000, `it has ${size} bytes`);
});

test("nodemcu-http installs alone into an empty folder, brings nothing with it, and works", async () => {
  const place = await install("http", ["http"]);
  const installed = JSON.parse(await npm(["ls", "--all", "--json"], place)) as { dependencies: Record<string, { dependencies?: object }> };
  assert.deepEqual(Object.keys(installed.dependencies), ["nodemcu-http"]);
  assert.equal(installed.dependencies["nodemcu-http"]?.dependencies, undefined);
  await writeFile(
    join(place, "program.js"),
    `import { createServer } from "node:http";
     import { http } from "nodemcu-http";
     import { Client } from "nodemcu-http/client";
     import { dial } from "nodemcu-http/transport";
     const server = createServer((request, response) => response.end("hello " + request.headers["user-agent"])).listen(0, "127.0.0.1", () => {
       const url = "http://127.0.0.1:" + server.address().port + "/";
       http.get(url, null, async (code, data) => {
         console.log(code, data, typeof dial);
         const client = new Client();
         const response = await client.get(url);
         console.log(response.status, await response.text());
         client.close();
         server.close();
       });
     });`,
  );
  const { stdout } = await run(process.execPath, ["program.js"], { cwd: place, timeout: 30_000 });
  assert.equal(stdout, "200 hello ESP8266 function\n200 hello nodemcu-http\n");
});

test("the classes of nodemcu-http have the names that they are exported by", async () => {
  for (const entry of [await import("nodemcu-http"), await import("nodemcu-http/client"), await import("nodemcu-http/transport")]) {
    const classes = Object.entries(entry).filter(([name, value]) => typeof value === "function" && /^[A-Z]/.test(name));
    assert.deepEqual(
      classes.map(([, value]) => (value as { name: string }).name),
      classes.map(([name]) => name),
    );
  }
});

test("nodemcu-host installs into an empty folder, and its command runs a script and says its version", async () => {
  const place = await install("host", ["http", "host"]);
  await writeFile(
    join(place, "script.lua"),
    'http.get("https://httpbin.org/ip", nil, function(code, data) print(code, sjson.decode(data).origin) end)\n',
  );
  const nodemcu = join(place, "node_modules", ".bin", "nodemcu");
  const { stdout, stderr } = await run(nodemcu, ["run", "--httpbin", "script.lua"], { cwd: place, timeout: 30_000 });
  assert.deepEqual([stdout, stderr], ["200\t127.0.0.1\n", ""]);
  const version = await run(nodemcu, ["--version"], { cwd: place, timeout: 30_000 });
  assert.match(version.stdout, /\d+\.\d+\.\d+/);
  await writeFile(
    join(place, "program.js"),
    `import { Device, openOverlayFlash } from "nodemcu-host";
     const device = new Device({ flash: openOverlayFlash(), events: { print: (bytes) => process.stdout.write(bytes) } });
     console.log((await device.run(Buffer.from("print(6 * 7)"), "answer.lua")).exit);`,
  );
  assert.equal((await run(process.execPath, ["program.js"], { cwd: place, timeout: 30_000 })).stdout, "42\n0\n");
});
