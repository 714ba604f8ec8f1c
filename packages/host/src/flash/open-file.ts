import type { FileMode, FlashFile, Whence } from "./flash.ts";

/** The bytes behind an open file: a growing piece of memory, or a file on disk. */
export interface Extent {
  readonly size: number;
  read(position: number, length: number): Uint8Array;
  /** False when the bytes cannot be kept. */
  write(position: number, bytes: Uint8Array): boolean;
  flush(): void;
  close(): void;
}

/** What a mode allows, as `fs_mode2flag` sets SPIFFS' flags (app/spiffs/spiffs.c). */
export interface Access {
  readonly reads: boolean;
  readonly writes: boolean;
  readonly creates: boolean;
  readonly truncates: boolean;
  readonly appends: boolean;
}

const access = (reads: boolean, writes: boolean, rest: Partial<Access> = {}): Access => {
  return { reads, writes, creates: false, truncates: false, appends: false, ...rest };
};

export const ACCESS: Readonly<Record<FileMode, Access>> = {
  r: access(true, false),
  "r+": access(true, true),
  w: access(false, true, { creates: true, truncates: true }),
  "w+": access(true, true, { creates: true, truncates: true }),
  a: access(false, true, { creates: true, appends: true }),
  "a+": access(true, true, { creates: true, appends: true }),
};

/** An open file over its bytes: position and rights. */
export class OpenFile implements FlashFile {
  readonly #extent: Extent;
  readonly #access: Access;
  #position = 0;
  #open = true;

  constructor(extent: Extent, mode: FileMode) {
    this.#extent = extent;
    this.#access = ACCESS[mode];
  }

  read(length: number): Uint8Array | undefined {
    if (!this.#access.reads) return undefined;
    const bytes = this.#extent.read(this.#position, length);
    this.#position += bytes.length;
    return bytes;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#access.writes) return false;
    if (this.#access.appends) this.#position = this.#extent.size;
    if (!this.#extent.write(this.#position, bytes)) return false;
    this.#position += bytes.length;
    return true;
  }

  seek(whence: Whence, offset: number): number | undefined {
    const base = { set: 0, cur: this.#position, end: this.#extent.size }[whence];
    const target = base + offset;
    // SPIFFS_lseek refuses both (SPIFFS_ERR_SEEK_BOUNDS, SPIFFS_ERR_END_OF_OBJECT); a file has no holes.
    if (target < 0 || target > this.#extent.size) return undefined;
    this.#position = target;
    return target;
  }

  flush(): void {
    this.#extent.flush();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#extent.close();
  }
}
