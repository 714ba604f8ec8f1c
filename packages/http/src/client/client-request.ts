import { HttpFailure, type FailureCode } from "../protocol/index.ts";
import { ClientExchange, type Answer, type ExchangeSetup } from "./exchange/client-exchange.ts";
import { HttpError, HttpStatusError, withStack } from "./errors/http-error.ts";
import { printable } from "./errors/printable.ts";
import { redirectedRequest, redirectLocation } from "./rungs/redirects.ts";
import { ClientResponse } from "./response/response.ts";
import type { WireRequest } from "./request/wire-request.ts";

/** What becomes of a 3xx, and of a status of 400 and above. */
export interface RequestRules {
  readonly redirect: "follow" | "manual" | "error";
  readonly maxRedirects: number;
  readonly throwHttpErrors: boolean;
}

/** Who waits. */
export interface Waiter {
  readonly resolve: (response: ClientResponse) => void;
  readonly reject: (error: unknown) => void;
}

/** A request from the call to the response that counts: redirects are followed here, exchange by exchange. */
export class ClientRequest {
  readonly #rules: RequestRules;
  readonly #setup: ExchangeSetup;
  readonly #waiter: Waiter;
  #redirects = 0;

  constructor(rules: RequestRules, setup: ExchangeSetup, waiter: Waiter) {
    this.#rules = rules;
    this.#setup = setup;
    this.#waiter = waiter;
  }

  send(request: WireRequest): void {
    new ClientExchange(request, this.#setup, {
      answered: (answer) => this.#answered(request, answer),
      failed: (error) => this.#waiter.reject(error),
    }).start();
  }

  #answered(request: WireRequest, answer: Answer): void {
    const location = this.#rules.redirect === "manual" ? undefined : redirectLocation(answer.head);
    if (location === undefined) return this.#deliver(request, answer);
    // Before the connection is closed, which may be now: then nobody knows its peer any more.
    const { status } = answer.exchange;
    answer.body.abandon();
    try {
      this.send(this.#next(request, answer, location));
    } catch (error) {
      this.#waiter.reject(error instanceof HttpFailure ? withStack(new HttpError(error, status), this.#setup.trace) : error);
    }
  }

  #next(request: WireRequest, answer: Answer, location: string): WireRequest {
    if (this.#rules.redirect === "error") {
      throw fault("redirect-refused", `the server redirects with ${answer.head.status}, and redirect is "error".`);
    }
    if (++this.#redirects > this.#rules.maxRedirects) {
      throw fault("too-many-redirects", `the server redirected more than ${this.#rules.maxRedirects} times, the limit; it may be a loop.`);
    }
    return redirectedRequest(request, answer.head, location);
  }

  #deliver(request: WireRequest, answer: Answer): void {
    const response = new ClientResponse({ answer, url: request.url.href, redirected: this.#redirects > 0 });
    if (!this.#rules.throwHttpErrors || response.status < 400) return this.#waiter.resolve(response);
    const reason = `the server answered ${printable(`${response.status} ${response.statusText}`.trimEnd())}.`;
    const failure = new HttpFailure("http-status", { phase: "headers", reason });
    this.#waiter.reject(withStack(new HttpStatusError(failure, answer.exchange.status, response), this.#setup.trace));
  }
}

const fault = (code: FailureCode, reason: string): HttpFailure => new HttpFailure(code, { phase: "redirect", reason });
