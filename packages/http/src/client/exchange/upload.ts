import { writeRequestHead, type HttpFailure } from "../../protocol/index.ts";
import { RequestSender } from "../request/request-sender.ts";
import type { WireRequest } from "../request/wire-request.ts";
import type { Call } from "./call.ts";
import { Expectation } from "./expectation.ts";
import type { HttpConnection } from "./http-connection.ts";
import type { Route } from "./route.ts";
import type { Witness } from "./witness.ts";

/** What an upload belongs to, and whom it tells how it goes on. */
export interface UploadParts {
  readonly request: WireRequest;
  readonly call: Call;
  readonly route: Route;
  readonly connection: HttpConnection;
  readonly witness: Witness | undefined;
  /** All of it has been handed to the connection. */
  readonly sent: () => void;
  /** The connection takes nothing more for now, or does again. */
  readonly blocked: (is: boolean) => void;
  readonly failed: (failure: HttpFailure) => void;
}

/** The way of one request to its connection: head, perhaps a wait for 100 Continue, body. */
export class Upload {
  readonly #parts: UploadParts;
  readonly #sender: RequestSender;
  #expectation: Expectation | undefined;

  constructor(parts: UploadParts) {
    this.#parts = parts;
    this.#sender = new RequestSender({
      write: (data) => this.#write(data),
      sent: parts.sent,
      failed: parts.failed,
    });
  }

  /** Bytes handed to the connection. */
  get sent(): number {
    return this.#sender.sent;
  }

  begin(): void {
    const { request, call } = this.#parts;
    const { expectContinue } = call.setup.options;
    const { body } = request;
    const head = this.#head();
    if (!body || !expectContinue || !expects(request)) return this.#end(this.#sender.begin(head, body));
    this.#sender.head(head);
    this.#expectation = new Expectation(call.setup.clock, expectContinue, () => this.#end(this.#sender.body(body)));
  }

  /** The connection has drained. */
  resume(): void {
    if (this.#expectation?.waits) return;
    this.#parts.blocked(false);
    this.#end(this.#sender.resume());
  }

  /** The server wants the body. */
  continue(): void {
    this.#expectation?.met();
  }

  /** What is left is not sent. */
  stop(): void {
    this.#expectation?.end();
    this.#sender.stop();
  }

  /** The server has answered early. One that refuses does not want the rest of the request (RFC 9112 §9.3), nor one that was to say so first. */
  answered(status: number): void {
    if (status >= 400 || this.#expectation?.waits) this.stop();
  }

  #end(all: boolean): void {
    if (all) this.#parts.sent();
  }

  #head(): string {
    const { request, route } = this.#parts;
    const { method, url, fields } = request;
    if (!route.forward) return writeRequestHead({ method, target: url.target, fields });
    return writeRequestHead({ method, target: url.href, fields: [...fields, ...route.forward] });
  }

  #write(data: Uint8Array | string): boolean {
    const { connection, witness, request } = this.#parts;
    const more = connection.send(data);
    const { sent, headSize } = this.#sender;
    if (witness && request.body && sent > headSize) witness.sent(sent - headSize, request.body.length);
    if (!more) this.#parts.blocked(true);
    return more;
  }
}

const expects = ({ fields }: WireRequest): boolean => fields.some(([name]) => name === "Expect");
