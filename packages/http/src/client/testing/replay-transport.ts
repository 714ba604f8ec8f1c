import { readText } from "../../system/index.ts";
import { secretNames } from "../errors/redact.ts";
import { transportFailure } from "../exchange/transport-answer.ts";
import { ownMembers } from "../request/members.ts";
import type { Transport, TransportRequest, TransportResponse } from "../rungs/transport.ts";
import { parseCassette, type Cassette, type CassetteExchange, type CassetteRequest } from "./cassette.ts";
import { keptRequest } from "./kept-message.ts";
import { wholeOf } from "./mock-request.ts";
import { missWords, requestWords } from "./nearest.ts";

/** From where to answer. */
export interface ReplayOptions {
  /** A cassette that {@link recordTransport} has written. */
  readonly file: string;
  /**
   * Whether a recorded answer is for a request. Both are as a cassette keeps them, secrets replaced by `***`. Default: method, URL and body
   * are the same.
   */
  readonly match?: ((asked: CassetteRequest, recorded: CassetteRequest) => boolean) | undefined;
}

/** A transport that answers from a cassette. */
export interface ReplayTransport extends Transport {
  /** Recorded requests that were not asked again yet. Empty before the first request: that is what reads the file. */
  readonly unused: readonly CassetteRequest[];
}

/** An exchange of a cassette, and whether its answer was given. */
interface Slot {
  readonly exchange: CassetteExchange;
  used: boolean;
}

/**
 * Answers a client's requests from a cassette, without a network: each recorded answer once, in the order in which they were recorded. Secrets
 * count for nothing: a request with others gets the same answer. A request that the cassette has no answer for, and a file that is no
 * cassette, fail with `transport-failed`.
 *
 * @example
 * const client = new Client({ transport: replayTransport({ file: "test/devices.cassette.json" }) });
 */
export function replayTransport(options: ReplayOptions): ReplayTransport {
  const { file, match = isSame } = ownMembers(options);
  return new Player(file, match);
}

class Player implements ReplayTransport {
  readonly #file: string;
  readonly #match: NonNullable<ReplayOptions["match"]>;
  #loading: Promise<Cassette> | undefined;
  #slots: readonly Slot[] | undefined;

  constructor(file: string, match: NonNullable<ReplayOptions["match"]>) {
    this.#file = file;
    this.#match = match;
  }

  get unused(): readonly CassetteRequest[] {
    return (this.#slots ?? []).filter(({ used }) => !used).map(({ exchange }) => exchange.request);
  }

  async send({ method, url, headers, body }: TransportRequest): Promise<TransportResponse> {
    const bytes = await wholeOf(body);
    this.#loading ??= readText(this.#file).then((text) => parseCassette(text, this.#file));
    const { secrets, exchanges } = await this.#loading;
    this.#slots ??= exchanges.map((exchange) => ({ exchange, used: false }));
    const asked = keptRequest({ method, url, headers, body: bytes }, secretNames(secrets));
    const slot = this.#slots.find(({ exchange, used }) => !used && this.#match(asked, exchange.request));
    if (!slot) throw this.#miss(asked, this.#slots);
    slot.used = true;
    return slot.exchange.response;
  }

  #miss(asked: CassetteRequest, slots: readonly Slot[]): Error {
    const candidates = slots.map(({ exchange: { request }, used }) => ({
      words: requestWords(request),
      method: request.method,
      isFor: request.url === asked.url,
      text: request.url,
      obstacle: used ? "its answer was given already" : "its body is another one",
    }));
    const reason = `the cassette ${JSON.stringify(this.#file)} has no answer for ${requestWords(asked)}; ${missWords(asked, candidates)}`;
    return transportFailure(reason, { phase: "headers" });
  }
}

const isSame = (asked: CassetteRequest, recorded: CassetteRequest): boolean =>
  asked.method === recorded.method && asked.url === recorded.url && Buffer.from(asked.body).equals(recorded.body);
