import { HttpFailure, NO_FIELDS, writeRequestHead, type Fields, type Framing, type HttpUrl, type ResponseHead } from "../protocol/index.ts";
import { joinEndpoint, type Clock, type DialStep, type Endpoint } from "../transport/index.ts";
import { onAbort } from "./abort.ts";
import type { Deadlined, Deadlines } from "./deadlines.ts";
import type { ConnectionUser, HttpConnection } from "./http-connection.ts";
import { phaseOf, timeoutFailure, type ExchangePhase, type PhaseTimeouts } from "./phase-timeouts.ts";
import type { Pool, Route } from "./pool.ts";
import { ResponseBody, type BodySource } from "./response-body.ts";
import { HttpError, type RequestStatus } from "./http-error.ts";
import { Timeline, type Timings } from "./timeline.ts";
import type { WireRequest } from "./wire-request.ts";

/** What every exchange of a client shares, and what a request brings with it. */
export interface ExchangeSetup {
  readonly pool: Pool;
  readonly route: (url: HttpUrl) => Route;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly timeouts: PhaseTimeouts;
  readonly maxBodySize: number;
  readonly maxHeadSize: number;
  readonly signal: AbortSignal | undefined;
  /** By the clock: when the whole request began. */
  readonly began: number;
  /** The place of the call, for the stack of an error. */
  readonly trace: { readonly stack?: string };
}

/** How an exchange ends for those who wait for its head. */
export interface ExchangeOutcome {
  readonly answered: (answer: Answer) => void;
  readonly failed: (failure: HttpFailure) => void;
}

/** The head has come; the body is on its way. */
export interface Answer {
  readonly head: ResponseHead;
  readonly body: ResponseBody;
  readonly exchange: ClientExchange;
}

/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

const ONE_WRITE = 16_384;

/** What is left of an unwanted body is read when it is no more than this; reconnecting would cost more. */
const DRAINED = 65_536;

/** One request and its response on a connection of the pool. */
export class ClientExchange implements ConnectionUser, Deadlined, BodySource {
  readonly method: string;
  due: number = Number.POSITIVE_INFINITY;
  readonly #request: WireRequest;
  readonly #route: Route;
  readonly #setup: ExchangeSetup;
  readonly #outcome: ExchangeOutcome;
  readonly #timeline: Timeline;
  readonly #totalDue: number;
  #phase: ExchangePhase = "queue";
  #connection: HttpConnection | undefined;
  #body: ResponseBody | undefined;
  #trailers: Fields = NO_FIELDS;
  #releaseSignal: (() => void) | undefined;
  #attempts = 1;
  #received = 0;
  #bytesSent = 0;
  #missing: number | undefined;
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
      bytesSent: this.#bytesSent,
      bytesReceived: this.#connection?.received ?? 0,
      elapsed: this.#setup.clock.now() - this.#setup.began,
    };
  }

  /** Whether the connection had carried another exchange before. */
  get reused(): boolean {
    return (this.#connection?.uses ?? 0) > 1;
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
    if (this.#send(connection)) this.onDrain();
    else this.#setDue(this.#setup.timeouts.send);
  }

  onDrain(): void {
    if (this.#phase !== "send") return;
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
    const size = { length: this.#missing, maximum: this.#setup.maxBodySize };
    const body = new ResponseBody(this, size);
    this.#body = body;
    this.#setDue(Number.POSITIVE_INFINITY);
    this.#outcome.answered({ head, body, exchange: this });
  }

  onData(bytes: Uint8Array): void {
    this.#received += bytes.length;
    if (this.#missing !== undefined) this.#missing -= bytes.length;
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

  #send(connection: HttpConnection): boolean {
    const { method, url, fields, body } = this.#request;
    const head = writeRequestHead({ method, target: url.target, fields });
    this.#bytesSent += head.length + (body?.length ?? 0);
    if (!body || body.length === 0) return connection.send(head);
    if (body.length < ONE_WRITE) return connection.send(Buffer.concat([Buffer.from(head, "latin1"), body]));
    connection.send(head);
    return connection.send(body);
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
    if (!this.#over) this.#setDue(waits ? this.#setup.timeouts.idle : Number.POSITIVE_INFINITY);
  }

  abandon(): void {
    if (this.#over) return;
    if (this.#missing !== undefined && this.#missing <= DRAINED) return this.#connection?.resume();
    this.#finish();
    this.#connection?.close();
  }

  /** A kept connection that the server had closed meanwhile, and no byte of an answer (RFC 9110 §9.2.2, RFC 9112 §9.5). */
  #mayStartAgain(failure: HttpFailure): boolean {
    const stale = failure.code === "connection-reset" || failure.code === "closed-early";
    const connection = this.#connection;
    return (
      stale && this.#attempts === 1 && connection !== undefined && this.reused && connection.received === 0 && IDEMPOTENT.has(this.method)
    );
  }

  #startAgain(): void {
    this.#attempts++;
    this.#connection = undefined;
    this.#phase = "queue";
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
    this.#setup.pool.withdraw(this.#route, this);
    this.#connection?.close();
    this.#fail(failure);
  }

  #fail(failure: HttpFailure): void {
    if (!this.#finish()) return;
    const error = withStack(new HttpError(failure, this.status), this.#setup.trace);
    if (this.#body) this.#body.fail(error);
    else this.#outcome.failed(error);
  }

  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#setup.deadlines.forget(this);
    this.#releaseSignal?.();
    this.#timeline.enter(undefined);
    return true;
  }
}

/** An error that is made when a socket speaks knows nothing of the call; its stack is the call's. */
function withStack(error: HttpError, { stack }: { readonly stack?: string }): HttpError {
  const frames = stack?.slice(stack.indexOf("\n") + 1);
  if (frames !== undefined) error.stack = `${error.name}: ${error.message}\n${frames}`;
  return error;
}
