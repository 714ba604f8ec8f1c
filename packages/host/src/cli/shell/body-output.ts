import type { ClientResponse } from "nodemcu-http/client";
import type { Interruption } from "../interruption.ts";
import type { Io } from "../io.ts";
import { EXITS, ShellError } from "./exit-codes.ts";
import type { ShellSettings } from "./shell-settings.ts";

/** Bytes at the beginning of a body that are looked at before they go to a terminal. */
const LOOKED_AT = 2000;

/** stdout, and what may end it. */
export interface Outside {
  readonly io: Io;
  readonly interruption: Interruption;
}

/** Writes to stdout; throws when that is over. */
export function writeOut({ io, interruption }: Outside, bytes: Uint8Array): void {
  io.stdout.write(bytes);
  const lost = interruption.whileBusy(0);
  if (lost !== undefined) throw new ShellError(`ended by ${lost}`, EXITS.write);
}

/** The body to stdout, byte for byte, as it comes. */
export async function writeBody(response: ClientResponse, settings: ShellSettings, outside: Outside): Promise<void> {
  // A reader that takes its time blocks the write, and then no event tells of a signal.
  outside.interruption.letSignalsKill();
  const careful = outside.io.stdout.isTTY && !settings.target.named;
  let size = 0;
  for await (const chunk of response) {
    if (careful && size < LOOKED_AT) refuseBinary(chunk.subarray(0, LOOKED_AT - size));
    size += chunk.length;
    if (size > (settings.maxFileSize ?? Infinity)) throw tooLarge(settings.maxFileSize);
    writeOut(outside, chunk);
  }
}

function refuseBinary(bytes: Uint8Array): void {
  if (!bytes.includes(0)) return;
  throw new ShellError(
    "the body is no text, and may mess up the terminal. Write it with --output FILE, or here with --output -",
    EXITS.write,
  );
}

/** What a body is that is larger than --max-filesize allows. */
export const tooLarge = (maximum: number | undefined): ShellError =>
  new ShellError(`the body is larger than --max-filesize allows, ${maximum} bytes`, EXITS.tooLarge);
