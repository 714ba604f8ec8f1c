import { says } from "../protocol/index.ts";
import type { Clock } from "./clock.ts";
import type { Address, Lookup } from "./connection.ts";

/** How long, and how much, a cache of lookups remembers. */
export interface LookupCacheRules {
  readonly clock: Clock;
  /** Milliseconds that an answer is used again; 0: only lookups at the same time are one. */
  readonly timeToLive: number;
  /** Names at a time; beyond that the oldest is forgotten. */
  readonly maxEntries: number;
}

type Callback = Parameters<Lookup>[1];

type Entry =
  | { readonly state: "asked"; readonly at: number; readonly waiting: Callback[] }
  | { readonly state: "known"; readonly at: number; readonly addresses: readonly Address[] };

/**
 * A lookup that has been silent for so many milliseconds is asked again rather than joined, so that one lost answer does not make a name
 * unreachable. getaddrinfo itself gives a DNS server 5 s, twice (resolv.conf(5), `timeout` and `attempts`).
 */
const MOST_PATIENCE = 10_000;

/**
 * A lookup that remembers: lookups of one name at the same time are one, and its answer serves those of the next `timeToLive`
 * milliseconds. Failures and empty answers are never kept. Whoever has given up waiting simply does not listen to the answer.
 */
export function cachedLookup(lookup: Lookup, rules: LookupCacheRules): Lookup {
  const { clock, timeToLive, maxEntries } = rules;
  // In the order in which they were asked: the first is the oldest.
  const entries = new Map<string, Entry>();
  const lasts = ({ state, at }: Entry): boolean => clock.now() - at < (state === "known" ? timeToLive : MOST_PATIENCE);

  const keep = (name: string, entry: Entry): void => {
    entries.delete(name);
    entries.set(name, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= maxEntries) return;
      entries.delete(oldest);
    }
  };

  const ask = (name: string, host: string, callback: Callback): void => {
    const asked: Entry = { state: "asked", at: clock.now(), waiting: [callback] };
    keep(name, asked);
    lookUpOnce(lookup, host, (error, addresses) => {
      // A later lookup may have taken this one's place.
      if (entries.get(name) === asked) entries.delete(name);
      if (!error && addresses.length > 0 && timeToLive > 0) keep(name, { state: "known", at: clock.now(), addresses });
      for (const waiter of asked.waiting.splice(0)) queueMicrotask(() => waiter(error, addresses));
    });
  };

  return (host, callback) => {
    // DNS knows no case (RFC 4343).
    const name = host.toLowerCase();
    const entry = entries.get(name);
    if (!entry || !lasts(entry)) ask(name, host, callback);
    else if (entry.state === "asked") entry.waiting.push(callback);
    else queueMicrotask(() => callback(null, entry.addresses));
  };
}

/** One answer, whatever the lookup does: a second call is not heard, and what it throws, now or in a promise, is the error. */
export function lookUpOnce(lookup: Lookup, host: string, answer: Callback): void {
  let answered = false;
  const first: Callback = (error, addresses) => {
    if (answered) return;
    answered = true;
    answer(...checked(error, addresses));
  };
  const failed = (thrown: unknown): void => first(thrown instanceof Error ? thrown : new Error(says(thrown)), []);
  try {
    const result: unknown = lookup(host, first);
    // Of an async function: nobody else would hear of its failure.
    if (result instanceof Promise) result.catch(failed);
  } catch (error) {
    failed(error);
  }
}

/** Copies, because the lookup's owner may change its list later. A list that is none is an error. */
function checked(error: NodeJS.ErrnoException | null, addresses: readonly Address[]): Parameters<Callback> {
  if (error) return [error, []];
  try {
    return [null, addresses.map(({ address, family }) => ({ address, family }))];
  } catch {
    return [new Error("the lookup gave no list of addresses"), []];
  }
}
