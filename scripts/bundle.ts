/**
 * Makes of packages/http/dist what is published, in packages/http/lib: a few files in place of some hundred, which a program loads in a
 * quarter of the time, and of the declarations those that an entry point leads to. Names are kept; stacks stay readable.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const FROM = "packages/http/dist";
const TO = "packages/http/lib";
const ENTRIES = ["index", "client-entry", "transport/index"];

rmSync(TO, { recursive: true, force: true });
await build({
  entryPoints: ENTRIES.map((entry) => join(FROM, `${entry}.js`)),
  outdir: TO,
  outbase: FROM,
  chunkNames: "chunk-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: "none",
  plugins: [
    {
      name: "short-fields",
      setup: (bundle) => bundle.onLoad({ filter: /\.js$/ }, ({ path }) => ({ contents: shortenFields(readFileSync(path, "utf8")) })),
    },
  ],
});

/** Private fields stand in no stack and in no inspection: their names are for the sources alone. Those of methods stay. */
function shortenFields(text: string): string {
  const declared = new Set([...text.matchAll(/^ +(?:static )?#(\w+)(?:;| = )/gm)].map(([, name = ""]) => name));
  return [...declared].reduce(
    (short, name, index) => short.replaceAll(new RegExp(`(^ +(?:static )?|\\.)#${name}\\b`, "gm"), `$1#_${index.toString(36)}`),
    text,
  );
}

/** Declarations with those that they import, from the entries on. */
const declarations = new Set<string>();

function follow(file: string): void {
  if (declarations.has(file)) return;
  declarations.add(file);
  const text = readFileSync(join(FROM, file), "utf8");
  for (const [, target = ""] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
    follow(join(dirname(file), target.replace(/(?:\.d)?\.[jt]s$/, ".d.ts")));
  }
}

for (const entry of ENTRIES) follow(`${entry}.d.ts`);

const read = (file: string): string => readFileSync(join(FROM, file), "utf8");

/** Names that the entries export: those are for people to read about; what only stands behind them is for the compiler. */
const exported = new Set(ENTRIES.flatMap((entry) => read(`${entry}.d.ts`).match(/\w+/g) ?? []));
const isPublic = (text: string): boolean =>
  [...text.matchAll(/^export (?:declare )?(?:abstract )?(?:class|interface|type|function|const) (\w+)/gm)].some(([, name = ""]) =>
    exported.has(name),
  );

for (const file of declarations) {
  mkdirSync(dirname(join(TO, file)), { recursive: true });
  const text = read(file);
  writeFileSync(
    join(TO, file),
    isPublic(text) || file === "transport/connection.d.ts" ? text : text.replace(/\n?[ \t]*\/\*\*[\s\S]*?\*\//g, ""),
  );
}
