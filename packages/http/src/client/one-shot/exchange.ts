import {
  DEFAULT_LIMITS,
  GrowingBytes,
  HttpFailure,
  ResponseReader,
  writeRequestHead,
  type Phase,
  type ResponseHead,
} from "../../protocol/index.ts";
import { dial, type Clock, type Connection, type DialStep, type Lookup, type TlsOptions } from "../../transport/index.ts";
import { RequestSender } from "../request/request-sender.ts";
import type { TimedPhase, Timeline } from "../exchange/timeline.ts";
import { failureOf, type WireRequest } from "../request/wire-request.ts";

/** What every exchange of a request shares. */
export interface ExchangeContext {
  readonly clock: Clock;
  readonly timeline: Timeline;
  readonly tls: TlsOptions;
  readonly connectTo: Readonly<Record<string, string>> | undefined;
  readonly lookup: Lookup | undefined;
  /** Bytes of a response, head and body, that may be held; asked when the response begins. */
  readonly memory: () => number;
  /** Counts bytes above TLS. */
  readonly count: { sent: number; received: number };
  readonly onCertificateProblem: (problem: HttpFailure) => void;
}

/** A complete response. */
export interface Response {
  readonly head: ResponseHead;
  readonly body: Uint8Array;
}

/** How an exchange ends; exactly one of the two is called, once, after {@link Exchange} has been returned. */
export interface ExchangeEnd {
  readonly response: (response: Response) => void;
  readonly failed: (failure: HttpFailure) => void;
  /** Whether the body of this response is wanted. When not, it ends with its head and the connection is closed. */
  readonly wanted: (head: ResponseHead) => boolean;
}

/** Memory taken at once for a body whose length a server only announces. */
const FIRST_CAPACITY = 1_048_576;

const STEP_PHASES: Readonly<Record<DialStep, TimedPhase>> = { dns: "dns", connect: "connect", tls: "tls" };

/** One request and one response on a connection of its own. */
export class Exchange {
  readonly #request: WireRequest;
  readonly #context: ExchangeContext;
  readonly #end: ExchangeEnd;
  readonly #connection: Connection;
  #phase: Phase = "request";
  #reader: ResponseReader | undefined;
  #head: ResponseHead | undefined;
  #body: GrowingBytes = new GrowingBytes(0);
  readonly #sender: RequestSender;
  #settled = false;

  constructor(request: WireRequest, context: ExchangeContext, end: ExchangeEnd) {
    this.#request = request;
    this.#context = context;
    this.#end = end;
    this.#sender = new RequestSender({
      write: (data) => {
        context.count.sent += data.length;
        return this.#connection.write(data);
      },
      sent: () => this.#sending(true),
      failed: (failure) => this.#fail(failure),
    });
    this.#connection = dial(
      {
        host: request.url.host,
        port: request.url.port,
        tls: request.url.secure ? context.tls : undefined,
        alpn: ["http/1.1"],
        connectTo: context.connectTo,
        lookup: context.lookup,
        clock: context.clock,
      },
      {
        onStep: (step) => this.#enter(step, STEP_PHASES[step]),
        onOpen: () => this.#open(),
        onData: (bytes) => this.#data(bytes),
        onDrain: () => this.#sending(this.#sender.resume()),
        onEnd: (truncated) => this.#read((reader) => reader.end(truncated)),
        onError: (failure) => this.#broken(failure),
      },
    );
  }

  /** Where the exchange is now. */
  get phase(): Phase {
    return this.#phase;
  }

  /** What has come of the response, for people. */
  get progress(): string {
    if (!this.#head) return this.#reader ? "the head of the response was not complete" : "the server had not answered";
    const { missing } = this.#reader ?? {};
    const of = missing === undefined ? "" : `, ${missing} more were expected`;
    return `${this.#body.length} bytes of the body had come${of}`;
  }

  /** Gives the exchange up; nothing is called afterwards. */
  cancel(): void {
    this.#settle();
  }

  #enter(phase: Phase, timed: TimedPhase): void {
    this.#phase = phase;
    this.#context.timeline.enter(timed);
  }

  #open(): void {
    const problem = this.#connection.certificateProblem;
    if (problem) this.#context.onCertificateProblem(failureOf(this.#request, problem));
    this.#enter("send", "send");
    const { method, url, fields, body } = this.#request;
    this.#sending(this.#sender.begin(writeRequestHead({ method, target: url.target, fields }), body));
  }

  #sending(all: boolean): void {
    if (all && this.#phase === "send") this.#enter("headers", "wait");
  }

  #data(bytes: Uint8Array): void {
    if (!this.#reader) this.#enter("headers", "receive");
    this.#context.count.received += bytes.length;
    this.#read((reader) => reader.push(bytes));
  }

  #read(step: (reader: ResponseReader) => void): void {
    try {
      step((this.#reader ??= this.#newReader()));
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      this.#fail(error);
    }
  }

  #newReader(): ResponseReader {
    const memory = this.#context.memory();
    const limits = { maxMessageSize: memory, maxHeadSize: Math.min(DEFAULT_LIMITS.maxHeadSize, memory) };
    return new ResponseReader(
      {
        onHead: (head, framing) => this.#headCame(head, { memory, expected: framing.kind === "length" ? framing.length : undefined }),
        onData: (bytes) => this.#body.append(bytes),
        onComplete: () => this.#complete(),
      },
      { method: this.#request.method, limits },
    );
  }

  #headCame(head: ResponseHead, { memory, expected }: { memory: number; expected: number | undefined }): void {
    this.#head = head;
    this.#phase = "body";
    this.#body = new GrowingBytes(Math.min(expected ?? 4096, FIRST_CAPACITY), expected ?? memory);
    if (!this.#end.wanted(head)) this.#complete();
  }

  #complete(): void {
    if (!this.#head || !this.#settle()) return;
    this.#end.response({ head: this.#head, body: this.#body.toBytes() });
  }

  /** An error of the connection. What it says of the phase is right until the connection is open; then this exchange knows better. */
  #broken(failure: HttpFailure): void {
    const open = this.#phase === "send" || this.#phase === "headers" || this.#phase === "body";
    if (!open || failure.phase === "tls") return this.#fail(failure);
    const reason = `${failure.reason.replace(/\.$/, "")}: ${this.progress}.`;
    this.#fail(new HttpFailure(failure.code, { phase: this.#phase, reason, cause: failure.cause }));
  }

  #fail(failure: HttpFailure): void {
    if (this.#settle()) this.#end.failed(failureOf(this.#request, failure));
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#connection.destroy();
    this.#context.timeline.enter(undefined);
    return true;
  }
}
