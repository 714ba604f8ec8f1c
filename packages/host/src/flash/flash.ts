/**
 * The device's file system, as SPIFFS shows it: flat, names of 1–31 bytes, "/" allowed inside. Names are byte strings (one character per byte).
 * A name that no file can have is treated as one that does not exist.
 */
export interface Flash {
  /** Whole file, or undefined when there is none. */
  read(name: string): Uint8Array | undefined;
  /** Opens a file. Modes as `file.open` takes them; undefined where the device gives nil (no such file for "r" and "r+"). */
  open(name: string, mode: FileMode): FlashFile | undefined;
  exists(name: string): boolean;
  /** Bytes, or undefined when there is no such file. */
  size(name: string): number | undefined;
  remove(name: string): void;
  /** False when `from` is not there or `to` is taken. */
  rename(from: string, to: string): boolean;
  /** Names with their sizes in bytes. */
  list(): ReadonlyMap<string, number>;
  /** Deletes everything the script can see. */
  format(): void;
}

export type FileMode = "r" | "w" | "a" | "r+" | "w+" | "a+";

/** Where a seek counts from. */
export type Whence = "set" | "cur" | "end";

/** An open file. The position is the file's own. */
export interface FlashFile {
  /** Up to `length` bytes from the position; empty at the end, and undefined when the file was opened for writing alone. */
  read(length: number): Uint8Array | undefined;
  /** Bytes at the position (at the end in the modes with a). False when the file was opened for reading alone, or nothing more fits. */
  write(bytes: Uint8Array): boolean;
  /** The new position; undefined for one before the beginning or behind the end. */
  seek(whence: Whence, offset: number): number | undefined;
  flush(): void;
  /** Frees the file. A second call does nothing; any other use afterwards is an error of the host. */
  close(): void;
}
