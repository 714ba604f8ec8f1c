import type { IncomingMessage } from "node:http";

/** The largest request body that is read, in bytes. */
export const MAX_BODY: number = 16 * 1024 * 1024;

// A client that is still sending would lose the answer to a reset; so the surplus is read and dropped, up to this many bytes.
const MAX_DISCARDED = 4 * MAX_BODY;

/** The body of a request; undefined when it is larger than {@link MAX_BODY}. Rejects when the client goes away. */
export async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(message.headers["content-length"] ?? 0) > MAX_DISCARDED) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY) chunks.push(chunk);
    if (length > MAX_DISCARDED) break;
  }
  return length > MAX_BODY ? undefined : Buffer.concat(chunks);
}
