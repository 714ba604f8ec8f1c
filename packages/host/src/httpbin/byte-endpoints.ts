import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { MersenneTwister } from "./mersenne-twister.ts";
import { readInteger, readQuantity, sizeUpTo } from "./numbers.ts";
import { chunkSize, MAX_WAIT, paced } from "./pacing.ts";
import { errorReply, textReply, typedReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import { parameter } from "./request.ts";
import type { HttpbinRequest } from "./request.ts";

const MAX_RANDOM = 100 * 1024;
const MAX_DRIP = 10 * 1024 * 1024;
const OCTETS = "application/octet-stream";

/** Bytes drawn at random, or by the seed of the query; undefined for a seed that is no whole number. */
function drawBytes(request: HttpbinRequest, digits: string): Buffer | undefined {
  const count = sizeUpTo(digits, MAX_RANDOM);
  const text = parameter(request, "seed");
  if (text === undefined) return randomBytes(count);
  const seed = readInteger(text);
  if (seed === undefined) return undefined;
  const twister = new MersenneTwister(seed);
  return Buffer.from(Array.from({ length: count }, () => twister.nextByte()));
}

const badSeed = (): Reply => errorReply(400, "The seed must be a whole number.");

/** /bytes/N */
export function answerBytes(request: HttpbinRequest, [count = ""]: readonly string[]): Reply {
  const body = drawBytes(request, count);
  return body === undefined ? badSeed() : typedReply({ type: OCTETS, body });
}

/** /stream-bytes/N: the same in chunks. */
export function streamBytes(request: HttpbinRequest, [count = ""]: readonly string[]): Reply {
  const bytes = drawBytes(request, count);
  const size = chunkSize(request);
  if (bytes === undefined) return badSeed();
  if (size === undefined) return errorReply(400, "The chunk_size must be a whole number.");
  return typedReply({ type: OCTETS, body: paced(bytes, { size, duration: 0, signal: request.signal }) });
}

/** /drip?duration=S&numbytes=N&code=C&delay=S */
export async function drip(request: HttpbinRequest): Promise<Reply> {
  const numbers = { duration: "2", delay: "0", numbytes: "10", code: "200" };
  const [duration, delay, count, status] = Object.entries(numbers).map(([name, usual]) => readQuantity(parameter(request, name) ?? usual));
  if (duration === undefined || delay === undefined) return errorReply(400, "The duration and the delay must be seconds.");
  if (count === undefined || count < 1) return textReply("number of bytes must be positive", { status: 400 });
  if (status === undefined || !Number.isInteger(status) || status < 200 || status > 999)
    return textReply("Invalid status code", { status: 400 });
  const bytes = Buffer.alloc(Math.min(Math.floor(count), MAX_DRIP), "*");
  await sleep(Math.min(delay, MAX_WAIT) * 1000, undefined, { signal: request.signal });
  const body = paced(bytes, { size: 1, duration: Math.min(duration, MAX_WAIT) * 1000, signal: request.signal });
  return typedReply({ type: OCTETS, body }, { status, headers: [["Content-Length", String(bytes.length)]] });
}
