/**
 * Makes of packages/http/dist what is published, in packages/http/lib: a few files in place of some hundred, which a program loads in a
 * quarter of the time, and of the declarations those that an entry point leads to. Names are kept; stacks stay readable.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
});

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

/** Names that an index exports are for people to read about; what only stands behind them is for the compiler. */
const isPublic = (file: string, indexes: string): boolean =>
  indexes.includes(
    `/${file
      .split("/")
      .slice(-1)[0]
      ?.replace(/\.d\.ts$/, ".ts")}"`,
  );

for (const entry of ENTRIES) follow(`${entry}.d.ts`);
const indexes = ["index", "client-entry", "client/index", "contract/index", "transport/index", "protocol/index"]
  .map((name) => readFileSync(join(FROM, `${name}.d.ts`), "utf8"))
  .join("\n");
for (const file of declarations) {
  mkdirSync(dirname(join(TO, file)), { recursive: true });
  if (ENTRIES.includes(file.replace(/\.d\.ts$/, "")) || isPublic(file, indexes)) copyFileSync(join(FROM, file), join(TO, file));
  else writeFileSync(join(TO, file), readFileSync(join(FROM, file), "utf8").replace(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, ""));
}
