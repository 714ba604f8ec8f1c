import type { Extent } from "./open-file.ts";

/** A file's bytes in memory. Handles that are open share one extent, so each sees what the others write. */
export class MemoryExtent implements Extent {
  #buffer: Uint8Array;
  #size: number;

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.#buffer = bytes;
    this.#size = bytes.length;
  }

  get size(): number {
    return this.#size;
  }

  read(position: number, length: number): Uint8Array {
    return this.#buffer.slice(position, Math.min(position + length, this.#size));
  }

  write(position: number, bytes: Uint8Array): boolean {
    const end = position + bytes.length;
    if (end > this.#buffer.length) this.#grow(end);
    this.#buffer.set(bytes, position);
    this.#size = Math.max(this.#size, end);
    return true;
  }

  truncate(): void {
    this.#size = 0;
  }

  flush(): void {
    // Memory holds nothing back.
  }

  close(): void {
    // The bytes stay for the next one who opens the file.
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#size));
    this.#buffer = larger;
  }
}
