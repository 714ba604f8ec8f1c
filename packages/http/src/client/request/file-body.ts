import { HttpFailure, says } from "../../protocol/index.ts";
import type { BodyFile } from "./body-init.ts";
import { BodyPieces } from "./body-pieces.ts";
import type { StreamedBody } from "./request-body.ts";
import { streamBody } from "./streamed-bodies.ts";

const PIECE = 65_536;

/** A file of the program's, which it opens and closes. Its length has to be asked for; without asking it is sent to wherever its end is. */
export const fileBody = (file: BodyFile): StreamedBody => ({ ...regularFile(file), measured: () => measure(file) });

async function measure(file: BodyFile): Promise<StreamedBody> {
  try {
    const facts = await file.stat();
    if (!facts.isFile()) return streamBody(read(file, { positional: false, length: Number.POSITIVE_INFINITY }));
    // Files such as those of /proc say that they are empty, and are not.
    const { bytesRead } = facts.size > 0 ? { bytesRead: 0 } : await file.read(new Uint8Array(1), 0, 1, 0);
    return regularFile(file, bytesRead > 0 ? undefined : facts.size);
  } catch (cause) {
    const reason = `the file that is the request's body could not be asked for its length: ${says(cause)}. Nothing was sent.`;
    throw new HttpFailure("body-failed", { phase: "request", reason, cause });
  }
}

/** What is appended after the length was asked for is not sent. */
const regularFile = (file: BodyFile, length?: number): StreamedBody => ({
  length,
  replayable: true,
  open() {
    const pieces = read(file, { positional: true, length: length ?? Number.POSITIVE_INFINITY });
    return new BodyPieces({ next: () => pieces.next(), close: () => void pieces.return() });
  },
});

/** Every piece is memory of its own: the one before may still be on its way. */
async function* read(file: BodyFile, { positional, length }: { positional: boolean; length: number }): AsyncGenerator<Uint8Array, void> {
  for (let position = 0; position < length;) {
    const size = Math.min(PIECE, length - position);
    const buffer = new Uint8Array(size);
    const { bytesRead } = await file.read(buffer, 0, size, positional ? position : null);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
