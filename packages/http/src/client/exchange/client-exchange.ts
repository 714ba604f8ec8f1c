import { HttpFailure, NO_FIELDS, type Fields, type Framing, type ResponseHead } from "../../protocol/index.ts";
import { joinEndpoint, type DialStep, type Endpoint } from "../../transport/index.ts";
import { callbackFailure } from "../errors/callback-failure.ts";
import { HttpError, type RequestStatus } from "../errors/http-error.ts";
import type { WireRequest } from "../request/wire-request.ts";
import { HELD, ResponseBody, type BodySource } from "../response/response-body.ts";
import { onAbort } from "./abort.ts";
import type { Answer, ConnectionFacts, ExchangeFacts, ExchangeOutcome } from "./answer.ts";
import type { Call } from "./call.ts";
import { Drain, DRAIN_TIME, isDrainable } from "./drain.ts";
import type { Deadlined } from "./deadlines.ts";
import type { ConnectionUser } from "./connection-user.ts";
import type { HttpConnection } from "./http-connection.ts";
import { came, placed, type Standing } from "./standing.ts";
import { phaseOf, timeoutFailure, type ExchangePhase } from "./phase-timeouts.ts";
import type { Route } from "./route.ts";
import { isStale } from "./stale-connection.ts";
import { Timeline, type TimedPhase, type Timings } from "./timeline.ts";
import { Upload, type UploadOwner } from "./upload.ts";
import { witnessOf, type Witness } from "./witness.ts";

/** Answers that nobody holds any more. */
const dropped = new FinalizationRegistry<ResponseBody>((body) => body.letGo());

/** One request and its response on a connection of the pool. */
export class ClientExchange implements ConnectionUser, Deadlined, BodySource, ExchangeFacts, UploadOwner {
  readonly method: string;
  due: number = Number.POSITIVE_INFINITY;
  readonly request: WireRequest;
  readonly call: Call;
  readonly route: Route;
  #outcome: ExchangeOutcome | undefined;
  readonly #timeline: Timeline;
  #phase: ExchangePhase = "queue";
  #connection: HttpConnection | undefined;
  #body: ResponseBody | undefined;
  #trailers: Fields = NO_FIELDS;
  #releaseSignal: (() => void) | undefined;
  #attempt: number;
  #repeated = false;
  #received = 0;
  #upload: Upload | undefined;
  readonly witness: Witness | undefined;
  #settled: { readonly reused: boolean; readonly received: number } | undefined;
  #length: number | undefined;
  #drain: Drain | undefined;
  #toEnd = false;
  #over = false;

  constructor(request: WireRequest, call: Call, outcome: ExchangeOutcome) {
    this.method = request.method;
    this.request = request;
    this.call = call;
    this.route = call.route(request.url);
    this.#outcome = outcome;
    this.#attempt = call.sendings + 1;
    this.#timeline = new Timeline(call.setup.clock, call.attempts.length === 0 ? call.began : undefined);
    this.witness = witnessOf(call.setup.options, (name, cause) => this.#giveUp(callbackFailure(name, phaseOf(this.#phase), cause)));
  }

  /** Where it stands. */
  get status(): RequestStatus {
    return {
      method: this.method,
      url: this.url,
      peer: this.peer && joinEndpoint(this.peer),
      reused: this.reused,
      attempt: this.#attempt,
      maxAttempts: this.#attempt + this.call.retriesLeft,
      bytesSent: this.#upload?.size ?? 0,
      bytesReceived: this.#settled?.received ?? this.#connection?.receivedBy(this) ?? 0,
      elapsed: this.call.elapsed,
    };
  }

  get url(): string {
    return this.call.shown(this.request.url);
  }

  get reused(): boolean {
    return this.#settled?.reused ?? (this.#connection?.uses ?? 0) > 1;
  }

  get peer(): Endpoint | undefined {
    return this.#connection?.peer;
  }

  get connection(): ConnectionFacts | undefined {
    return this.#connection;
  }

  get timings(): Timings {
    return this.#timeline.timings;
  }

  get trailers(): Fields {
    return this.#trailers;
  }

  start(): void {
    const { signal } = this.call;
    if (signal?.aborted) return this.#abort(signal);
    if (signal) this.#releaseSignal = onAbort(signal, () => this.#abort(signal));
    this.#setDue(Number.POSITIVE_INFINITY);
    this.call.setup.pool.acquire(this.route, this);
  }

  limits(): { maxHeadSize: number } {
    return { maxHeadSize: this.call.setup.maxHeadSize };
  }

  onAssigned(connection: HttpConnection): void {
    this.#connection = connection;
  }

  onStep(step: DialStep): void {
    this.#enter(step, step, this.call.setup.timeouts[step]);
  }

  onReady(connection: HttpConnection): void {
    this.#enter("send", "send", Number.POSITIVE_INFINITY);
    this.#upload = new Upload(this, connection);
    this.#upload.begin();
  }

  onDrain(): void {
    this.#upload?.resume();
  }

  /** The connection takes nothing more for now, or does again; while the body's source is slow that is nobody's fault. */
  uploadBlocked(is: boolean): void {
    if (!this.#over && this.#phase === "send") this.#setDue(is ? this.call.setup.timeouts.send : Number.POSITIVE_INFINITY);
  }

  uploadFailed(failure: HttpFailure): void {
    this.#giveUp(failure);
  }

  uploaded(): void {
    const next = this.#connection?.requestSent(this);
    if (this.#over || this.#phase !== "send") return;
    this.#enter("headers", "wait", next ? this.call.setup.timeouts.headers : Number.POSITIVE_INFINITY);
  }

  onTurn(): void {
    if (this.#phase === "headers") this.#setDue(this.call.setup.timeouts.headers);
  }

  onInterim(head: ResponseHead): void {
    if (head.status === 100) this.#upload?.continue();
    this.witness?.informed(head);
  }

  onHead(head: ResponseHead, framing: Framing): void {
    const connection = this.#connection;
    if (!connection) return;
    if (this.#phase === "send") this.#upload?.answered(head.status);
    this.#enter("body", "receive", Number.POSITIVE_INFINITY);
    this.#length = framing.kind === "length" ? framing.length : undefined;
    this.#toEnd = framing.kind === "until-close";
    const body = new ResponseBody(this, { length: this.#length, maximum: this.call.setup.maxBodySize });
    this.#body = body;
    const answer: Answer = { request: this.request, head, body, exchange: this };
    // What can be held for a reader ends without one, at the latest with the call's time; anything else would keep its connection for ever.
    if (framing.kind !== "none" && !((this.#length ?? HELD + 1) <= HELD && Number.isFinite(this.call.due))) dropped.register(answer, body);
    const outcome = this.#outcome;
    // Its promise holds the response: from here on the exchange must not.
    this.#outcome = undefined;
    this.call.record(this, { status: head.status });
    outcome?.answered(answer);
  }

  onData(bytes: Uint8Array): void {
    this.#received += bytes.length;
    if (this.#drain) return this.#drained(this.#drain.take(bytes.length));
    this.witness?.received(this.#received, this.#length);
    if (this.#over) return;
    this.#body?.push(bytes);
    if (this.due !== this.call.due) this.#setDue(this.call.setup.timeouts.idle);
  }

  onComplete(trailers: Fields): void {
    this.#trailers = trailers;
    this.#finish();
    this.#body?.end();
  }

  onFailed(failure: HttpFailure): void {
    const untouched = !this.#repeated && this.reused && this.#connection?.receivedBy(this) === 0;
    if (untouched && isStale(failure, this)) return this.#startAgain(failure);
    const own = this.#phase === "send" || this.#phase === "headers" || this.#phase === "body";
    this.#fail(own && failure.phase !== "tls" ? placed(failure, this.#standing) : failure);
  }

  expire(): void {
    const whole = this.call.setup.clock.now() >= this.call.due;
    this.#giveUp(timeoutFailure(this.#phase, this.call.setup.timeouts, { whole, came: came(this.#standing) }));
  }

  #enter(phase: ExchangePhase, timed: TimedPhase, timeout: number): void {
    const now = this.call.setup.clock.now();
    this.#phase = phase;
    this.#timeline.enter(timed, now);
    this.#setDue(timeout, now);
  }

  /** The phase's deadline, or that of all, whichever is nearer. */
  #setDue(timeout: number, now: number = timeout < Number.POSITIVE_INFINITY ? this.call.setup.clock.now() : 0): void {
    this.due = Math.min(this.call.due, now + timeout);
    this.call.setup.deadlines.watch(this);
  }

  readInto(place: () => Uint8Array | undefined): void {
    this.#connection?.readInto(place);
  }

  pause(): void {
    this.#connection?.pause();
  }

  resume(): void {
    this.#connection?.resume();
  }

  /** While the reader is busy with something else, silence is nobody's fault. */
  waiting(waits: boolean): void {
    if (!this.#over && !this.#drain) this.#setDue(waits ? this.call.setup.timeouts.idle : Number.POSITIVE_INFINITY);
  }

  abandon(): void {
    if (this.#over) return;
    if (this.#toEnd || !isDrainable((this.#length ?? 0) - this.#received)) return this.#drop();
    this.#drain = new Drain();
    this.#setDue(Math.min(DRAIN_TIME, this.call.setup.timeouts.idle));
    this.#connection?.resume();
  }

  explain(failure: HttpFailure): HttpError {
    return new HttpError(failure, this.status);
  }

  #drained(more: boolean): void {
    if (more) this.#setDue(Math.min(DRAIN_TIME, this.call.setup.timeouts.idle));
    else this.#drop();
  }

  #drop(): void {
    this.#finish();
    this.#connection?.close();
  }

  #startAgain(failure: HttpFailure): void {
    this.call.record(this, { code: failure.code });
    this.#upload?.stop();
    this.#repeated = true;
    this.#attempt++;
    this.#connection = undefined;
    this.#upload = undefined;
    this.#phase = "queue";
    this.#timeline.enter(undefined);
    this.#setDue(Number.POSITIVE_INFINITY);
    this.call.setup.pool.acquire(this.route, this, true);
  }

  get #standing(): Standing {
    return { phase: this.#phase, reused: this.reused, received: this.#received, length: this.#length };
  }

  #abort(signal: AbortSignal): void {
    const phase = phaseOf(this.#phase);
    this.#giveUp(new HttpFailure("aborted", { phase, reason: "the request was given up by its caller.", cause: signal.reason }));
  }

  #giveUp(failure: HttpFailure): void {
    if (this.#over) return;
    if (this.#phase === "queue") this.call.setup.pool.withdraw(this.route, this);
    this.#fail(failure);
    this.#connection?.leave(this);
  }

  #fail(failure: HttpFailure): void {
    if (!this.#finish()) return;
    if (!this.#body) this.call.record(this, { code: failure.code });
    const error = this.explain(failure);
    if (this.#body) this.#body.fail(error);
    else this.#outcome?.failed(error);
  }

  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    // The connection may carry another exchange by the time that somebody asks.
    this.#settled = { reused: this.reused, received: this.#connection?.receivedBy(this) ?? 0 };
    this.#upload?.stop();
    this.call.setup.deadlines.forget(this);
    this.#releaseSignal?.();
    this.#timeline.enter(undefined);
    return true;
  }
}
