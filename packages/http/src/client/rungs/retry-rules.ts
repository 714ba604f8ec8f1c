import { FAILURES, type FailureCode, type Fields } from "../../protocol/index.ts";
import { httpDate } from "./http-date.ts";

/** When to send again, and how long to wait before. */
export interface RetryOptions {
  /** Times that a request is sent again, beside the first. Default 2. */
  readonly limit?: number | undefined;
  /** In any case. Default: those that are idempotent: GET, HEAD, OPTIONS, TRACE, PUT, DELETE (RFC 9110 §9.2.2). */
  readonly methods?: readonly string[] | undefined;
  /** Default 408, 429, 500, 502, 503, 504. */
  readonly statuses?: readonly number[] | undefined;
  /** Default: the failures of DNS, of connecting, of connections and of time. */
  readonly codes?: readonly FailureCode[] | undefined;
  /** Milliseconds before the first repetition; they double with each. Default 500. */
  readonly delay?: number | undefined;
  /** Milliseconds that no repetition waits longer than, unless Retry-After says so. Default 30 000. */
  readonly maxDelay?: number | undefined;
  /** A Retry-After of more milliseconds than this is not waited for: the response is given to the program. Default 60 000. */
  readonly maxRetryAfter?: number | undefined;
}

/** Every rule has a value. */
export type RetryRules = { readonly [Name in keyof RetryOptions]-?: Exclude<RetryOptions[Name], undefined> };

const DEFAULT_RULES: RetryRules = {
  limit: 2,
  methods: ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"],
  statuses: [408, 429, 500, 502, 503, 504],
  codes: [
    "dns-try-again",
    "dns-timeout",
    "connect-refused",
    "connect-unreachable",
    "connect-timeout",
    "tls-timeout",
    "timeout",
    "connection-reset",
    "closed-early",
  ],
  delay: 500,
  maxDelay: 30_000,
  maxRetryAfter: 60_000,
};

/** What each rule must be. */
const CHECKS: Readonly<Record<keyof RetryOptions, (rule: unknown) => boolean>> = {
  limit: (rule) => Number.isInteger(rule) && Number(rule) >= 0,
  methods: isListOf((method) => typeof method === "string"),
  statuses: isListOf((status) => Number.isInteger(status)),
  codes: isListOf((code) => typeof code === "string" && Object.hasOwn(FAILURES, code)),
  delay: isAmount,
  maxDelay: isAmount,
  maxRetryAfter: isAmount,
};

function isAmount(rule: unknown): boolean {
  return typeof rule === "number" && rule >= 0;
}

function isListOf(is: (member: unknown) => boolean): (rule: unknown) => boolean {
  return (rule) => Array.isArray(rule) && rule.every(is);
}

const isRule = (name: string): name is keyof RetryOptions => Object.hasOwn(CHECKS, name);

/** Whether something is rules of retries and nothing else. */
export const areRetryOptions = (value: object): boolean =>
  Object.entries(value).every(([name, rule]) => isRule(name) && (rule === undefined || CHECKS[name](rule)));

/** The rules that an option means; undefined when nothing is to be sent again. */
export function retryRules(retry: number | RetryOptions | undefined): RetryRules | undefined {
  const given =
    typeof retry === "number" ? { limit: retry } : Object.entries(retry ?? { limit: 0 }).filter(([, value]) => value !== undefined);
  const rules: RetryRules = { ...DEFAULT_RULES, ...(Array.isArray(given) ? Object.fromEntries(given) : given) };
  return rules.limit > 0 ? rules : undefined;
}

/** Full delays would bring all clients of a server that was down back at one moment: half of each is left to chance. */
export function backoff({ delay, maxDelay }: RetryRules, repetition: number, random: number): number {
  const longest = Math.min(maxDelay, delay * 2 ** (repetition - 1));
  return longest * (0.5 + random / 2);
}

/** The milliseconds that a Retry-After asks for: seconds, or an HTTP date against the clock of this machine (RFC 9110 §10.2.3). */
export function retryAfter(fields: Fields, now: number): number | undefined {
  const value = fields.get("retry-after");
  if (value === undefined) return undefined;
  if (/^[0-9]+$/.test(value)) return Number(value) * 1000;
  const date = httpDate(value, now);
  return date === undefined ? undefined : Math.max(0, date - now);
}
