import { setTimeout as sleep } from "node:timers/promises";
import { LINE, writeJson } from "./json-writer.ts";
import type { JsonObject } from "./json-value.ts";
import { readQuantity, sizeUpTo } from "./numbers.ts";
import { MAX_WAIT } from "./pacing.ts";
import { report, reportWithBody } from "./report.ts";
import { errorReply, jsonReply, typedReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { HttpbinRequest } from "./request.ts";

const MAX_LINES = 100;

/** /delay/SECONDS */
export async function answerLater(request: HttpbinRequest, [text = ""]: readonly string[]): Promise<Reply> {
  const seconds = readQuantity(text);
  if (seconds === undefined) return errorReply(400, "The delay must be seconds.");
  await sleep(Math.min(seconds, MAX_WAIT) * 1000, undefined, { signal: request.signal });
  const answer = reportWithBody(request, ["url", "args", "headers", "origin"]);
  answer.delete("json");
  return jsonReply(answer);
}

async function* lines(answer: JsonObject, count: number): AsyncGenerator<Uint8Array> {
  for (let id = 0; id < count; id++) yield Buffer.from(`${writeJson(new Map([...answer, ["id", BigInt(id)]]), LINE)}\n`);
}

/** /stream/N: a line of JSON each, in chunks. */
export function streamLines(request: HttpbinRequest, [count = ""]: readonly string[]): Reply {
  const answer = report(request, ["url", "args", "headers", "origin"]);
  return typedReply({ type: "application/json", body: lines(answer, sizeUpTo(count, MAX_LINES)) });
}
