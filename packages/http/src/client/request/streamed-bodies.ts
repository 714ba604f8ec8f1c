import type { BodyFactory, BodyStream } from "./body-init.ts";
import { BodyPieces } from "./body-pieces.ts";
import type { StreamedBody } from "./request-body.ts";
import { isStream, lateSource, takeStream, type BodySource } from "./stream-source.ts";

/** A stream that is there: it can be sent once. */
class OneShotBody implements StreamedBody {
  readonly replayable = false;
  readonly length: number | undefined;
  #source: BodySource | undefined;

  constructor(source: BodySource, length: number | undefined) {
    this.#source = source;
    this.length = length;
  }

  get unopened(): boolean {
    return this.#source !== undefined;
  }

  open(): BodyPieces {
    const source = this.#source;
    if (!source) throw new Error("a body that can be sent once was opened twice, or after it was let go");
    this.#source = undefined;
    return new BodyPieces(source);
  }

  discard(): void {
    this.#source?.close();
    this.#source = undefined;
  }
}

/** A TypeError for a stream that cannot be read any more, or that is another request's. */
export function streamBody(stream: BodyStream | BodyFactory, length?: number): StreamedBody {
  if (isStream(stream)) return new OneShotBody(takeStream(stream), length);
  return { length, replayable: true, open: () => new BodyPieces(lateSource(stream)) };
}

export const blobBody = (blob: Blob): StreamedBody => ({
  length: blob.size,
  replayable: true,
  open: () => new BodyPieces(takeStream(blob.stream())),
});
