import { readQuantity } from "./numbers.ts";
import { chunkSize, MAX_WAIT, paced } from "./pacing.ts";
import { errorReply, textReply, typedReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import { parameter } from "./request.ts";
import type { HttpbinRequest } from "./request.ts";

const MAX_SIZE = 100 * 1024;

interface Span {
  readonly first: number;
  readonly last: number;
}

/** The span that a Range header (RFC 9110 §14.2) asks of `size` bytes; all of them when it cannot be read. */
function readRange(header: string, size: number): Span {
  const [, first = "", last = ""] = /^\s*bytes[^=]*=\s*([0-9]*)\s*-\s*([0-9]*)\s*$/.exec(header) ?? [];
  if (first === "") return { first: last === "" ? 0 : Math.max(0, size - Number(last)), last: size - 1 };
  return { first: Number(first), last: last === "" ? size - 1 : Number(last) };
}

const alphabet = (size: number): Buffer => Buffer.alloc(size, "abcdefghijklmnopqrstuvwxyz");

/** /range/N: the alphabet over and over, whole or the part that Range asks for. */
export function answerRange(request: HttpbinRequest, [digits = ""]: readonly string[]): Reply {
  const size = Number(digits);
  const known = [["ETag", `range${BigInt(digits)}`] as const, ["Accept-Ranges", "bytes"] as const];
  if (size < 1 || size > MAX_SIZE)
    return textReply(`number of bytes must be in the range (0, ${MAX_SIZE}]`, { status: 404, headers: known });
  const { first, last } = readRange(request.headers.get("Range") ?? "", size);
  if (first > last || last >= size) return textReply("", { status: 416, headers: [...known, ["Content-Range", `bytes */${size}`]] });
  return sendRange(request, { first, last, size, known });
}

function sendRange(request: HttpbinRequest, range: Span & { size: number; known: Reply["headers"] }): Reply {
  const { first, last, size, known } = range;
  const duration = readQuantity(parameter(request, "duration") ?? "0");
  const chunk = chunkSize(request);
  if (duration === undefined) return errorReply(400, "The duration must be seconds.");
  if (chunk === undefined) return errorReply(400, "The chunk_size must be a whole number.");
  const bytes = alphabet(size).subarray(first, last + 1);
  const share = (Math.min(duration, MAX_WAIT) * 1000 * bytes.length) / size;
  const headers = [
    ...known,
    ["Content-Length", String(bytes.length)] as const,
    ["Content-Range", `bytes ${first}-${last}/${size}`] as const,
  ];
  const body = paced(bytes, { size: chunk, duration: share, signal: request.signal });
  return typedReply({ type: "application/octet-stream", body }, { status: bytes.length === size ? 200 : 206, headers });
}
