import { constants } from "node:fs";
import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isMissing, withFile } from "./file-failure.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR, O_WRONLY } = constants;

/** Bytes of a sidecar; what is larger is none. */
const MAX_SIDECAR = 65_536;

const WRITE_SIDECAR = Object.freeze(Object.assign(Object.create(null), { flag: O_WRONLY | O_CREAT | constants.O_TRUNC | O_NOFOLLOW }));

/** What a {@link PartialFile} is made of. */
interface Parts {
  readonly target: string;
  readonly path: string;
  readonly handle: FileHandle;
  /** Permissions of the target, when there is one. */
  readonly mode: number | undefined;
  readonly size: number;
}

/**
 * A file that is not complete yet. Its bytes are written under another name in the folder of its target, which is replaced in one step when they
 * are all there: whoever looks at the target sees the old file or the new one. The permissions of an old file are kept; a link is replaced, not
 * followed. Fails with `file-failed`.
 */
export class PartialFile {
  readonly #parts: Parts;
  #size: number;
  #closed = false;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#size = parts.size;
  }

  /** An empty one, of a name that nobody else knows. */
  static create(target: string): Promise<PartialFile> {
    const path = join(dirname(target), `.${basename(target).slice(0, 60)}.${crypto.randomUUID()}.part`);
    return PartialFile.#open(target, path, O_CREAT | O_EXCL | O_WRONLY);
  }

  /** `target.part`, with the bytes that an earlier run has left there. A link of that name is refused. */
  static resume(target: string): Promise<PartialFile> {
    return PartialFile.#open(target, `${target}.part`, O_CREAT | O_RDWR | O_NOFOLLOW);
  }

  static #open(target: string, path: string, flags: number): Promise<PartialFile> {
    return withFile(target, async () => {
      const mode = await targetMode(target);
      const handle = await open(path, flags, 0o666);
      try {
        return new PartialFile({ target, path, handle, mode, size: (await handle.stat()).size });
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  /** Bytes that are there. */
  get size(): number {
    return this.#size;
  }

  /** Behind those that are there. */
  append(bytes: Uint8Array): Promise<void> {
    return withFile(this.#parts.target, async () => {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await this.#parts.handle.write(bytes, at, bytes.length - at, this.#size);
        at += bytesWritten;
        this.#size += bytesWritten;
      }
    });
  }

  /** Leaves the first bytes alone. */
  truncate(size: number): Promise<void> {
    return withFile(this.#parts.target, async () => {
      await this.#parts.handle.truncate(size);
      this.#size = size;
    });
  }

  /** All is there: it takes the place of its target. */
  async finish(): Promise<void> {
    const { target, path, mode } = this.#parts;
    await withFile(target, async () => {
      if (mode !== undefined) await this.#parts.handle.chmod(mode);
      await this.#close();
      await rename(path, target);
    });
    await syncFolder(dirname(target));
  }

  /** Leaves the bytes for a later run. */
  keep(): Promise<void> {
    return withFile(this.#parts.target, () => this.#close());
  }

  /** Removes it. Never fails: there is another reason for being here. */
  async discard(): Promise<void> {
    await this.#close().catch(ignore);
    await rm(this.#parts.path).catch(ignore);
  }

  /** What is not on the disk yet is brought there: a name must not outlive a power failure that its bytes do not. */
  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#parts.handle.sync();
    } finally {
      await this.#parts.handle.close();
    }
  }
}

const ignore = (): void => {};

async function targetMode(target: string): Promise<number | undefined> {
  try {
    const found = await stat(target);
    if (found.isDirectory()) throw Object.assign(new Error("EISDIR: illegal operation on a directory"), { code: "EISDIR" });
    return found.mode & 0o7777;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** So that the new name is on the disk, too. Not every system lets a folder be opened for that. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(ignore);
  if (!folder) return;
  await folder.sync().catch(ignore);
  await folder.close();
}

/** What a small JSON file beside another one says; undefined when there is none, or none that can be used. */
export async function readSidecar(path: string): Promise<unknown> {
  try {
    const handle = await open(path, constants.O_RDONLY | O_NOFOLLOW);
    try {
      const { size } = await handle.stat();
      return size > MAX_SIDECAR ? undefined : JSON.parse(await readFile(handle, "utf8"));
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

export function writeSidecar(path: string, content: Readonly<Record<string, string | number | undefined>>): Promise<void> {
  return withFile(path, () => writeFile(path, `${JSON.stringify(content)}\n`, WRITE_SIDECAR));
}

/** Never fails: what cannot be removed is in nobody's way. */
export async function removeFile(path: string): Promise<void> {
  await rm(path).catch(ignore);
}
