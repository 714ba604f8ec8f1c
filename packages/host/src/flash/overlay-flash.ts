import type { FileMode, Flash, FlashFile } from "./flash.ts";
import { openFolderFlash } from "./folder-flash.ts";
import { MemoryExtent } from "./memory-extent.ts";
import { isLegalName } from "./name.ts";
import { ACCESS, OpenFile } from "./open-file.ts";

/**
 * Flash in memory over a folder that is only read: what the script writes and removes is gone when the run ends, and nothing on disk changes.
 * Without a folder it starts empty.
 */
export const openOverlayFlash = (directory?: string): Flash => {
  return new OverlayFlash(directory === undefined ? undefined : openFolderFlash(directory));
};

class OverlayFlash implements Flash {
  #below: Flash | undefined;
  /** What differs from the folder: a file's new bytes, or undefined for one that was removed. */
  readonly #changes = new Map<string, MemoryExtent | undefined>();

  constructor(below: Flash | undefined) {
    this.#below = below;
  }

  read(name: string): Uint8Array | undefined {
    if (!this.#changes.has(name)) return this.#below?.read(name);
    const extent = this.#changes.get(name);
    return extent?.read(0, extent.size);
  }

  open(name: string, mode: FileMode): FlashFile | undefined {
    const access = ACCESS[mode];
    if (!access.writes && !this.#changes.has(name)) return this.#below?.open(name, mode);
    const extent = this.#claim(name) ?? (access.creates ? this.#create(name) : undefined);
    if (extent === undefined) return undefined;
    if (access.truncates) extent.truncate();
    return new OpenFile(extent, mode);
  }

  exists(name: string): boolean {
    return this.size(name) !== undefined;
  }

  size(name: string): number | undefined {
    return this.#changes.has(name) ? this.#changes.get(name)?.size : this.#below?.size(name);
  }

  remove(name: string): void {
    if (this.exists(name)) this.#changes.set(name, undefined);
  }

  rename(from: string, to: string): boolean {
    if (!isLegalName(to) || this.exists(to)) return false;
    const extent = this.#claim(from);
    if (extent === undefined) return false;
    this.#changes.set(to, extent).set(from, undefined);
    return true;
  }

  list(): ReadonlyMap<string, number> {
    const names = new Set([...(this.#below?.list().keys() ?? []), ...this.#changes.keys()]);
    const sizes = [...names].map((name) => [name, this.size(name)] as const);
    return new Map(sizes.filter((entry): entry is readonly [string, number] => entry[1] !== undefined));
  }

  format(): void {
    this.#below = undefined;
    this.#changes.clear();
  }

  /** The file's own bytes in memory, copied from the folder at the first need. */
  #claim(name: string): MemoryExtent | undefined {
    if (!this.#changes.has(name)) {
      const bytes = this.#below?.read(name);
      if (bytes !== undefined) this.#changes.set(name, new MemoryExtent(bytes));
    }
    return this.#changes.get(name);
  }

  #create(name: string): MemoryExtent | undefined {
    if (!isLegalName(name)) return undefined;
    const extent = new MemoryExtent();
    this.#changes.set(name, extent);
    return extent;
  }
}
