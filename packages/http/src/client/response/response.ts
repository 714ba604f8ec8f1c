import { HttpFailure } from "../../protocol/index.ts";
import type { TlsFacts } from "../../transport/index.ts";
import type { Answer, AnswerBody, ConnectionFacts } from "../exchange/answer.ts";
import type { Attempt } from "../exchange/call.ts";
import { bodyOf, type BodyRules } from "./decoded-body.ts";
import { jsonProblem } from "./json.ts";
import { ResponseHeaders } from "./response-headers.ts";
import { saveWhole, type Saved, type SaveOptions, type SaveSource } from "./save.ts";
import { saveResumably } from "./save-resumably.ts";
import { decodeText } from "./text.ts";
import { resumableBy } from "./validator.ts";
import type { Timings } from "../exchange/timeline.ts";

/** What a response knows of its call. */
export interface ResponseCall {
  readonly attempts: readonly Attempt[];
  readonly redirects: number;
  readonly setup: BodyRules;
}

/** Which connection a response came on. */
export interface ResponseConnection {
  /** The address that answered; with a proxy the proxy's, with a Unix socket none. */
  readonly peer: { readonly host: string; readonly port: number } | undefined;
  /** The address of this machine. */
  readonly local: { readonly host: string; readonly port: number } | undefined;
  /** Whether it had carried another exchange before. */
  readonly reused: boolean;
  /** What the server says that it speaks. */
  readonly protocol: "HTTP/1.0" | "HTTP/1.1";
  /** What the TLS handshake came to; undefined without TLS. */
  readonly tls: TlsFacts | undefined;
}

const NO_CONNECTION: ConnectionFacts = { peer: undefined, local: undefined, security: undefined };

/**
 * A response whose head has come. Its body is read once: as text, JSON or bytes, or piece by piece; a second time is a TypeError. Reading
 * fails with an HttpError when the body does not come whole.
 */
export class ClientResponse implements AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly headers: ResponseHeaders;
  /** Whether at least one redirect was followed. */
  readonly redirected: boolean;
  /** Every sending of the request so far: redirects, retries, and this one at the end. */
  readonly attempts: readonly Attempt[];
  readonly #answer: Answer;
  readonly #body: AnswerBody;
  readonly #again: SaveSource["again"];
  #stream: ReadableStream<Uint8Array> | undefined;

  /** `again` sends the request once more, with other fields. */
  constructor(answer: Answer, { attempts, redirects, setup }: ResponseCall, again: SaveSource["again"]) {
    this.headers = new ResponseHeaders(answer.head.fields);
    this.attempts = attempts;
    this.redirected = redirects > 0;
    this.#answer = answer;
    this.#body = bodyOf(answer, setup);
    this.#again = again;
  }

  /** The URL that answered, after redirects. */
  get url(): string {
    return this.#answer.request.url.href;
  }

  get status(): number {
    return this.#answer.head.status;
  }

  /** The server's words behind the status; often there are none. */
  get statusText(): string {
    return this.#answer.head.reason;
  }

  /** A status from 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** Fields behind a chunked body, known once it has been read; empty until then. Never part of the headers. */
  get trailers(): ResponseHeaders {
    return new ResponseHeaders(this.#answer.exchange.trailers);
  }

  get connection(): ResponseConnection {
    const { connection: { peer, local, security: tls } = NO_CONNECTION, reused } = this.#answer.exchange;
    return { peer, local, reused, protocol: this.#answer.head.minorVersion === 0 ? "HTTP/1.0" : "HTTP/1.1", tls };
  }

  /** Milliseconds per phase of the exchange that answered, so far; a connection that was reused has no dns, connect and tls. */
  get timings(): Timings {
    return this.#answer.exchange.timings;
  }

  /** True when the body has been read, is being read, or was discarded. */
  get bodyUsed(): boolean {
    return this.#body.used;
  }

  async bytes(): Promise<Uint8Array> {
    return this.#body.bytes();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteLength } = await this.#body.bytes();
    // The bytes have memory of their own.
    return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? buffer : new Uint8Array(buffer).slice(0, byteLength).buffer;
  }

  /** Its `type` is that of Content-Type. */
  async blob(): Promise<Blob> {
    const type = this.headers.get("content-type") ?? "";
    return new Blob([await this.arrayBuffer()], Object.assign(Object.create(null), { type }));
  }

  /** By the charset of Content-Type, else UTF-8; wrong bytes become U+FFFD. */
  async text(): Promise<string> {
    return decodeText(await this.#body.bytes(), this.headers.get("content-type"));
  }

  /** UTF-8 always (RFC 8259 §8.1), without its byte order mark. Fails with `invalid-json`, which tells the place and shows what stands there. */
  async json(): Promise<unknown> {
    const text = decodeText(await this.#body.bytes(), undefined);
    try {
      return JSON.parse(text);
    } catch (cause) {
      const failure = new HttpFailure("invalid-json", { phase: "body", reason: jsonProblem(text), cause });
      throw this.#answer.exchange.explain(failure);
    }
  }

  /** The body as a web stream, always the same one; nothing is read before somebody reads it. */
  get body(): ReadableStream<Uint8Array> {
    this.#stream ??= streamOf(this.#body);
    return this.#stream;
  }

  /** Piece by piece; the server is slowed down when the pieces are taken slowly. Leaving the loop discards the rest. */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#body.chunks();
  }

  /**
   * Writes the body, decoded, to a file, whatever the status. The file is replaced in one step when all is there; until then, and on a failure, it
   * is what it was. With `resume` what has come is kept in `path.part`, which a later call continues (RFC 9110 §14), as this one does up to five
   * times when the connection breaks. Fails with an HttpError: `file-failed` when it cannot be written, `resume-mismatch` when the server's parts
   * do not fit together.
   *
   * @example
   * const response = await client.get("https://example.com/large.iso", { timeout: { total: Infinity } });
   * const { size, resumed } = await response.saveTo("large.iso", { resume: true });
   */
  async saveTo(path: string, options: SaveOptions = {}): Promise<Saved> {
    if (typeof path !== "string" || path === "") throw new TypeError("the path must be a string that is not empty");
    if (this.bodyUsed) throw new TypeError("the body of this response has been read already");
    const resumes = Object.hasOwn(options, "resume") && options.resume === true && resumableBy(this.#answer) !== undefined;
    const source = { answer: this.#answer, body: this.#body, again: this.#again };
    return resumes ? saveResumably(source, path) : saveWhole(source, path);
  }

  /** Nobody wants the body: what is left of a small one is read and dropped, a large one closes its connection. */
  discard(): void {
    this.#body.abandon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.discard();
  }
}

function streamOf(body: AnswerBody): ReadableStream<Uint8Array> {
  const chunks = body.chunks();
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(): Promise<void> {
      await chunks.return();
    },
  };
  // Streams read their options with what these inherit: a polluted Object.prototype changes nothing.
  return new ReadableStream<Uint8Array>(
    Object.assign(Object.create(null), source),
    Object.assign(Object.create(null), { highWaterMark: 0 }),
  );
}
