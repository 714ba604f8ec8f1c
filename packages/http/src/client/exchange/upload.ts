import { writeRequestHead, type HttpFailure } from "../../protocol/index.ts";
import { RequestSender, type SenderEvents } from "../request/request-sender.ts";
import type { WireRequest } from "../request/wire-request.ts";
import type { Call } from "./call.ts";
import { Expectation } from "./expectation.ts";
import type { HttpConnection } from "./http-connection.ts";
import type { Route } from "./route.ts";
import type { Witness } from "./witness.ts";

/** Whose request it is, and who hears how it goes on. */
export interface UploadOwner {
  readonly request: WireRequest;
  readonly call: Call;
  readonly route: Route;
  readonly witness: Witness | undefined;
  /** All of it has been handed to the connection. */
  uploaded(): void;
  /** The connection takes nothing more for now, or does again. */
  uploadBlocked(is: boolean): void;
  uploadFailed(failure: HttpFailure): void;
}

/** The way of one request to its connection: head, perhaps a wait for 100 Continue, body. */
export class Upload implements SenderEvents {
  readonly #owner: UploadOwner;
  readonly #connection: HttpConnection;
  readonly #sender: RequestSender;
  #expectation: Expectation | undefined;
  #sentOfBody = 0;

  constructor(owner: UploadOwner, connection: HttpConnection) {
    this.#owner = owner;
    this.#connection = connection;
    this.#sender = new RequestSender(this);
  }

  /** Bytes handed to the connection. */
  get size(): number {
    return this.#sender.sent;
  }

  begin(): void {
    const { request, call } = this.#owner;
    const { expectContinue } = call.setup.options;
    const { body } = request;
    const head = this.#head();
    if (!body || !expectContinue || !expects(request)) return this.#end(this.#sender.begin(head, body));
    this.#sender.head(head);
    this.#expectation = new Expectation(call.setup.clock, expectContinue, () => this.#end(this.#sender.body(body)));
  }

  /** The connection has drained. */
  resume(): void {
    this.#owner.uploadBlocked(false);
    if (this.#expectation?.waits) return;
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
    if (all) this.sent();
  }

  #head(): string {
    const { request, route } = this.#owner;
    const { method, url, fields } = request;
    if (route.forward) return writeRequestHead({ method, target: url.href, fields: [...fields, ...route.forward] });
    const known = heads.get(request);
    if (known !== undefined) return known;
    const head = writeRequestHead({ method, target: url.target, fields });
    heads.set(request, head);
    return head;
  }

  /** Of {@link RequestSender}: `ofBody` of the bytes are the body's own. */
  write(data: Uint8Array | string, ofBody: number): boolean {
    const { witness, request } = this.#owner;
    const more = this.#connection.send(data);
    this.#sentOfBody += ofBody;
    if (witness && ofBody > 0) witness.sent(this.#sentOfBody, request.body?.length);
    if (!more) this.#owner.uploadBlocked(true);
    return more;
  }

  sent(): void {
    this.#owner.uploaded();
  }

  failed(failure: HttpFailure): void {
    this.#owner.uploadFailed(failure);
  }
}

/** Heads that were written before: a client that is asked for the same thing again sends the same bytes. */
const heads = new WeakMap<WireRequest, string>();

/** Whether the request waits for 100 Continue by its own words; a program that has written another Expect does not. */
const expects = ({ fields }: WireRequest): boolean =>
  fields.some(([name, value]) => name.toLowerCase() === "expect" && value.toLowerCase() === "100-continue");
