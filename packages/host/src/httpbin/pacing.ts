import { setTimeout as sleep } from "node:timers/promises";
import { readInteger } from "./numbers.ts";
import { parameter } from "./request.ts";
import type { HttpbinRequest } from "./request.ts";

/** The longest wait that a request can ask for, in seconds. */
export const MAX_WAIT = 10;

const DEFAULT_CHUNK = 10 * 1024;

// Timers are no finer than this, in milliseconds; faster pieces go out together.
const TICK = 5;

/** The size of chunks asked for; undefined when it is no whole number. */
export function chunkSize(request: HttpbinRequest): number | undefined {
  const size = readInteger(parameter(request, "chunk_size") ?? String(DEFAULT_CHUNK));
  return size === undefined ? undefined : Math.max(1, Number(size));
}

/** How bytes are sent. */
export interface Pace {
  /** Bytes per piece. */
  readonly size: number;
  /** Milliseconds for the whole. */
  readonly duration: number;
  readonly signal: AbortSignal;
}

/** The bytes in pieces, spread evenly over the duration. */
export async function* paced(bytes: Buffer, { size, duration, signal }: Pace): AsyncGenerator<Uint8Array> {
  const started = performance.now();
  const due = (): number => (duration === 0 ? bytes.length : (bytes.length * (performance.now() - started)) / duration);
  for (let at = 0; at < bytes.length;) {
    const pieces = duration === 0 ? 1 : Math.max(1, Math.floor((due() - at) / size));
    const end = Math.min(bytes.length, at + pieces * size);
    yield bytes.subarray(at, end);
    at = end;
    const ahead = ((at - due()) * duration) / bytes.length;
    if (ahead > 0) await sleep(Math.max(TICK, ahead), undefined, { signal });
  }
}
