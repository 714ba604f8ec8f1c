import { hasMethods } from "./members.ts";

/**
 * The bytes of a request that are not all in memory. `open` begins at the first byte; its iterator's `return` lets the source go. A body in
 * memory is a Uint8Array, with none of this.
 */
export interface StreamedBody {
  /** Bytes of all of it, when known: sent with Content-Length, else chunked (RFC 9112 §7.1). */
  readonly length: number | undefined;
  /** It can be opened again, for a redirect or a retry. One that is not can be opened once. */
  readonly replayable: boolean;
  /** Does not fail: what is wrong with the source is what the first piece fails with. `return` does not wait for the source. */
  open(): AsyncIterator<Uint8Array>;
  /** One that can be opened once, and was not yet. */
  readonly unopened?: boolean;
  /** Lets the source of a body go that was not opened and will not be. */
  discard?(): void;
  /** The same body with its length, when that has to be asked for. */
  measured?(): Promise<StreamedBody>;
}

/** What a request sends behind its head. */
export type RequestBody = Uint8Array | StreamedBody;

/** Whether all the bytes can be sent: also those of a stream that nobody has asked for any. */
export const isSendable = (body: RequestBody | undefined): boolean =>
  isReplayable(body) || (body !== undefined && !(body instanceof Uint8Array) && body.unopened === true);

/** Whether the same bytes can be sent once more. */
export const isReplayable = (body: RequestBody | undefined): boolean => body === undefined || body instanceof Uint8Array || body.replayable;

/** The body with all that can be known of its length; a promise only when that has to be asked for. */
export function readyBody<Body extends RequestBody | undefined>(body: Body): Body | Promise<StreamedBody> {
  if (body === undefined || body instanceof Uint8Array || !Object.hasOwn(body, "measured")) return body;
  return body.measured?.() ?? body;
}

/** The request will not be sent: whatever its body holds is let go. */
export function discardBody(body: RequestBody | undefined): void {
  if (body !== undefined && !(body instanceof Uint8Array) && hasMethods(body, "discard")) body.discard?.();
}
