/**
 * Tries the packages as they would be published under each Node that they are for: packs them, installs the tarballs into an empty folder
 * and runs scripts/smoke.ts and a script of a device there. The Nodes come from the npm package `node`, so that this downloads.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { makeIdentity } from "../test/helpers/certificates.ts";

const MAJORS = ["20", "22", "24"];
const PACKAGES = ["packages/http", "packages/host"];
const DOWNLOAD_LIMIT = 300_000;
const RUN_LIMIT = 60_000;
const CLEAR_LINE = "\r\u001b[K";

const SCRIPT = 'http.get("https://httpbin.org/ip", nil, function(code, data) print(code, sjson.decode(data).origin) end)\n';
const PRINTED = "200\t127.0.0.1\n";
const HOST_CHECK = "host: nodemcu run --httpbin";

const run = promisify(execFile);

/** One line that is written over, on a terminal alone. */
const progress = (what: string): void => void (process.stderr.isTTY && process.stderr.write(CLEAR_LINE + what));

/** What a check came to: undefined is good. */
type Outcomes = ReadonlyMap<string, string | undefined>;

/** A Node with what its checks came to. */
interface Column {
  readonly title: string;
  readonly outcomes: Outcomes;
}

/** An empty folder with both packages, and what the smoke program reads. */
async function install(folder: string): Promise<void> {
  const tarballs: string[] = [];
  for (const name of PACKAGES) {
    progress(`packing ${name}`);
    const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: name });
    const packed: readonly { readonly filename: string }[] = JSON.parse(stdout);
    tarballs.push(...packed.map(({ filename }) => join(folder, filename)));
  }
  progress("installing the packages");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...quiet, ...tarballs], { cwd: folder, timeout: DOWNLOAD_LIMIT });
  const { cert, key } = await makeIdentity();
  writeFileSync(join(folder, "certificate.pem"), cert);
  writeFileSync(join(folder, "key.pem"), key);
  writeFileSync(join(folder, "script.lua"), SCRIPT);
  const { code } = await transform(readFileSync("scripts/smoke.ts", "utf8"), { loader: "ts", target: "node20" });
  writeFileSync(join(folder, "smoke.js"), code);
}

/** The newest Node of a major version that npm has: its program and its version. */
async function findNode(major: string): Promise<{ readonly program: string; readonly version: string }> {
  const tell = "JSON.stringify({ program: process.execPath, version: process.version })";
  const { stdout } = await run("npx", ["--yes", "-p", `node@${major}`, "node", "-p", tell], { timeout: DOWNLOAD_LIMIT, cwd: tmpdir() });
  const found: { readonly program: string; readonly version: string } = JSON.parse(stdout);
  if (!found.version.startsWith(`v${major}.`)) throw new Error(`npm gave Node ${found.version} for ${major}`);
  return found;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).trim();

async function smoke(program: string, folder: string): Promise<[name: string, error: string | undefined][]> {
  const { stdout } = await run(program, ["smoke.js"], { cwd: folder, timeout: RUN_LIMIT });
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const { name, error }: { readonly name: string; readonly error?: string } = JSON.parse(line);
      return [name, error];
    });
}

async function runScript(program: string, folder: string): Promise<string | undefined> {
  const command = join("node_modules", "nodemcu-host", "bin", "nodemcu.js");
  const { stdout, stderr } = await run(program, [command, "run", "--httpbin", "script.lua"], { cwd: folder, timeout: RUN_LIMIT });
  return stdout === PRINTED && stderr === "" ? undefined : `printed ${JSON.stringify(stdout + stderr)}`;
}

async function attempt(major: string, folder: string): Promise<Column> {
  try {
    progress(`Node ${major}: fetching`);
    const { program, version } = await findNode(major);
    progress(`Node ${version}: running`);
    const outcomes = new Map(await smoke(program, folder).catch((error: unknown) => [["the smoke program", reasonOf(error)] as const]));
    outcomes.set(HOST_CHECK, await runScript(program, folder).catch(reasonOf));
    return { title: version, outcomes };
  } catch (error) {
    return { title: `v${major}`, outcomes: new Map([["there is such a Node", reasonOf(error)]]) };
  }
}

/** A line per check, a column per Node. */
function table(columns: readonly Column[]): string {
  const names = [...new Set(columns.flatMap(({ outcomes }) => [...outcomes.keys()]))];
  const width = Math.max(...names.map(({ length }) => length));
  const cell = (name: string, { outcomes }: Column): string => {
    if (!outcomes.has(name)) return "–";
    return outcomes.get(name) === undefined ? "ok" : "FAILED";
  };
  const line = (first: string, cells: readonly string[]): string =>
    [first.padEnd(width), ...cells.map((text) => text.padEnd(10))].join("  ").trimEnd();
  const head = line(
    "",
    columns.map(({ title }) => title),
  );
  const rows = names.map((name) =>
    line(
      name,
      columns.map((column) => cell(name, column)),
    ),
  );
  return [head, ...rows].join("\n");
}

const failuresOf = ({ title, outcomes }: Column): string[] =>
  [...outcomes].flatMap(([name, error]) => (error === undefined ? [] : [`Node ${title}, ${name}: ${error}`]));

const folder = mkdtempSync(join(tmpdir(), "nodes-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
await install(folder);
const columns: Column[] = [];
for (const major of MAJORS) columns.push(await attempt(major, folder));
progress("");
process.stdout.write(`${table(columns)}\n`);
const failures = columns.flatMap(failuresOf);
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
