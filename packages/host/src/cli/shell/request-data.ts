import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import type { RequestOptions } from "nodemcu-http/client";
import type { Input, Io } from "../io.ts";
import { fileReason } from "../run-settings.ts";
import { EXITS, ShellError } from "./exit-codes.ts";

/** Where the bytes of a request come from. */
export type DataSource = { readonly text: string } | { readonly file: string } | { readonly stdin: true };

/** Data as the command line names it: `@FILE`, `-` or `@-` for stdin, else the text itself. */
export function dataSource(written: string): DataSource {
  if (written === "-" || written === "@-") return { stdin: true };
  return written.startsWith("@") ? { file: written.slice(1) } : { text: written };
}

/** A body that is ready to be sent, and what lets its source go. */
export interface OpenedData {
  readonly body: RequestOptions["body"];
  readonly close: () => Promise<void>;
}

/** Input that is as small as this is sent with its length: there are servers that know no chunks. */
const KNOWN_LENGTH = 65_536;

/** Opens the source. Files and stdin are sent as they are read, never held whole. A signal that fires ends the wait for stdin. */
export async function openData(source: DataSource, io: Io, signal: AbortSignal): Promise<OpenedData> {
  if ("text" in source) return { body: Buffer.from(source.text), close: async () => {} };
  if ("stdin" in source) {
    const input = io.stdin();
    signal.addEventListener("abort", () => input.destroy());
    return { body: await inputBody(input), close: async () => input.destroy() };
  }
  const file = await openFile(resolve(io.cwd, source.file), source.file);
  return { body: file, close: () => file.close() };
}

async function openFile(path: string, name: string): Promise<FileHandle> {
  try {
    const file = await open(path);
    if ((await file.stat()).isDirectory()) {
      await file.close();
      throw Object.assign(new Error("that is a directory"), { code: "EISDIR" });
    }
    return file;
  } catch (error) {
    throw new ShellError(`${name}: ${fileReason(error)}`, EXITS.read, error);
  }
}

async function inputBody(input: Input): Promise<RequestOptions["body"]> {
  const pieces = input[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  for (let size = 0; size <= KNOWN_LENGTH;) {
    const { done, value } = await nextOf(pieces);
    if (done) return Buffer.concat(first);
    size += value.length;
    first.push(value);
  }
  return joined(first, pieces);
}

async function* joined(first: readonly Uint8Array[], pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* first;
  for (let next = await nextOf(pieces); !next.done; next = await nextOf(pieces)) yield next.value;
}

async function nextOf(pieces: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array, unknown>> {
  try {
    return await pieces.next();
  } catch (error) {
    throw new ShellError(`stdin cannot be read: ${fileReason(error)}`, EXITS.read, error);
  }
}
