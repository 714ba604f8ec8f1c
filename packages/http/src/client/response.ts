import type { Fields } from "../protocol/index.ts";
import type { Answer } from "./client-exchange.ts";
import { decodeText } from "./text.ts";
import type { Timings } from "./timeline.ts";

/** What a {@link ClientResponse} is made of. */
export interface ResponseParts {
  readonly answer: Answer;
  readonly url: string;
  readonly redirected: boolean;
  /** Of the request's method and URL, for the message of an error. */
  readonly label: string;
}

/** A response whose head has come. Its body is read once: as text, JSON or bytes, or piece by piece. */
export class ClientResponse implements AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly #parts: ResponseParts;

  constructor(parts: ResponseParts) {
    this.#parts = parts;
  }

  get status(): number {
    return this.#parts.answer.head.status;
  }

  get statusText(): string {
    return this.#parts.answer.head.reason;
  }

  /** A status from 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** The URL that answered, after redirects. */
  get url(): string {
    return this.#parts.url;
  }

  get redirected(): boolean {
    return this.#parts.redirected;
  }

  /** The header fields; names in any case. */
  get headers(): Fields {
    return this.#parts.answer.head.fields;
  }

  /** Fields behind a chunked body, known once it has been read. Never part of the headers. */
  get trailers(): Fields {
    return this.#parts.answer.exchange.trailers;
  }

  /** Milliseconds per phase so far, and of all. */
  get timings(): Timings {
    return this.#parts.answer.exchange.timings;
  }

  /** Who answered, and whether the connection had been used before. */
  get connection(): { readonly peer: { readonly host: string; readonly port: number } | undefined; readonly reused: boolean } {
    return { peer: this.#parts.answer.exchange.peer, reused: this.#parts.answer.exchange.reused };
  }

  /** True when the body has been read, or is being read. */
  get bodyUsed(): boolean {
    return this.#parts.answer.body.used;
  }

  async bytes(): Promise<Uint8Array> {
    return this.#parts.answer.body.bytes();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.#parts.answer.body.bytes();
    return new Uint8Array(bytes).buffer;
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.arrayBuffer()], { type: this.headers.get("content-type") ?? "" });
  }

  /** By the charset of Content-Type, else UTF-8; wrong bytes become U+FFFD. */
  async text(): Promise<string> {
    return decodeText(await this.#parts.answer.body.bytes(), this.headers.get("content-type"));
  }

  /** Throws a SyntaxError that shows where the text is no JSON. */
  async json(): Promise<unknown> {
    const text = decodeText(await this.#parts.answer.body.bytes(), undefined);
    try {
      return JSON.parse(text);
    } catch (error) {
      const excerpt = text.length > 80 ? `${text.slice(0, 80)}…` : text;
      const reason = error instanceof Error ? error.message : String(error);
      throw new SyntaxError(`${this.#parts.label}: the body is no JSON: ${reason}. It begins with ${JSON.stringify(excerpt)}`, {
        cause: error,
      });
    }
  }

  /** The body as a web stream, made on demand. */
  get body(): ReadableStream<Uint8Array> {
    const chunks = this.#parts.answer.body.chunks();
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await chunks.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        async cancel() {
          await chunks.return();
        },
      },
      { highWaterMark: 0 },
    );
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#parts.answer.body.chunks();
  }

  /** Nobody wants the body: what is left of a small one is read and dropped, a large one closes its connection. */
  discard(): void {
    this.#parts.answer.body.abandon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.discard();
  }
}
