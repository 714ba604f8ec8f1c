import { readdirSync } from "node:fs";
import { extname } from "node:path";
import type { Subject } from "./subject.ts";

// The folder of the sources, for what was compiled may be older than a file that is gone.
const FOLDER = new URL("../src/subjects/", import.meta.url);
const EXTENSION = extname(import.meta.url);

async function load(name: string): Promise<readonly Subject[]> {
  const module: { readonly subjects: readonly Subject[] } = await import(`./subjects/${name}`);
  return module.subjects;
}

/** Every subject, in the order of the files: a new file in `subjects/` is all that a new subject takes. */
export async function loadSubjects(): Promise<readonly Subject[]> {
  const names = readdirSync(FOLDER).map((file) => file.replace(/\.ts$/, EXTENSION));
  return (await Promise.all(names.toSorted().map(load))).flat();
}
