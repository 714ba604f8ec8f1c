import { closeSync, fstatSync, fsyncSync, readSync, writeSync } from "node:fs";
import type { Extent } from "./open-file.ts";

/** A file's bytes on disk, through a file descriptor that it owns. */
export class DiskExtent implements Extent {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  get size(): number {
    return fstatSync(this.#fd).size;
  }

  read(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - position)));
    return bytes.subarray(0, readSync(this.#fd, bytes, 0, bytes.length, position));
  }

  write(position: number, bytes: Uint8Array): boolean {
    try {
      return writeSync(this.#fd, bytes, 0, bytes.length, position) === bytes.length;
    } catch {
      return false; // A full disk is a full flash.
    }
  }

  flush(): void {
    fsyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
