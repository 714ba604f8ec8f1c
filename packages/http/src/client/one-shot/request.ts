import { HttpFailure, type FailureCode, type HttpUrl, type Phase, type ResponseHead } from "../../protocol/index.ts";
import { onAbort } from "../exchange/abort.ts";
import { Exchange, type ExchangeContext, type Response } from "./exchange.ts";
import { tlsForHop } from "../exchange/hop-tls.ts";
import { redirectedRequest, redirectLocation } from "../rungs/redirected-request.ts";
import { failureOf, type WireRequest } from "../request/wire-request.ts";

/** The policies above one exchange. */
export interface RequestPolicies extends ExchangeContext {
  /** Milliseconds for all of it. */
  readonly timeout: number;
  /** Redirects that are followed; 0: a 3xx is a response like any other. */
  readonly redirects: number;
  /** Gives the request up when it fires. */
  readonly signal: AbortSignal | undefined;
}

/** How a request ends: one of the two, once. */
export interface RequestEnd {
  readonly response: (response: Response, last: WireRequest) => void;
  readonly failed: (failure: HttpFailure) => void;
}

/** Which code a deadline has that fires in a phase before the request is on its way. */
const TIMEOUT_CODES: Readonly<Record<Phase, FailureCode>> = {
  request: "timeout",
  dns: "dns-timeout",
  connect: "connect-timeout",
  tls: "tls-timeout",
  send: "timeout",
  headers: "timeout",
  body: "timeout",
  redirect: "timeout",
};

const WAITED_FOR: Readonly<Record<Phase, string>> = {
  request: "before anything was sent",
  dns: "while the name was looked up",
  connect: "while connecting",
  tls: "in the TLS handshake",
  send: "while sending the request",
  headers: "while waiting for the response",
  body: "in the middle of the response's body",
  redirect: "between two redirects",
};

const TIMEOUT_ADVICE: Readonly<Record<Phase, string>> = {
  request: "",
  dns: " No DNS server answered in time.",
  connect: " The server does not answer: it is off, or a firewall drops what is sent to it.",
  tls: "",
  send: " The server does not read what is sent to it.",
  headers: "",
  body: "",
  redirect: "",
};

/** Sends a request: deadline, then redirects, then exchanges. Nothing is called before it has returned. */
export function send(request: WireRequest, policies: RequestPolicies, end: RequestEnd): void {
  new Sending(policies, end).begin(request);
}

class Sending {
  readonly #policies: RequestPolicies;
  readonly #end: RequestEnd;
  readonly #release: () => void;
  #first: HttpUrl | undefined;
  #request: WireRequest | undefined;
  #exchange: Exchange | undefined;
  #hops = 0;

  constructor(policies: RequestPolicies, end: RequestEnd) {
    this.#policies = policies;
    this.#end = end;
    // When this thread was busy, the answer may be waiting in the socket: the I/O that is ready comes first, then the verdict.
    const cancelDeadline = policies.clock.after(policies.timeout, () => policies.clock.afterIo(() => this.#timedOut()));
    const releaseSignal = policies.signal && onAbort(policies.signal, () => this.#aborted());
    this.#release = () => {
      cancelDeadline();
      releaseSignal?.();
    };
  }

  begin(request: WireRequest): void {
    this.#request = request;
    this.#first ??= request.url;
    const tls = tlsForHop(this.#policies.tls, this.#first, request.url);
    const policies = tls === this.#policies.tls ? this.#policies : { ...this.#policies, tls };
    this.#exchange = new Exchange(request, policies, {
      response: (response) => this.#answered(request, response),
      failed: (failure) => this.#failed(failure),
      wanted: (head) => !this.#follows(head),
    });
  }

  #follows(head: ResponseHead): boolean {
    return this.#policies.redirects > 0 && redirectLocation(head) !== undefined;
  }

  #answered(request: WireRequest, response: Response): void {
    const location = this.#follows(response.head) ? redirectLocation(response.head) : undefined;
    if (location === undefined) {
      this.#exchange = undefined;
      this.#release();
      return this.#end.response(response, request);
    }
    try {
      if (++this.#hops > this.#policies.redirects) throw this.#tooMany(request);
      this.begin(redirectedRequest(request, response.head));
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      this.#failed(error);
    }
  }

  #tooMany(request: WireRequest): HttpFailure {
    const reason = `the server redirected more than ${this.#policies.redirects} times, the limit; it may be a loop.`;
    return failureOf(request, new HttpFailure("too-many-redirects", { phase: "redirect", reason }));
  }

  #timedOut(): void {
    if (!this.#exchange) return;
    const { phase, progress } = this.#exchange;
    const came = phase === "headers" || phase === "body" ? ` (${progress})` : "";
    const reason = `no complete response within ${this.#policies.timeout} ms: the time ended ${WAITED_FOR[phase]}${came}.${TIMEOUT_ADVICE[phase]}`;
    this.#giveUp(new HttpFailure(TIMEOUT_CODES[phase], { phase, reason }));
  }

  #aborted(): void {
    if (!this.#exchange) return;
    const { phase } = this.#exchange;
    const reason = `the request was given up by its caller, ${WAITED_FOR[phase]}.`;
    this.#giveUp(new HttpFailure("aborted", { phase, reason, cause: this.#policies.signal?.reason }));
  }

  #giveUp(failure: HttpFailure): void {
    this.#exchange?.cancel();
    this.#failed(this.#request ? failureOf(this.#request, failure) : failure);
  }

  #failed(failure: HttpFailure): void {
    this.#exchange = undefined;
    this.#release();
    this.#end.failed(failure);
  }
}
