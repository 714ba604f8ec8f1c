import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { Client, isHttpError, type ClientOptions } from "../packages/http/src/client-entry.ts";
import { startHttpbin, type Httpbin } from "../packages/host/src/httpbin/index.ts";
import { UNKNOWN_NAME } from "./helpers/unknown-name.ts";
import { makeIdentity } from "./helpers/certificates.ts";
import { listen } from "./helpers/listen.ts";
import { startRawServer, type RawServer } from "./helpers/raw-server.ts";

const NODEMCU = resolve("packages/host/bin/nodemcu.js");

/** One entry of docs/diagnostics.md that has a script. */
interface Entry {
  readonly code: string;
  readonly options: string;
  readonly script: string;
  readonly output: string;
}

const ENTRY = /^## `([a-z-]+)`\n\nSeverity: \w+\.(?: Run with `([^`]+)`\.)?\n\n(?:[^#\n`].*\n)+\n```lua\n([^]*?)```\n\n```\n([^]*?)```$/gm;

const diagnostics = readFileSync("docs/diagnostics.md", "utf8");
const entries: Entry[] = [...diagnostics.matchAll(ENTRY)].map(([, code = "", options = "", script = "", output = ""]) => ({
  code,
  options,
  script,
  output,
}));

const readme = readFileSync("README.md", "utf8");

let folder: string;
let httpbin: Httpbin;
let resetting: RawServer;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "documents-"));
  httpbin = await startHttpbin();
  resetting = await startRawServer((socket) => void socket.resetAndDestroy());
});
after(async () => {
  await Promise.all([httpbin.close(), resetting.close()]);
  await rm(folder, { recursive: true });
});

/** What a script and the host print, in that order. */
async function transcript(name: string, script: string, options: readonly string[] = []): Promise<string> {
  await writeFile(join(folder, name), script);
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((done) => {
    execFile(process.execPath, [NODEMCU, "run", ...options, name], { cwd: folder, timeout: 60_000 }, (_error, out, err) =>
      done({ stdout: out, stderr: err }),
    );
  });
  return (stdout + stderr).replace(/(127\.0\.0\.1):\d{4,5}\b/g, "$1:PORT");
}

describe("docs/diagnostics.md", () => {
  for (const { code, options, script, output } of entries) {
    test(`the script of ${code} prints what stands below it`, async () => {
      const given = options.replace("TLSPORT", String(httpbin.tlsPort)).replace("RESETPORT", String(resetting.port));
      const printed = await transcript("script.lua", script, given.split(" ").filter(Boolean));
      assert.equal(printed, output);
      assert.ok(printed.includes(`[${code}]: `));
    });
  }

  test("every code that the host's sources know has its entry", () => {
    const documented = [...diagnostics.matchAll(/^## `([a-z-]+)`$/gm)].map(([, code = ""]) => code);
    assert.equal(new Set(documented).size, documented.length);
    // What is not provoked by a script here: a fault of the program itself.
    assert.deepEqual(documented.toSorted(), [...entries.map(({ code }) => code), "host-fault"].toSorted());
    const sources = ["device", "modules", "cli"].flatMap((floor) => {
      const names = readdirSync(`packages/host/src/${floor}`, { recursive: true, encoding: "utf8" });
      return names.filter((name) => name.endsWith(".ts")).map((name) => readFileSync(join("packages/host/src", floor, name), "utf8"));
    });
    const known = sources.flatMap((source) => [...source.matchAll(/\bcode: "([a-z-]+)"/g)].map(([, code = ""]) => code));
    assert.ok(known.length > 8);
    assert.deepEqual(
      known.filter((code) => !documented.includes(code)),
      [],
    );
  });
});

test("the transcript in the README is what the script beside it really prints", async (t) => {
  if (UNKNOWN_NAME !== "dns-not-found") return t.skip("no DNS server answers here, so the transcript's reason would be another one");
  const [, script = ""] = /```lua\n(local function report[^]*?)```/.exec(readme) ?? [];
  const [, shown = ""] = /```console\n\$ npx nodemcu run sensor\.lua\n([^]*?)```/.exec(readme) ?? [];
  assert.equal(await transcript("sensor.lua", script), shown);
});

test("the README's two commands are those that the package has", () => {
  assert.ok(readme.includes("\nnpm ci && npm start\n") && readme.includes("\nnpm ci && npm test\n"));
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
  assert.ok(scripts["start"] && scripts["test"]);
  assert.ok(readFileSync(".ci/run", "utf8").trimEnd().endsWith("\nnpm ci && npm test"));
});

/** What stands between two headings of a page. */
function section(path: string, from: string, to: string): string {
  const page = readFileSync(path, "utf8");
  const [start, end] = [page.indexOf(`\n${from}\n`), page.indexOf(`\n${to}\n`)];
  assert.ok(start >= 0 && end > start, `${path} has no ${from} before ${to}`);
  return page.slice(start, end);
}

describe("docs/client.md", () => {
  /** Each option with the cell of its default. */
  const tables = [section("docs/client.md", "## Options", "## Responses"), section("docs/deadlines.md", "## Time-outs", "## Giving up")];
  const [options = new Map<string, string>(), timeouts = new Map<string, string>()] = tables.map(
    (text) =>
      new Map(
        [...text.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|([^|]*)\|/gm)].flatMap(([, names = "", cell = ""]) =>
          [...names.matchAll(/\w+/g)].map(([name]) => [name, cell.trim().replace(/ each$/, "")] as const),
        ),
      ),
  );

  test("has every option that there is, and no other", () => {
    const wrong = JSON.parse('{ "nonsense": 1 }') as ClientOptions;
    let message = "";
    assert.throws(
      () => new Client(wrong),
      (error: Error) => (message = error.message) !== "",
    );
    const [, known = ""] = / there are (.*)$/.exec(message) ?? [];
    assert.deepEqual([...options.keys()].toSorted(), known.split(", ").toSorted());
  });

  test("says the defaults that the options' own comments say", () => {
    const source = readFileSync("packages/http/src/client/options/options.ts", "utf8");
    const commented = [...source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s+readonly (\w+)\?:/g)];
    const said = commented.flatMap(([, comment = "", name = ""]) => {
      const [, value] = /Default:? ([^.,:]+)/.exec(comment) ?? [];
      return value === undefined ? [] : [{ name, value, cells: [options.get(name), timeouts.get(name)] }];
    });
    assert.ok(said.length > 20);
    assert.deepEqual(
      said.filter(({ value, cells }) => !cells.some((cell) => value === cell || (cell && value.endsWith(` ${cell}`)))),
      [],
    );
  });
});

/** A message with the figures of one run taken out of it. */
const withoutFigures = (message: string): string =>
  message
    .replace(/\d+\.\d+\.\d+\.\d+:\d+/, "PEER")
    .replace(/within \d+ ms/, "within LIMIT ms")
    .replace(/\d+ ms\]/, "TIME ms]");

test("the error in the READMEs and in docs/client.md is one that such a call really has", async (t) => {
  const identity = await makeIdentity({ names: ["api.example.com"] });
  let heads = 0;
  // The first request is answered, the second is not.
  const server = createTlsServer(identity, (socket) => {
    socket.on("data", () => ++heads === 1 && socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"));
    socket.on("error", () => {});
  });
  const port = await listen(server);
  t.after(() => server.close());
  const connectTo = { "api.example.com:443": `127.0.0.1:${port}` };
  await using client = new Client({ baseUrl: "https://api.example.com/v1/", tls: { ca: identity.cert }, connectTo, timeout: 20_000 });
  const options = { searchParams: { room: "kitchen", api_key: "k" } };
  await (await client.get("devices", options)).json();
  const error: unknown = await client.get("devices", { ...options, timeout: { headers: 100 } }).catch((reason: unknown) => reason);
  assert.ok(isHttpError(error));
  const real = withoutFigures(error.message);
  for (const path of ["README.md", "packages/http/README.md", "docs/client.md"]) {
    const shown =
      /GET https:\/\/api\.example\.com\/v1\/devices\?.* ms\]/.exec(readFileSync(path, "utf8"))?.[0] ?? assert.fail(`no message in ${path}`);
    assert.equal(withoutFigures(shown), real);
  }
});

test("every file of tests that SECURITY.md names is there", () => {
  const named = [...readFileSync("SECURITY.md", "utf8").matchAll(/`([\w/-]+(?:\.test\.ts|\/suite\.ts))`/g)].map(([, name = ""]) => name);
  assert.ok(named.length > 40);
  const paths = named.map((name) => (name.includes("/") ? name : `packages/http/test/${name}`));
  assert.deepEqual(
    paths.filter((path) => !existsSync(path)),
    [],
  );
});

test("every source file that ARCHITECTURE.md and CONTRIBUTING.md name is there", () => {
  const folders = ["packages/http/src", "packages/host/src", "packages/http/test", "test", "scripts"];
  const sources = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join("/", folder, name).replaceAll("\\", "/")),
  );
  for (const document of ["ARCHITECTURE.md", "CONTRIBUTING.md"]) {
    const named = [...readFileSync(document, "utf8").matchAll(/(?<![\w/*.-])[\w/-]+\.ts\b/g)].map(([name]) => name);
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter((name) => name !== "NAME.ts" && name !== "rungs/NAME.ts" && !sources.some((path) => path.endsWith(`/${name}`))),
      [],
    );
  }
});

test("every link of the documents leads to a file that is there", () => {
  const documents = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    ...readdirSync("docs", { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join("docs", name)),
  ];
  const broken = documents.flatMap((document) =>
    [...readFileSync(document, "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .map(([, target = ""]) => join(document, "..", target))
      .filter((target) => !readdirSync(join(target, ".."), { encoding: "utf8" }).includes(target.split("/").at(-1) ?? "")),
  );
  assert.deepEqual(broken, []);
});
