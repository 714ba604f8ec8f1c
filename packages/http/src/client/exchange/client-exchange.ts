import { HttpFailure, NO_FIELDS, type Fields, type Framing, type ResponseHead } from "../../protocol/index.ts";
import { joinEndpoint, type DialStep, type Endpoint } from "../../transport/index.ts";
import { onAbort } from "./abort.ts";
import type { Deadlined } from "./deadlines.ts";
import type { Answer, ExchangeOutcome, ExchangeSetup } from "./exchange-setup.ts";
import type { ConnectionUser, HttpConnection } from "./http-connection.ts";
import { phaseOf, timeoutFailure, type ExchangePhase } from "./phase-timeouts.ts";
import type { Route } from "./pool.ts";
import { HELD, ResponseBody, type BodySource } from "../response/response-body.ts";
import { HttpError, withStack, type RequestStatus } from "../errors/http-error.ts";
import { isStale } from "./stale-connection.ts";
import { Timeline, type Timings } from "./timeline.ts";
import { PIECE, RequestSender } from "../request/request-sender.ts";
import type { WireRequest } from "../request/wire-request.ts";

export type { Answer, ExchangeOutcome, ExchangeSetup } from "./exchange-setup.ts";

/** What is left of an unwanted body is read when it is no more than this; reconnecting would cost more. */
const DRAINED = 65_536;

/** Milliseconds that an unwanted body may take from one piece to the next. */
const DRAIN_TIME = 1000;

/** Answers that nobody holds any more. */
const dropped = new FinalizationRegistry<ResponseBody>((body) => body.letGo());

/** One request and its response on a connection of the pool. */
export class ClientExchange implements ConnectionUser, Deadlined, BodySource {
  readonly method: string;
  due: number = Number.POSITIVE_INFINITY;
  readonly #request: WireRequest;
  readonly #route: Route;
  readonly #setup: ExchangeSetup;
  #outcome: ExchangeOutcome | undefined;
  readonly #timeline: Timeline;
  readonly #totalDue: number;
  #phase: ExchangePhase = "queue";
  #connection: HttpConnection | undefined;
  #body: ResponseBody | undefined;
  #trailers: Fields = NO_FIELDS;
  #releaseSignal: (() => void) | undefined;
  #attempts = 1;
  #received = 0;
  #sender: RequestSender | undefined;
  #settled: { readonly reused: boolean; readonly received: number } | undefined;
  #missing: number | undefined;
  /** Bytes of an unwanted body that will still be read. */
  #drain: number | undefined;
  #toEnd = false;
  #over = false;

  constructor(request: WireRequest, setup: ExchangeSetup, outcome: ExchangeOutcome) {
    this.method = request.method;
    this.#request = request;
    this.#route = setup.route(request.url);
    this.#setup = setup;
    this.#outcome = outcome;
    this.#timeline = new Timeline(setup.clock);
    this.#totalDue = setup.began + setup.timeouts.total;
  }

  /** Where it stands. */
  get status(): RequestStatus {
    const { peer } = this.#connection ?? {};
    return {
      method: this.method,
      url: this.#request.url.href,
      peer: peer && joinEndpoint(peer),
      reused: this.reused,
      attempt: this.#attempts,
      bytesSent: this.#sender?.sent ?? 0,
      bytesReceived: this.#settled?.received ?? this.#connection?.received ?? 0,
      elapsed: this.#setup.clock.now() - this.#setup.began,
    };
  }

  /** Whether the connection had carried another exchange before. */
  get reused(): boolean {
    return this.#settled?.reused ?? (this.#connection?.uses ?? 0) > 1;
  }

  get peer(): Endpoint | undefined {
    return this.#connection?.peer;
  }

  get timings(): Timings {
    return this.#timeline.timings;
  }

  /** Known when the body has been read. */
  get trailers(): Fields {
    return this.#trailers;
  }

  start(): void {
    const { signal, pool } = this.#setup;
    if (signal?.aborted) return this.#abort(signal);
    if (signal) this.#releaseSignal = onAbort(signal, () => this.#abort(signal));
    this.#setDue(Number.POSITIVE_INFINITY);
    pool.acquire(this.#route, this);
  }

  limits(): { maxHeadSize: number } {
    return { maxHeadSize: this.#setup.maxHeadSize };
  }

  onAssigned(connection: HttpConnection): void {
    this.#connection = connection;
  }

  onStep(step: DialStep): void {
    this.#phase = step;
    this.#timeline.enter(step);
    this.#setDue(this.#setup.timeouts[step]);
  }

  onReady(connection: HttpConnection): void {
    this.#phase = "send";
    this.#timeline.enter("send");
    this.#sender = new RequestSender((data) => connection.send(data));
    this.#sending(this.#sender.begin(this.#request));
  }

  onDrain(): void {
    if (this.#phase === "send") this.#sending(this.#sender?.resume() ?? false);
  }

  #sending(all: boolean): void {
    if (!all) return this.#setDue(this.#setup.timeouts.send);
    this.#connection?.requestSent();
    this.#phase = "headers";
    this.#timeline.enter("wait");
    this.#setDue(this.#setup.timeouts.headers);
  }

  onHead(head: ResponseHead, framing: Framing): void {
    const connection = this.#connection;
    if (!connection) return;
    this.#phase = "body";
    this.#timeline.enter("receive");
    this.#missing = framing.kind === "length" ? framing.length : undefined;
    this.#toEnd = framing.kind === "until-close";
    const size = { length: this.#missing, maximum: this.#setup.maxBodySize };
    const body = new ResponseBody(this, size);
    this.#body = body;
    this.#setDue(Number.POSITIVE_INFINITY);
    const answer: Answer = { head, body, exchange: this };
    // What can be held for a reader comes to its end without one; more would keep its connection for ever.
    if (framing.kind !== "none" && !(framing.kind === "length" && framing.length <= HELD)) dropped.register(answer, body);
    const outcome = this.#outcome;
    // Its promise holds the response: from here on the exchange must not.
    this.#outcome = undefined;
    outcome?.answered(answer);
  }

  onData(bytes: Uint8Array): void {
    this.#received += bytes.length;
    if (this.#missing !== undefined) this.#missing -= bytes.length;
    if (this.#drain !== undefined) return this.#drained(bytes.length);
    this.#body?.push(bytes);
    if (this.due !== this.#totalDue) this.#setDue(this.#setup.timeouts.idle);
  }

  onComplete(trailers: Fields): void {
    this.#trailers = trailers;
    this.#finish();
    this.#body?.end();
  }

  onFailed(failure: HttpFailure): void {
    if (this.#mayStartAgain(failure)) return this.#startAgain();
    const own = this.#phase === "send" || this.#phase === "headers" || this.#phase === "body";
    this.#fail(own && failure.phase !== "tls" ? this.#placed(failure) : failure);
  }

  expire(): void {
    const whole = this.#setup.clock.now() >= this.#totalDue;
    this.#giveUp(timeoutFailure(this.#phase, this.#setup.timeouts, { whole, came: this.#came() }));
  }

  /** The phase's deadline, or that of all, whichever is nearer. */
  #setDue(phaseTimeout: number): void {
    this.due = Math.min(this.#totalDue, this.#setup.clock.now() + phaseTimeout);
    this.#setup.deadlines.watch(this);
  }

  pause(): void {
    this.#connection?.pause();
  }

  resume(): void {
    this.#connection?.resume();
  }

  /** While the reader is busy with something else, silence is nobody's fault. */
  waiting(waits: boolean): void {
    if (!this.#over && this.#drain === undefined) this.#setDue(waits ? this.#setup.timeouts.idle : Number.POSITIVE_INFINITY);
  }

  abandon(): void {
    if (this.#over) return;
    if (this.#toEnd || (this.#missing ?? 0) > DRAINED) return this.#drop();
    this.#drain = DRAINED;
    this.#setDue(Math.min(DRAIN_TIME, this.#setup.timeouts.idle));
    this.#connection?.resume();
  }

  explain(failure: HttpFailure): HttpFailure {
    return withStack(new HttpError(failure, this.status), this.#setup.trace);
  }

  #drained(bytes: number): void {
    this.#drain = (this.#drain ?? 0) - bytes;
    if (this.#drain < 0) this.#drop();
    else this.#setDue(Math.min(DRAIN_TIME, this.#setup.timeouts.idle));
  }

  #drop(): void {
    this.#finish();
    this.#connection?.close();
  }

  #mayStartAgain(failure: HttpFailure): boolean {
    const silent = this.#connection?.received === 0;
    if (this.#attempts > 1 || !silent || !this.reused) return false;
    // In TLS, and with a large body, one write is several.
    const oneWrite = !this.#route.dial.tls && (this.#request.body?.length ?? 0) < PIECE;
    return isStale(failure, { method: this.method, oneWrite });
  }

  #startAgain(): void {
    this.#attempts++;
    this.#connection = undefined;
    this.#sender = undefined;
    this.#phase = "queue";
    this.#timeline.enter(undefined);
    this.#setDue(Number.POSITIVE_INFINITY);
    this.#setup.pool.acquire(this.#route, this, true);
  }

  #placed(failure: HttpFailure): HttpFailure {
    const phase = phaseOf(this.#phase);
    const kept = this.reused && this.#received === 0 ? " The connection had been kept from an earlier request." : "";
    return new HttpFailure(failure.code, {
      phase,
      reason: `${failure.reason.replace(/\.$/, "")}${this.#came()}.${kept}`,
      cause: failure.cause,
    });
  }

  #came(): string {
    if (this.#phase !== "headers" && this.#phase !== "body") return "";
    if (this.#phase === "headers") return " (the server had not answered)";
    return ` (${this.#received} bytes of the body had come${this.#missing === undefined ? "" : `, ${this.#missing} more were expected`})`;
  }

  #abort(signal: AbortSignal): void {
    const phase = phaseOf(this.#phase);
    this.#giveUp(new HttpFailure("aborted", { phase, reason: "the request was given up by its caller.", cause: signal.reason }));
  }

  #giveUp(failure: HttpFailure): void {
    if (this.#over) return;
    if (this.#phase === "queue") this.#setup.pool.withdraw(this.#route, this);
    this.#connection?.close();
    this.#fail(failure);
  }

  #fail(failure: HttpFailure): void {
    if (!this.#finish()) return;
    const error = this.explain(failure);
    if (this.#body) this.#body.fail(error);
    else this.#outcome?.failed(error);
  }

  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    // The connection may carry another exchange by the time that somebody asks.
    this.#settled = { reused: this.reused, received: this.#connection?.received ?? 0 };
    this.#setup.deadlines.forget(this);
    this.#releaseSignal?.();
    this.#timeline.enter(undefined);
    return true;
  }
}
