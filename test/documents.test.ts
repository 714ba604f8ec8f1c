import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { startHttpbin, type Httpbin } from "../packages/host/src/httpbin/index.ts";
import { UNKNOWN_NAME } from "./helpers/unknown-name.ts";
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
