import type { HttpFailure, ResponseHead } from "../../protocol/index.ts";
import type { Clock } from "../../transport/index.ts";
import type { ExchangeFacts } from "../exchange/answer.ts";
import type { Timings } from "../exchange/timeline.ts";
import type { WireRequest } from "../request/wire-request.ts";
import { ByteTap } from "./byte-tap.ts";
import type { HarEntry, HarTimings } from "./har-format.ts";
import { harRequest, harResponse, NO_RESPONSE } from "./har-message.ts";
import type { Redaction } from "./har-redaction.ts";

/** What is known when an exchange begins. */
export interface HarBeginning {
  readonly request: WireRequest;
  readonly clock: Clock;
  readonly hidden: Redaction;
  /** Bytes that are kept of each body. */
  readonly limit: number;
}

/** What an answer's head has brought. It is not the answer itself: that must be free to be forgotten. */
interface Answered {
  readonly head: ResponseHead;
  readonly exchange: ExchangeFacts;
  /** Milliseconds before the first phase. */
  readonly blocked: number;
}

/** One exchange on its way into an archive. */
export class HarExchange {
  readonly sent: ByteTap;
  readonly received: ByteTap;
  readonly #beginning: HarBeginning;
  readonly #started = new Date().toISOString();
  readonly #began: number;
  #answered: Answered | undefined;
  #failure: HttpFailure | undefined;
  #timings: Timings | undefined;
  #elapsed = 0;

  constructor(beginning: HarBeginning) {
    this.#beginning = beginning;
    this.#began = beginning.clock.now();
    this.sent = new ByteTap(beginning.limit);
    this.received = new ByteTap(beginning.limit);
  }

  answered(head: ResponseHead, exchange: ExchangeFacts): void {
    const { total, ...phases } = exchange.timings;
    const blocked = Math.max(0, total - sum(Object.values(phases)));
    this.#answered = { head, exchange, blocked };
  }

  /** The body has come to its end, or is not wanted any more. */
  ended(): void {
    this.#timings ??= this.#answered?.exchange.timings;
  }

  failed(failure: HttpFailure): void {
    this.#failure = failure;
    this.#elapsed = this.#beginning.clock.now() - this.#began;
    this.ended();
  }

  /** Undefined while there is neither an answer nor a failure. */
  get entry(): HarEntry | undefined {
    if (!this.#answered && !this.#failure) return undefined;
    const { request, hidden } = this.#beginning;
    const { head, exchange } = this.#answered ?? {};
    const { peer, local } = exchange?.connection ?? {};
    const timings = this.#harTimings();
    const { ssl: _in, ...parts } = timings;
    return {
      startedDateTime: this.#started,
      time: sum(Object.values(parts).filter((ms) => ms > 0)),
      request: harRequest(request, this.sent, hidden),
      response: head ? harResponse(head, this.received, hidden) : NO_RESPONSE,
      cache: {},
      timings,
      ...(peer ? { serverIPAddress: peer.host } : {}),
      ...(local ? { connection: String(local.port) } : {}),
      ...(this.#failure ? { _error: this.#failure.message, _errorCode: this.#failure.code } : {}),
    };
  }

  #harTimings(): HarTimings {
    const answered = this.#answered;
    // Of an exchange without an answer only the whole time is known.
    if (!answered) return { blocked: this.#elapsed, dns: -1, connect: -1, ssl: -1, send: 0, wait: 0, receive: 0 };
    const { dns = -1, connect, tls = -1, send = 0, wait = 0, receive = 0 } = this.#timings ?? answered.exchange.timings;
    const connecting = connect === undefined && tls < 0 ? -1 : (connect ?? 0) + Math.max(0, tls);
    return { blocked: answered.blocked, dns, connect: connecting, ssl: tls, send, wait, receive };
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
