import { GrowingBytes } from "../../protocol/index.ts";
import { RequestHeaders } from "../request/request-headers.ts";
import type { TransportRequest } from "../rungs/transport.ts";

/** A request as a mock was asked, with all of its body. */
export class MockRequest {
  readonly method: string;
  readonly url: string;
  /** Every field line that would have been sent, Host and framing included. */
  readonly headers: RequestHeaders;
  readonly #body: Uint8Array;

  constructor({ method, url, headers }: Pick<TransportRequest, "method" | "url" | "headers">, body: Uint8Array) {
    this.method = method;
    this.url = url;
    this.headers = new RequestHeaders(headers);
    this.#body = body;
  }

  /** Empty when there was none. */
  bytes(): Uint8Array {
    return this.#body;
  }

  text(): string {
    return new TextDecoder("utf-8").decode(this.#body);
  }

  /** Throws a SyntaxError when the body is no JSON. */
  json(): unknown {
    return JSON.parse(this.text());
  }
}

/** All of a body that is handed over piece by piece. */
export async function wholeOf(body: AsyncIterable<Uint8Array> | undefined): Promise<Uint8Array> {
  const whole = new GrowingBytes(1024);
  for await (const piece of body ?? []) whole.append(piece);
  return whole.toBytes();
}
