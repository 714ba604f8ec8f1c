import { HttpFailure, NO_FIELDS, says, type Fields } from "../../protocol/index.ts";
import { HttpError, isHttpError, type RequestStatus } from "../errors/http-error.ts";
import { redactText } from "../errors/redact-message.ts";
import type { WireRequest } from "../request/wire-request.ts";
import { ResponseBody, type BodySource } from "../response/response-body.ts";
import type { Transport, TransportRequest } from "../rungs/transport.ts";
import { onAbort } from "./abort.ts";
import type { Answer, ExchangeFacts, ExchangeOutcome } from "./answer.ts";
import type { Call } from "./call.ts";
import type { Deadlined } from "./deadlines.ts";
import { HandedBody } from "./handed-body.ts";
import { timeoutFailure } from "./phase-timeouts.ts";
import { came } from "./standing.ts";
import { Timeline, type Timings } from "./timeline.ts";
import { letGo, transportAnswer, transportFailure, type TransportAnswer } from "./transport-answer.ts";

/** Milliseconds beyond the last deadline: its timer may come a little too early and be set again. */
const SPARE = 1000;

/** Answers that nobody holds any more. */
const dropped = new FinalizationRegistry<ResponseBody>((body) => body.letGo());

/** One request and its response by way of a {@link Transport}, under the same deadlines and with the same body as on a connection. */
export class TransportExchange implements Deadlined, BodySource, ExchangeFacts {
  readonly reused = false;
  readonly connection: undefined;
  readonly trailers: Fields = NO_FIELDS;
  due: number = Number.POSITIVE_INFINITY;
  readonly #request: WireRequest;
  readonly #call: Call;
  readonly #attempt: number;
  readonly #retriesLeft: number;
  readonly #timeline: Timeline;
  readonly #handed: HandedBody | undefined;
  /** Tells the transport that its answer is not wanted any more. */
  readonly #ending = new AbortController();
  #outcome: ExchangeOutcome | undefined;
  #releaseSignal: (() => void) | undefined;
  #leave: (() => void) | undefined;
  #body: ResponseBody | undefined;
  #pieces: AsyncIterator<unknown> | undefined;
  #length: number | undefined;
  #received = 0;
  #paused = false;
  #go: (() => void) | undefined;
  #over = false;

  constructor(request: WireRequest, call: Call, outcome: ExchangeOutcome) {
    this.#request = request;
    this.#call = call;
    this.#outcome = outcome;
    this.#attempt = call.sendings + 1;
    this.#retriesLeft = call.retriesLeft;
    this.#timeline = new Timeline(call.setup.clock);
    const asked = (): void => this.#asking(Number.POSITIVE_INFINITY);
    const answered = (): void => this.#asking(call.setup.timeouts.headers);
    if (request.body) this.#handed = new HandedBody(request.body, { asked, came: answered, failed: (failure) => this.#fail(failure) });
  }

  /** While the source of the request's body is slow, that is not the transport's fault. */
  #asking(phaseTimeout: number): void {
    if (!this.#body) this.#setDue(phaseTimeout);
  }

  get status(): RequestStatus {
    const { method, url } = this.#request;
    const attempt = this.#attempt;
    const { elapsed } = this.#call;
    const bytes = { bytesSent: this.#handed?.sent ?? 0, bytesReceived: this.#received };
    return {
      method,
      url: this.#call.shown(url),
      peer: undefined,
      reused: false,
      attempt,
      maxAttempts: attempt + this.#retriesLeft,
      ...bytes,
      elapsed,
    };
  }

  get timings(): Timings {
    return this.#timeline.timings;
  }

  start(transport: Transport): void {
    const { signal } = this.#call;
    if (signal?.aborted) return this.#abort(signal);
    if (signal) this.#releaseSignal = onAbort(signal, () => this.#abort(signal));
    this.#setDue(this.#call.setup.timeouts.headers);
    this.#stay(true);
    this.#timeline.enter("wait");
    this.#ask(transport).catch((cause: unknown) => this.#failed(cause));
  }

  async #ask(transport: Transport): Promise<void> {
    const { method, url, fields } = this.#request;
    const request: TransportRequest = { method, url: url.href, headers: fields, body: this.#handed, signal: this.#ending.signal };
    const answer = transportAnswer(await transport.send(request), method);
    if (!this.#over) return this.#answered(answer);
    letGo(answer.body);
  }

  #answered({ head, body: pieces, length }: TransportAnswer): void {
    this.#timeline.enter("receive");
    this.#stay(false);
    this.#length = length;
    const body = new ResponseBody(this, { length, maximum: this.#call.setup.maxBodySize });
    this.#body = body;
    this.#pieces = pieces;
    this.#setDue(Number.POSITIVE_INFINITY);
    const answer: Answer = { request: this.#request, head, body, exchange: this };
    if (pieces) dropped.register(answer, body);
    const outcome = this.#outcome;
    // Its promise holds the response: from here on the exchange must not.
    this.#outcome = undefined;
    const { method } = this.#request;
    this.#call.record({ method, url: this.status.url, peer: undefined, reused: false }, { status: head.status });
    outcome?.answered(answer);
    if (!pieces) return this.#end(body);
    this.#flow(pieces, body).catch((cause: unknown) => this.#failed(cause));
  }

  async #flow(pieces: AsyncIterator<unknown>, body: ResponseBody): Promise<void> {
    while (!this.#over) {
      if (this.#paused) await new Promise<void>((go) => (this.#go = go));
      const { done, value } = await pieces.next();
      if (this.#over) return;
      if (done) return this.#complete(body);
      this.#take(bytesOf(value), body);
    }
  }

  #take(bytes: Uint8Array, body: ResponseBody): void {
    this.#received += bytes.length;
    if (this.#received > (this.#length ?? this.#received)) throw this.#mismatch("more");
    if (this.due !== this.#call.due) this.#setDue(this.#call.setup.timeouts.idle);
    body.push(bytes);
  }

  #complete(body: ResponseBody): void {
    if (this.#received < (this.#length ?? 0)) throw this.#mismatch(String(this.#received));
    this.#pieces = undefined;
    this.#end(body);
  }

  #mismatch(bytes: string): HttpFailure {
    return transportFailure(`Content-Length of its response says ${this.#length} bytes, and its body has ${bytes}.`, { phase: "body" });
  }

  #end(body: ResponseBody): void {
    this.#finish();
    body.end();
  }

  expire(): void {
    const { clock, timeouts } = this.#call.setup;
    const whole = clock.now() >= this.#call.due;
    const standing = { phase: this.#phase, reused: false, received: this.#received, length: this.#length };
    this.#fail(timeoutFailure(this.#phase, timeouts, { whole, came: came(standing) }));
  }

  get #phase(): "headers" | "body" {
    return this.#body ? "body" : "headers";
  }

  #setDue(phaseTimeout: number): void {
    if (this.#over) return;
    const { clock, deadlines } = this.#call.setup;
    this.due = Math.min(this.#call.due, clock.now() + phaseTimeout);
    deadlines.watch(this);
  }

  /** Deadlines do not keep the process alive, and what a transport waits for may not either; who waits for it is to hear of its end. */
  #stay(stays: boolean): void {
    this.#leave?.();
    const { clock } = this.#call.setup;
    this.#leave = stays && !this.#over ? clock.after(this.#call.due - clock.now() + SPARE, () => {}) : undefined;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#go?.();
  }

  waiting(waits: boolean): void {
    this.#stay(waits);
    this.#setDue(waits ? this.#call.setup.timeouts.idle : Number.POSITIVE_INFINITY);
  }

  abandon(): void {
    this.#finish();
  }

  explain(failure: HttpFailure): HttpError {
    const { code, phase, reason } = failure;
    const cause = Object.hasOwn(failure, "cause") ? { cause: failure.cause } : {};
    // A transport knows the request, and not which of its names are secret.
    const known = new HttpFailure(code, { phase, reason: redactText(reason, this.#call.setup.secrets), ...cause });
    return new HttpError(known, this.status);
  }

  #abort({ reason }: AbortSignal): void {
    this.#fail(new HttpFailure("aborted", { phase: this.#phase, reason: "the request was given up by its caller.", cause: reason }));
  }

  /** What the transport, or its body, threw: a failure of a request stays what it is. */
  #failed(cause: unknown): void {
    if (cause instanceof HttpFailure) return this.#fail(cause);
    this.#fail(transportFailure(says(cause), { phase: this.#phase, cause }));
  }

  #fail(failure: HttpFailure): void {
    if (!this.#finish()) return;
    const { method } = this.#request;
    const error = isHttpError(failure) ? failure : this.explain(failure);
    if (!this.#body) this.#call.record({ method, url: this.status.url, peer: undefined, reused: false }, { code: failure.code });
    this.#ending.abort(error);
    if (this.#body) this.#body.fail(error);
    else this.#outcome?.failed(error);
  }

  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#handed?.letGo();
    letGo(this.#pieces);
    this.#pieces = undefined;
    this.resume();
    this.#stay(false);
    this.#call.setup.deadlines.forget(this);
    this.#releaseSignal?.();
    this.#timeline.enter(undefined);
    return true;
  }
}

function bytesOf(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  if (typeof piece === "string") return Buffer.from(piece);
  throw transportFailure("a piece of the body of its response is neither a Uint8Array nor a string.", { phase: "body" });
}
