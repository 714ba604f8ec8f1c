import { HttpFailure, type FailureCode } from "../protocol/index.ts";
import { ClientExchange, type Answer, type ExchangeSetup } from "./client-exchange.ts";
import { HttpError, HttpStatusError } from "./http-error.ts";
import { redirectedRequest, redirectLocation } from "./redirects.ts";
import { ClientResponse } from "./response.ts";
import type { WireRequest } from "./wire-request.ts";

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
    answer.body.abandon();
    try {
      this.send(this.#next(request, answer, location));
    } catch (error) {
      this.#waiter.reject(error instanceof HttpFailure ? new HttpError(error, answer.exchange.status) : error);
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
    const url = request.url.href;
    const response = new ClientResponse({ answer, url, redirected: this.#redirects > 0, label: `${request.method} ${url}` });
    if (!this.#rules.throwHttpErrors || response.status < 400) return this.#waiter.resolve(response);
    const failure = new HttpFailure("http-status", {
      phase: "headers",
      reason: `the server answered ${response.status} ${response.statusText}.`,
    });
    this.#waiter.reject(new HttpStatusError(failure, answer.exchange.status, response));
  }
}

const fault = (code: FailureCode, reason: string): HttpFailure => new HttpFailure(code, { phase: "redirect", reason });
