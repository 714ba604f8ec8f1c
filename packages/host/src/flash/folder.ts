import { lstatSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { relative, sep } from "node:path";
import { isLegalName, MAX_NAME_BYTES } from "./name.ts";

/**
 * A folder that nobody gets out of. Paths inside are byte strings, as names are, because a file's name on disk is bytes too: Node takes and
 * gives them as latin1 buffers, and no name is lost or changed on the way.
 */
export class Folder {
  readonly #root: string;

  /** The folder must exist. */
  constructor(directory: string) {
    this.#root = byteRealpath(Buffer.from(directory, "utf8"));
  }

  /**
   * The path of a name, or undefined when the name is not legal, or when links on the way lead outside. Whatever of the path exists is
   * resolved first: a script can then make files only in directories that really are below the root.
   */
  locate(name: string): Buffer | undefined {
    if (!isLegalName(name)) return undefined;
    const path = `${this.#root}/${name}`;
    return this.#isInside(path) ? toPath(path) : undefined;
  }

  /** What is there under that name, a directory included. */
  stat(name: string): Stats | undefined {
    const path = this.locate(name);
    return path === undefined ? undefined : quietly(() => statSync(path));
  }

  /** Makes the directories that a name with slashes needs. */
  makeParents(name: string): void {
    const slash = name.lastIndexOf("/");
    if (slash >= 0) mkdirSync(toPath(`${this.#root}/${name.slice(0, slash)}`), { recursive: true });
  }

  /** Every regular file with a legal name; directories as parts of names. */
  list(): Map<string, number> {
    const found = new Map<string, number>();
    this.#collect({ prefix: "", above: [] }, found);
    return found;
  }

  #collect({ prefix, above }: { prefix: string; above: readonly string[] }, found: Map<string, number>): void {
    const real = quietly(() => byteRealpath(toPath(`${this.#root}/${prefix}`)));
    if (real === undefined || above.includes(real)) return; // a link back up would list everything again, below itself
    const entries = quietly(() => readdirSync(toPath(`${this.#root}/${prefix}`), { encoding: "latin1" })) ?? [];
    for (const name of entries.toSorted().map((entry) => prefix + entry)) {
      const stats = this.stat(name);
      if (stats?.isFile()) found.set(name, stats.size);
      // No deeper than a name reaches.
      else if (stats?.isDirectory() && name.length < MAX_NAME_BYTES - 1)
        this.#collect({ prefix: `${name}/`, above: [...above, real] }, found);
    }
  }

  #isInside(path: string): boolean {
    let existing = path;
    // lstat, not stat: a link that leads nowhere exists, and writing through it would make a file wherever it points.
    while (existing !== this.#root && quietly(() => lstatSync(toPath(existing))) === undefined) {
      existing = existing.slice(0, existing.lastIndexOf("/"));
    }
    const real = quietly(() => byteRealpath(toPath(existing)));
    if (real === undefined) return false;
    const way = relative(this.#root, real);
    return way !== ".." && !way.startsWith(`..${sep}`);
  }
}

const toPath = (bytes: string): Buffer => Buffer.from(bytes, "latin1");

// The native one: the other turns a buffer into UTF-8 text.
const byteRealpath = (path: Buffer): string => realpathSync.native(path, { encoding: "latin1" });

/** The result, or undefined where the file system refuses: what is not there, may not be seen, cannot be made. */
export function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
