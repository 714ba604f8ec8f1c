import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGE = new URL("../../../packages/http/", import.meta.url);

/** Bytes of the package as npm would publish it. */
export async function packedSize(): Promise<number> {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: PACKAGE, maxBuffer: 16_777_216 });
  const packed: readonly { readonly size: number }[] = JSON.parse(stdout);
  return packed[0]?.size ?? Number.NaN;
}

/** What an installation brings along. */
export function dependencyCount(): number {
  const manifest: Readonly<Record<string, object | undefined>> = JSON.parse(readFileSync(new URL("package.json", PACKAGE), "utf8"));
  const kinds = ["dependencies", "optionalDependencies", "peerDependencies"].map((kind) => manifest[kind] ?? {});
  return kinds.reduce((sum, names) => sum + Object.keys(names).length, 0);
}
