import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { test } from "node:test";

/** Every floor with those it may look down to; ARCHITECTURE.md draws them. The order is the drawing's, from the ground up. */
const FLOORS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  http: {
    protocol: [],
    system: ["protocol"],
    transport: ["protocol"],
    client: ["protocol", "system", "transport"],
    contract: ["protocol", "system", "transport", "client"],
  },
  host: {
    lua: [],
    flash: [],
    httpbin: [],
    modules: ["lua", "flash"],
    device: ["lua", "flash", "modules"],
    cli: ["lua", "flash", "modules", "device", "httpbin"],
  },
};

/** Floors of nodemcu-http that may import Node's own modules. */
const SYSTEM_FLOORS: ReadonlySet<string> = new Set(["http/system", "http/transport"]);

const IMPORT = /^(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;

/** The imports of a file that its floor must not make. */
function violations(path: string, source: string): string[] {
  const [, pkg = "", floor = ""] = /^packages\/(\w+)\/src\/(\w+)\//.exec(path) ?? [];
  const below = FLOORS[pkg]?.[floor];
  if (!below) return [`${path} stands on no floor`];
  const targets = [...source.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
  return targets.filter((target) => !isAllowed({ path, pkg, floor, below, target })).map((target) => `${path} imports ${target}`);
}

interface Import {
  readonly path: string;
  readonly pkg: string;
  readonly floor: string;
  readonly below: readonly string[];
  readonly target: string;
}

function isAllowed({ path, pkg, floor, below, target }: Import): boolean {
  if (!target.startsWith(".")) return pkg === "host" || (target.startsWith("node:") && SYSTEM_FLOORS.has(`${pkg}/${floor}`));
  const file = normalize(join(dirname(path), target));
  const root = `packages/${pkg}/src`;
  return file.startsWith(`${root}/${floor}/`) || below.some((lower) => file === `${root}/${lower}/index.ts`);
}

const files = Object.entries(FLOORS).flatMap(([pkg, floors]) =>
  Object.keys(floors).flatMap((floor) => listFiles(`packages/${pkg}/src/${floor}`)),
);

function listFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts")).map((name) => join(folder, name));
}

test("every source file but the packages' doors stands on a floor", () => {
  const all = ["http", "host"].flatMap((pkg) => listFiles(`packages/${pkg}/src`));
  const doors = ["packages/http/src/client-entry.ts", "packages/http/src/index.ts", "packages/host/src/index.ts"];
  assert.deepEqual(all.filter((path) => !files.includes(path)).toSorted(), doors.toSorted());
});

test("every floor imports only the index of floors below it", () => {
  assert.ok(files.length > 50, `only ${files.length} files were found`);
  assert.deepEqual(
    files.flatMap((path) => violations(path, readFileSync(path, "utf8"))),
    [],
  );
});

test("an upward, a deep and a system import are found", () => {
  const path = "packages/http/src/client/one-shot/exchange.ts";
  const source = readFileSync(path, "utf8");
  assert.deepEqual(violations(path, source), []);
  for (const target of ["../../contract/index.ts", "../../transport/dial.ts", "node:net", "undici"]) {
    assert.deepEqual(violations(path, `import { x } from "${target}";\n${source}`), [`${path} imports ${target}`]);
    assert.deepEqual(violations(path, `import type {\n  x,\n} from "${target}";\n${source}`), [`${path} imports ${target}`]);
    assert.deepEqual(violations(path, `export * from "${target}";\n${source}`), [`${path} imports ${target}`]);
    assert.deepEqual(violations(path, `${source}\nawait import("${target}");\n`), [`${path} imports ${target}`]);
  }
});

test("no two floors import each other in a circle", () => {
  for (const floors of Object.values(FLOORS)) {
    const order = Object.keys(floors);
    for (const [floor, below] of Object.entries(floors)) assert.ok(below.every((lower) => order.indexOf(lower) < order.indexOf(floor)));
  }
});

test("no source file is longer than 300 lines", () => {
  const long = files.map((path) => [path, readFileSync(path, "utf8").split("\n").length - 1] as const).filter(([, lines]) => lines > 300);
  assert.deepEqual(long, []);
});
