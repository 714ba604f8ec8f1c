import { latin1 } from "./bytes.ts";
import { ChunkedReader } from "./chunked-reader.ts";
import { HttpFailure } from "./failure.ts";
import { parseFieldSection } from "./field-section.ts";
import { NO_FIELDS, type Fields } from "./fields.ts";
import { responseFraming, staysOpen, type Framing } from "./framing.ts";
import { CR, LF } from "./grammar.ts";
import { DEFAULT_LIMITS, type ResponseLimits } from "./limits.ts";
import { excerpt, malformed } from "./malformed.ts";
import { closedEarly, type OpenState, type ReaderState } from "./reader-state.ts";
import { SectionCollector } from "./section-collector.ts";
import { FORBIDDEN_TRAILERS } from "./forbidden-trailers.ts";
import { parseStatusLine, PREFIX, type StatusLine } from "./status-line.ts";
import { wholeHead, type WholeHead } from "./whole-head.ts";

/** The head of a response, interim or final. */
export interface ResponseHead extends StatusLine {
  readonly fields: Fields;
}

/** What a reader tells, in this order: any number of `onInterim`, one `onHead`, any number of `onData`, one `onComplete`. */
export interface ResponseEvents {
  readonly onInterim?: ((head: ResponseHead) => void) | undefined;
  readonly onHead: (head: ResponseHead, framing: Framing) => void;
  /** A piece of the body: a view into the bytes that were pushed. */
  readonly onData: (bytes: Uint8Array) => void;
  /** Trailer fields are never part of the head. Whether the connection may be used again: {@link ResponseReader.reusable}. */
  readonly onComplete: (trailers: Fields) => void;
}

/** What to read. */
export interface ResponseRules {
  /** The request's method: a response to HEAD has no body. */
  readonly method: string;
  readonly limits?: Partial<ResponseLimits> | undefined;
  /** Accept LF alone as line end in the head (RFC 9112 §2.2). Default false. */
  readonly lenient?: boolean | undefined;
}

type Step = (reader: ResponseReader, bytes: Uint8Array, at: number) => number;

/**
 * Reads one response of HTTP/1.1 (RFC 9112) from bytes that come in any pieces: no I/O, no clock, no promise. The same bytes give the same
 * events however they are cut. Throws an {@link HttpFailure} at the first byte that breaks a rule; then it reads no more.
 */
export class ResponseReader {
  #state: ReaderState = "start";
  readonly #events: ResponseEvents;
  readonly #method: string;
  readonly #lenient: boolean;
  readonly #limits: ResponseLimits;
  #line: SectionCollector | undefined;
  #section: SectionCollector | undefined;
  #whole: WholeHead | undefined;
  #status: StatusLine = { minorVersion: 1, status: 0, reason: "" };
  #fields: Fields = NO_FIELDS;
  #framing: Framing = { kind: "none" };
  #chunks: ChunkedReader | undefined;
  #remaining = 0;
  #prefix = 0;
  #emptyLine: "may-come" | "begun" | "came" = "may-come";
  #interim = 0;
  #interimSize = 0;
  #headSize = 0;
  #messageSize = 0;
  #excess = false;

  constructor(events: ResponseEvents, rules: ResponseRules) {
    this.#events = events;
    this.#method = rules.method;
    // Own properties alone: a polluted Object.prototype changes nothing.
    this.#lenient = Object.hasOwn(rules, "lenient") && rules.lenient === true;
    this.#limits = Object.hasOwn(rules, "limits") && rules.limits ? { ...DEFAULT_LIMITS, ...rules.limits } : DEFAULT_LIMITS;
  }

  get state(): ReaderState {
    return this.#state;
  }

  /** Bytes of the body that are known to be missing: of the whole body, or of the current chunk; undefined when nobody knows. */
  get missing(): number | undefined {
    if (this.#state === "length") return this.#remaining;
    return this.#state === "chunks" ? this.#chunks?.missing : undefined;
  }

  /** The response is complete, and its head lets the connection carry another one, which may have begun already. */
  get persistent(): boolean {
    if (this.#state !== "complete" || this.#framing.kind === "until-close") return false;
    return this.#whole?.staysOpen ?? staysOpen(this.#status, this.#fields);
  }

  /** The connection may carry another exchange: it is {@link persistent}, and not a byte has come behind the response. */
  get reusable(): boolean {
    return !this.#excess && this.persistent;
  }

  /** Bytes came behind the complete response. */
  get excess(): boolean {
    return this.#excess;
  }

  /** Reads bytes; tells how many. What comes behind the complete response is not read; nobody has asked for it, unless the requests are pipelined. */
  push(bytes: Uint8Array): number {
    try {
      // Behind the complete response: remembered, not read.
      this.#excess ||= this.#state === "complete" && bytes.length > 0;
      let at = 0;
      while (at < bytes.length && this.#state !== "complete" && this.#state !== "failed")
        at = ResponseReader.#STEPS[this.#state](this, bytes, at);
      return at;
    } catch (error) {
      this.#state = "failed";
      throw error;
    }
  }

  /** The server will send no more. `truncated`: the stream was cut by something else than an orderly end. */
  end(truncated = false): void {
    if (this.#state === "complete" || this.#state === "failed") return;
    if (this.#state === "until-close" && !truncated) return this.#complete(NO_FIELDS, false);
    const state = this.#state;
    this.#state = "failed";
    throw closedEarly(state, {
      nothing: state === "start" && this.#prefix === 0 && this.#interim === 0,
      body: state === "length" && this.#framing.kind === "length" ? { length: this.#framing.length, missing: this.#remaining } : undefined,
    });
  }

  /** One function per state that takes bytes: index in, index out. */
  static readonly #STEPS: Readonly<Record<OpenState, Step>> = {
    start: (reader, bytes, at) => reader.#start(bytes, at),
    "status-line": (reader, bytes, at) => reader.#statusLine(bytes, at),
    fields: (reader, bytes, at) => reader.#fieldSection(bytes, at),
    length: (reader, bytes, at) => reader.#lengthBody(bytes, at),
    chunks: (reader, bytes, at) => reader.#chunkedBody(bytes, at),
    trailers: (reader, bytes, at) => reader.#trailerSection(bytes, at),
    "until-close": (reader, bytes, at) => reader.#deliver(bytes.subarray(at), bytes.length),
  };

  /** One empty line before the status line is let pass (RFC 9112 §2.2), then every byte must fit an HTTP/1.x status line at once. */
  #start(bytes: Uint8Array, from: number): number {
    const whole = this.#prefix === 0 && this.#emptyLine !== "begun" ? wholeHead(bytes, from, this.#limits) : undefined;
    if (whole) {
      this.#whole = whole;
      this.#status = whole.status;
      this.#headSize = whole.text.length;
      return this.#headCame(whole.fields, bytes, from + this.#headSize);
    }
    let at = from;
    for (; at < bytes.length && this.#prefix < PREFIX.length; at++) {
      if (this.#prefix === 0 && this.#skipEmptyLine(bytes[at] ?? 0)) continue;
      if (bytes[at] !== PREFIX.charCodeAt(this.#prefix)) throw notHttp(PREFIX.slice(0, this.#prefix) + latin1(bytes, at, bytes.length));
      this.#prefix++;
    }
    if (this.#prefix === PREFIX.length) this.#state = "status-line";
    return at;
  }

  #skipEmptyLine(byte: number): boolean {
    if (this.#emptyLine === "may-come" && byte === CR) this.#emptyLine = "begun";
    else if (this.#emptyLine === "begun" && byte === LF) this.#emptyLine = "came";
    else if (this.#emptyLine === "begun") throw malformed("CR without LF before the status line");
    else return false;
    return true;
  }

  #statusLine(bytes: Uint8Array, from: number): number {
    const line = (this.#line ??= this.#collector("line", this.#limits.maxHeadSize));
    const at = line.push(bytes, from);
    if (at < 0) return bytes.length;
    this.#status = parseStatusLine(line.text);
    this.#headSize = PREFIX.length + line.size;
    this.#line = undefined;
    this.#state = "fields";
    return at;
  }

  #fieldSection(bytes: Uint8Array, from: number): number {
    const { maxFields, maxHeadSize } = this.#limits;
    const section = (this.#section ??= this.#collector("section", maxHeadSize - this.#headSize));
    const at = section.push(bytes, from);
    if (at < 0) return bytes.length;
    this.#headSize += section.size;
    this.#section = undefined;
    return this.#headCame(parseFieldSection(section.text, { maxFields, phase: "headers" }), bytes, at);
  }

  /** A head is complete; the body begins at `at`. */
  #headCame(fields: Fields, bytes: Uint8Array, at: number): number {
    this.#fields = fields;
    this.#framing = this.#whole?.framing(this.#method) ?? responseFraming(this.#status, fields, this.#method);
    if (this.#status.status < 200) this.#interimHead();
    else this.#finalHead(bytes.length > at);
    return at;
  }

  /** Interim responses nobody asked for are ignored (RFC 9110 §15.2), within limits; 101 would be another protocol. */
  #interimHead(): void {
    const { maxInterim, maxInterimSize } = this.#limits;
    if (this.#status.status === 101) throw malformed("101 Switching Protocols, which was not asked for");
    this.#interimSize += this.#headSize;
    if (++this.#interim > maxInterim || this.#interimSize > maxInterimSize) {
      const reason = `more than ${maxInterim} interim (1xx) responses, or more than ${maxInterimSize} bytes of them, and no final one.`;
      throw new HttpFailure("head-too-large", { phase: "headers", reason });
    }
    // Asked for its type, not for its presence: a polluted Object.prototype may have something of that name.
    if (typeof this.#events.onInterim === "function") this.#events.onInterim(this.#head());
    this.#state = "start";
    this.#prefix = 0;
    this.#emptyLine = "came";
    this.#whole = undefined;
  }

  #finalHead(more: boolean): void {
    const framing = this.#framing;
    this.#reserve(this.#headSize);
    this.#messageSize += this.#headSize;
    this.#events.onHead(this.#head(), framing);
    // After the head has been told: who does not want the body, as that of a redirect, does not care how large it would be.
    if (framing.kind === "length") this.#reserve(framing.length);
    if (framing.kind === "none" || (framing.kind === "length" && framing.length === 0)) return this.#complete(NO_FIELDS, more);
    if (framing.kind === "length") this.#remaining = framing.length;
    this.#state = framing.kind === "chunked" ? "chunks" : framing.kind;
  }

  #lengthBody(bytes: Uint8Array, from: number): number {
    const end = Math.min(bytes.length, from + this.#remaining);
    this.#remaining -= end - from;
    this.#deliver(bytes.subarray(from, end), end);
    if (this.#remaining === 0) this.#complete(NO_FIELDS, end < bytes.length);
    return end;
  }

  #chunkedReader(): ChunkedReader {
    return new ChunkedReader({
      maxExtensionSize: this.#limits.maxExtensionSize,
      onSize: (size) => this.#reserve(size),
      onData: (bytes) => void this.#deliver(bytes, 0),
    });
  }

  #chunkedBody(bytes: Uint8Array, from: number): number {
    const chunks = (this.#chunks ??= this.#chunkedReader());
    const at = chunks.push(bytes, from);
    if (chunks.done) this.#state = "trailers";
    return at;
  }

  #trailerSection(bytes: Uint8Array, from: number): number {
    const { maxHeadSize } = this.#limits;
    this.#section ??= new SectionCollector({ until: "section", lenient: false, phase: "body", maxHeadSize }, maxHeadSize);
    const at = this.#section.push(bytes, from);
    if (at < 0) return bytes.length;
    const trailers = parseFieldSection(this.#section.text, { maxFields: this.#limits.maxFields, phase: "body" });
    this.#complete(trailers.without(FORBIDDEN_TRAILERS), at < bytes.length);
    return at;
  }

  /** Passes body bytes on, up to the limit and not one more; returns `next`. */
  #deliver(bytes: Uint8Array, next: number): number {
    const room = this.#limits.maxMessageSize - this.#messageSize;
    if (bytes.length > 0 && room > 0) this.#events.onData(bytes.length > room ? bytes.subarray(0, room) : bytes);
    this.#reserve(bytes.length);
    this.#messageSize += bytes.length;
    return next;
  }

  /** Refuses what would not fit, before it is read. */
  #reserve(more: number): void {
    const { maxMessageSize } = this.#limits;
    if (this.#messageSize + more <= maxMessageSize) return;
    const size = this.#framing.kind === "length" ? `: its body has ${this.#framing.length}, its head ${this.#headSize}` : "";
    throw new HttpFailure("response-too-large", {
      phase: "body",
      reason: `the response is larger than the ${maxMessageSize} bytes that may be held${size}. Ask for less, raise the limit, or stream it.`,
    });
  }

  #complete(trailers: Fields, excess: boolean): void {
    this.#state = "complete";
    this.#excess = excess;
    this.#events.onComplete(trailers);
  }

  #head(): ResponseHead {
    const { minorVersion, status, reason } = this.#status;
    return { minorVersion, status, reason, fields: this.#fields };
  }

  #collector(until: "line" | "section", limit: number): SectionCollector {
    const { maxHeadSize } = this.#limits;
    return new SectionCollector({ until, lenient: this.#lenient, phase: "headers", maxHeadSize }, limit);
  }
}

function notHttp(text: string): HttpFailure {
  return malformed(`it begins with ${excerpt(text)}, not with "HTTP/1.1"`);
}
