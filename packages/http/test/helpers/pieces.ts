import assert from "node:assert/strict";
import type { RequestBody, StreamedBody } from "../../src/client/request/request-body.ts";

/** A body that is not in memory. */
export function streamed(body: RequestBody | undefined): StreamedBody {
  assert.ok(body !== undefined && !(body instanceof Uint8Array), "the body is in memory");
  return body;
}

/** All of a body. */
export async function bytesOf(body: RequestBody | undefined): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const pieces: Uint8Array[] = [];
  const iterator = streamed(body).open();
  for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
    assert.ok(step.value instanceof Uint8Array && step.value.length > 0, "a piece has bytes");
    pieces.push(step.value);
  }
  return Buffer.concat(pieces);
}

export const textOf = async (body: RequestBody | undefined): Promise<string> => (await bytesOf(body)).toString();

/** A turn of the event loop: streams close in the next one. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
