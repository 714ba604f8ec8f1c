import { DEFAULT_LIMITS } from "../protocol/index.ts";
import { cachedLookup, systemLookup, type Clock, type Lookup } from "../transport/index.ts";
import { secretNames } from "./errors/redact.ts";
import type { CallSetup } from "./exchange/call.ts";
import type { Deadlines } from "./exchange/deadlines.ts";
import type { PhaseTimeouts } from "./exchange/phase-timeouts.ts";
import type { Pool } from "./exchange/pool.ts";
import { routes } from "./exchange/route.ts";
import { timeoutsOf } from "./options/merge-options.ts";
import type { ClientOptions, RequestOptions } from "./options/options.ts";
import { BODY_OPTIONS } from "./request/payload.ts";
import type { DigestSessions } from "./rungs/digest.ts";
import { ladder } from "./rungs/ladder.ts";
import type { Send } from "./rungs/send.ts";
import type { Watcher } from "./rungs/watchers.ts";
import { withEvents } from "./seeing/events.ts";

const TIMEOUTS: PhaseTimeouts = { total: 60_000, dns: 10_000, connect: 10_000, tls: 10_000, send: 30_000, headers: 30_000, idle: 30_000 };

const MAX_BODY_SIZE = 268_435_456;

/** Names whose addresses a client remembers. */
const MAX_NAMES = 256;

/** What becomes of all calls with the same options. */
export interface Plan {
  readonly setup: CallSetup;
  readonly send: Send;
}

/** What the calls of one client share, whatever their options. */
export interface ClientMeans {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly digests: DigestSessions;
  /** Who sees every exchange. */
  readonly watchers: ReadonlySet<Watcher>;
}

/** Options that a request is made of; all others say what becomes of it. */
const OF_THE_REQUEST: ReadonlySet<string> = new Set([...BODY_OPTIONS, "headers", "searchParams", "signal", "baseUrl"]);

/** Whether a call with these options needs a plan of its own. */
export const changesPlan = (options: RequestOptions): boolean => Object.keys(options).some((name) => !OF_THE_REQUEST.has(name));

/** Makes plans for a client. */
export class Planner {
  readonly #means: ClientMeans;
  readonly #timeToLive: number;
  readonly #lookups = new WeakMap<Lookup, Lookup>();

  /** `dnsCacheTimeout`: milliseconds that addresses are remembered. */
  constructor(means: ClientMeans, { dnsCacheTimeout = 10_000 }: Pick<ClientOptions, "dnsCacheTimeout">) {
    this.#means = means;
    this.#timeToLive = dnsCacheTimeout;
  }

  plan(options: ClientOptions): Plan {
    const { timeout, maxBodySize = MAX_BODY_SIZE, maxHeaderSize = DEFAULT_LIMITS.maxHeadSize, lookup = systemLookup, secrets } = options;
    const { pool, clock, deadlines, digests, watchers } = this.#means;
    const setup: CallSetup = {
      pool,
      clock,
      deadlines,
      timeouts: timeout === undefined ? TIMEOUTS : { ...TIMEOUTS, ...timeoutsOf(timeout) },
      maxBodySize,
      maxHeadSize: maxHeaderSize,
      options,
      secrets: secretNames(secrets),
      route: routes(options, this.#cached(lookup)),
    };
    return { setup, send: withEvents(ladder(options, digests, watchers)) };
  }

  #cached(lookup: Lookup): Lookup {
    const known = this.#lookups.get(lookup);
    if (known) return known;
    const cached = cachedLookup(lookup, { clock: this.#means.clock, timeToLive: this.#timeToLive, maxEntries: MAX_NAMES });
    this.#lookups.set(lookup, cached);
    return cached;
  }
}
