/**
 * The bytes of a request that are not all in memory. `open` begins at the first byte; its iterator's `return` lets the source go. A body in
 * memory is a Uint8Array, with none of this.
 */
export interface StreamedBody {
  /** Bytes of all of it, when known: sent with Content-Length, else chunked (RFC 9112 §7.1). */
  readonly length: number | undefined;
  /** It can be opened again, for a redirect or a retry. One that is not can be opened once. */
  readonly replayable: boolean;
  open(): AsyncIterator<Uint8Array>;
}

/** What a request sends behind its head. */
export type RequestBody = Uint8Array | StreamedBody;

/** Whether the same bytes can be sent once more. */
export const isReplayable = (body: RequestBody | undefined): boolean => body === undefined || body instanceof Uint8Array || body.replayable;
