import type { HttpFailure } from "../protocol/index.ts";
import type { TlsOptions } from "../transport/index.ts";

/** Header lines as the device takes them, each with its `\r\n`; or, as an extension, an object of strings. */
export type RequestHeaders = string | Readonly<Record<string, string>> | null | undefined;

/** A body, already encoded by the caller. Strings are sent as UTF-8. Bytes are not copied: leave them as they are until the callback. */
export type RequestBody = string | Uint8Array | null | undefined;

/** Response header fields by lower-case name, without a prototype. Lines of one name are joined by ", ", those of set-cookie by "\n". */
export type ResponseHeaders = Record<string, string>;

/**
 * Called exactly once, never before the call has returned. `code` is the HTTP status, or -1 with a `failure` that says why
 * (data and headers are then undefined).
 */
export type HttpCallback<Data = string> = (
  code: number,
  data: Data | undefined,
  headers: ResponseHeaders | undefined,
  failure: HttpFailure | undefined,
) => void;

type OptionalCallback<Data> = HttpCallback<Data> | null | undefined;

/** NodeMCU's http module. A `url` that is no string, and arguments of other wrong types, throw a TypeError; everything else is reported to the callback. */
export interface HttpModule<Data = string> {
  readonly OK: 0;
  readonly ERROR: -1;
  get(url: string, headers?: RequestHeaders, callback?: OptionalCallback<Data>): void;
  post(url: string, headers?: RequestHeaders, body?: RequestBody, callback?: OptionalCallback<Data>): void;
  put(url: string, headers?: RequestHeaders, body?: RequestBody, callback?: OptionalCallback<Data>): void;
  delete(url: string, headers?: RequestHeaders, body?: RequestBody, callback?: OptionalCallback<Data>): void;
  request(url: string, method: string, headers?: RequestHeaders, body?: RequestBody, callback?: OptionalCallback<Data>): void;
}

/** Something about a request that went another way than the caller may think. */
export interface HttpDiagnostic {
  /** `reserved-header`: a Host, Connection or User-Agent line was left out. `tls-not-verified`: accepted with `verify: false`, would have been refused. */
  readonly code: "reserved-header" | "tls-not-verified";
  readonly message: string;
  readonly method: string;
  readonly url: string;
}

/** One finished exchange: what was asked, what came back, how long each phase took. */
export interface HttpExchange {
  readonly method: string;
  /** As it was asked for, but for a password. */
  readonly url: string;
  /** The URL that answered, after redirects. */
  readonly finalUrl: string;
  /** The status, or -1. */
  readonly status: number;
  /** Bytes on the wire above TLS, heads included, all hops. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Milliseconds per phase that was reached: dns, connect, tls, send, wait, receive; and total. */
  readonly timings: Readonly<Partial<Record<"dns" | "connect" | "tls" | "send" | "wait" | "receive", number>> & { total: number }>;
  readonly failure: HttpFailure | undefined;
}

/** Settings of {@link createHttp}. */
export interface HttpSettings {
  /** Milliseconds from the call to the complete response, redirects included. Default 10 000, as the firmware's document says. */
  readonly timeout?: number | undefined;
  /**
   * Bytes of one response, head and body, that may be held; a larger one is `response-too-large`. A function is asked when the response
   * begins; what is not above 0 counts as 0. Default 16 MiB. With `body: "text"` never more than 2^29-24, the longest string there is.
   */
  readonly memory?: number | (() => number) | undefined;
  /** How many redirects to follow. Default 0: a 3xx arrives as its status. */
  readonly redirects?: number | undefined;
  /** `"text"`: data is a string by the response's charset, else UTF-8 (the default). `"bytes"`: data is a Uint8Array. */
  readonly body?: "text" | "bytes" | undefined;
  readonly tls?: TlsOptions | undefined;
  /** `"host:port"` to `"host:port"`, as curl's `--connect-to`. Host, SNI and the certificate check keep the URL's name. */
  readonly connectTo?: Readonly<Record<string, string>> | undefined;
  /** Gives up, when it fires, every request that is under way: each fails with `aborted`. A request made later fails at once. */
  readonly signal?: AbortSignal | undefined;
  /** An error thrown by one of these two is reported as uncaught and changes nothing about the request. */
  readonly onDiagnostic?: ((diagnostic: HttpDiagnostic) => void) | undefined;
  readonly onExchange?: ((exchange: HttpExchange) => void) | undefined;
}
