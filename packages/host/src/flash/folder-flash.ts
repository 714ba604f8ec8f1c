import { constants, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { DiskExtent } from "./disk-extent.ts";
import type { FileMode, Flash, FlashFile } from "./flash.ts";
import { Folder, quietly } from "./folder.ts";
import { ACCESS, OpenFile } from "./open-file.ts";
import type { Access } from "./open-file.ts";

/**
 * A folder of the desktop as flash: names with "/" are files in folders below it. Nothing outside the folder is ever read or written.
 * @throws Node's error when the folder does not exist.
 */
export const openFolderFlash = (directory: string): Flash => new FolderFlash(new Folder(directory));

class FolderFlash implements Flash {
  readonly #folder: Folder;

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  read(name: string): Uint8Array | undefined {
    const path = this.exists(name) ? this.#folder.locate(name) : undefined;
    return path === undefined ? undefined : quietly(() => readFileSync(path));
  }

  open(name: string, mode: FileMode): FlashFile | undefined {
    const [path, there] = [this.#folder.locate(name), this.#folder.stat(name)];
    const access = ACCESS[mode];
    if (path === undefined || (there === undefined ? !access.creates : !there.isFile())) return undefined;
    // A part of the name that is a file, no permission, no room: the device's nil.
    return quietly(() => {
      if (access.creates) this.#folder.makeParents(name);
      return new OpenFile(new DiskExtent(openSync(path, openFlags(access))), mode);
    });
  }

  exists(name: string): boolean {
    return this.size(name) !== undefined;
  }

  size(name: string): number | undefined {
    const there = this.#folder.stat(name);
    return there?.isFile() ? there.size : undefined;
  }

  remove(name: string): void {
    const path = this.exists(name) ? this.#folder.locate(name) : undefined;
    if (path !== undefined) quietly(() => rmSync(path));
  }

  rename(from: string, to: string): boolean {
    const [source, target] = [this.#folder.locate(from), this.#folder.locate(to)];
    if (source === undefined || target === undefined || !this.exists(from) || this.exists(to)) return false;
    const done = quietly(() => {
      this.#folder.makeParents(to);
      renameSync(source, target);
      return true;
    });
    return done ?? false;
  }

  list(): ReadonlyMap<string, number> {
    return this.#folder.list();
  }

  format(): void {
    for (const name of this.#folder.list().keys()) this.remove(name);
  }
}

// O_APPEND is left out: OpenFile goes to the end itself, and with it Linux would ignore every position.
const openFlags = (access: Access): number =>
  (access.writes ? constants.O_RDWR : constants.O_RDONLY) |
  (access.creates ? constants.O_CREAT : 0) |
  (access.truncates ? constants.O_TRUNC : 0);
