import type { Field } from "../../protocol/index.ts";

/** A request as a {@link Transport} gets it. */
export interface TransportRequest {
  readonly method: string;
  readonly url: string;
  /** Every field line, Host and framing included, in order. */
  readonly headers: readonly Field[];
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** Fires when the call is given up, or its time has ended. */
  readonly signal: AbortSignal;
}

/** What a {@link Transport} answers. */
export interface TransportResponse {
  readonly status: number;
  readonly statusText?: string | undefined;
  readonly headers?: Iterable<Field> | undefined;
  /** As it is on the wire: decoding is the client's. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

/** Answers requests in place of the network, one exchange at a time: redirects, retries, cookies and decoding stay the client's. */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
}
