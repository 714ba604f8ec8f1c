import { lowerCase } from "../../protocol/index.ts";
import { checkWay } from "../../transport/index.ts";
import type { PhaseTimeouts } from "../exchange/phase-timeouts.ts";
import { joinHooks } from "../rungs/hooks.ts";
import { BODY_OPTIONS } from "../request/payload.ts";
import { checkOptions } from "./check-options.ts";
import { checkedConnectTo } from "./connect-to.ts";
import type { ClientOptions, HeadersInit, Timeouts } from "./options.ts";
import { fixedProxy } from "./proxy.ts";

type Writable<Options> = { -readonly [Name in keyof Options]: Options[Name] };

/**
 * Later options win; headers are merged by name, time-outs by phase, hooks are called one after the other, what is secret once stays so, the
 * rest is replaced. Own properties alone count: a polluted Object.prototype changes nothing. Throws a TypeError for options that cannot be meant, a RangeError for a way to
 * the server that is none.
 */
export function mergeOptions(defaults: ClientOptions, options: ClientOptions): ClientOptions {
  const given = ownOptions(options);
  checkOptions(given);
  const merged = ownOptions(defaults);
  const { headers, timeout, hooks, secrets } = merged;
  Object.assign(merged, given);
  if (BODY_OPTIONS.some((name) => given[name] !== undefined)) keepBody(merged, given);
  if (given.connectTo) merged.connectTo = checkedConnectTo(given.connectTo);
  if (WAY_OPTIONS.some((name) => given[name] !== undefined)) checkMergedWay(merged);
  if (given.timeout !== undefined) merged.timeout = { ...timeoutsOf(timeout ?? {}), ...timeoutsOf(given.timeout) };
  if (given.hooks) merged.hooks = joinHooks(hooks ?? {}, given.hooks);
  if (given.secrets) merged.secrets = [...(secrets ?? []), ...given.secrets];
  if (given.headers || given.auth) mergeHeaders(merged, headers, given);
  return merged;
}

/** Options that say how to get to a server. */
const WAY_OPTIONS = ["proxy", "socketPath", "localAddress", "connectTo"] as const;

/** What is wrong with the way is said now, not when it is first used. */
function checkMergedWay(merged: ClientOptions): void {
  const { proxy } = merged;
  if (proxy && proxy !== "environment") fixedProxy(proxy);
  checkWay(merged);
}

/** A body among the later options replaces one of another kind. */
function keepBody(merged: Writable<ClientOptions>, { body, json, form, multipart }: ClientOptions): void {
  Object.assign(merged, { body, json, form, multipart });
}

/** Later names replace earlier ones; so does a later way to say who asks. */
function mergeHeaders(merged: Writable<ClientOptions>, earlier: HeadersInit | undefined, given: ClientOptions): void {
  const later = headerPairs(given.headers);
  const replaced = new Set(later.map(([name]) => lowerCase(name)));
  if (replaced.has("authorization") && !given.auth) merged.auth = undefined;
  if (given.auth) replaced.add("authorization");
  merged.headers = [...headerPairs(earlier).filter(([name]) => !replaced.has(lowerCase(name))), ...later];
}

/** What was given, and nothing inherited. */
function ownOptions(options: ClientOptions): Writable<ClientOptions> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.assign(Object.create(null), Object.fromEntries(given));
}

/** Names with their values, as they were given; a TypeError when they are no strings. */
export function headerPairs(headers: HeadersInit | undefined): (readonly [string, string])[] {
  if (headers === undefined) return [];
  const pairs: readonly (readonly unknown[])[] = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return pairs.filter((pair) => pair.length !== 2 || pair[1] !== undefined).map(stringPair);
}

function stringPair(pair: readonly unknown[]): readonly [string, string] {
  const [name, value] = Array.isArray(pair) && pair.length === 2 ? (pair as readonly unknown[]) : [];
  if (typeof name === "string" && typeof value === "string") return [name, value];
  throw new TypeError("headers: every name and every value must be a string");
}

/** The phases that are named. */
export function timeoutsOf(timeout: number | Timeouts): Partial<PhaseTimeouts> {
  if (typeof timeout === "number") return { total: timeout };
  return Object.fromEntries(Object.entries(timeout).filter(([, ms]) => ms !== undefined));
}
