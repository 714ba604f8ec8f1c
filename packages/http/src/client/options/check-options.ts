import { hasMethods } from "../request/members.ts";
import { BODY_WORDS, bodyKind } from "../request/payload.ts";
import { areHooks } from "../rungs/hooks.ts";
import { areRetryOptions } from "../rungs/retry-rules.ts";
import type { ClientOptions } from "./options.ts";
import { isProxyOption } from "./proxy.ts";
import { areTlsOptions, TLS_WORDS } from "./tls.ts";

interface Rule {
  readonly must: string;
  readonly holds: (value: unknown) => boolean;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isNumber = (value: unknown): value is number => typeof value === "number" && value > 0;
const isUrl = (value: unknown): boolean => typeof value === "string" || value instanceof URL;
const isText = (value: unknown): value is string => typeof value === "string";

/** Milliseconds, or bytes: Infinity is allowed. */
const AMOUNT: Rule = { must: "a number above 0", holds: isNumber };
const COUNT: Rule = { must: "a whole number from 0", holds: (value) => Number.isInteger(value) && Number(value) >= 0 };
const OBJECT: Rule = { must: "an object", holds: isObject };
const PAIRS: Rule = { must: "an object of values, or pairs", holds: isObject };
const FLAG: Rule = { must: "true or false", holds: (value) => typeof value === "boolean" };
const FUNCTION: Rule = { must: "a function", holds: (value) => typeof value === "function" };
const TEXT: Rule = { must: "a string that is not empty", holds: (value) => isText(value) && value !== "" };
const QUERY: Rule = { must: "a string, an object of values, or pairs", holds: (value) => isText(value) || isObject(value) };
const CONNECTIONS: Rule = {
  must: "a whole number from 1",
  holds: (value) => value === Number.POSITIVE_INFINITY || (COUNT.holds(value) && value !== 0),
};

const PHASES: ReadonlySet<string> = new Set(["total", "dns", "connect", "tls", "send", "headers", "idle"]);

/** Every option there is, and what it must be. */
const RULES: Readonly<Record<keyof ClientOptions, Rule>> = {
  headers: PAIRS,
  searchParams: QUERY,
  body: { must: BODY_WORDS, holds: (value) => bodyKind(value) !== undefined },
  json: { must: "something that JSON can say", holds: (value) => typeof value !== "function" && typeof value !== "symbol" },
  form: QUERY,
  multipart: { must: "an object of values, a list of parts, or FormData", holds: isObject },
  signal: { must: "an AbortSignal", holds: (value) => value instanceof AbortSignal },
  timeout: {
    must: `milliseconds above 0, or an object of them by ${[...PHASES].join(", ")}`,
    holds: (value) => isNumber(value) || areTimeouts(value),
  },
  redirect: { must: '"follow", "manual" or "error"', holds: (value) => value === "follow" || value === "manual" || value === "error" },
  maxRedirects: COUNT,
  allowDowngrade: FLAG,
  retry: {
    must: "a whole number from 0, or an object of rules",
    holds: (value) => COUNT.holds(value) || (isObject(value) && areRetryOptions(value)),
  },
  decompress: { must: "true, false or { maxRatio, maxCodings }, of numbers above 0", holds: isDecompress },
  maxBodySize: AMOUNT,
  maxHeaderSize: AMOUNT,
  auth: { must: "{ username, password } or { bearer }, of strings", holds: isAuth },
  cookies: {
    must: "a jar with getCookieString and setCookie",
    holds: (value) => hasMethods(value, "getCookieString", "setCookie"),
  },
  throwHttpErrors: FLAG,
  baseUrl: { must: "a string or a URL", holds: isUrl },
  tls: { must: TLS_WORDS, holds: areTlsOptions },
  connectTo: OBJECT,
  lookup: FUNCTION,
  proxy: { must: 'a URL, "environment", { url, tls } or false', holds: isProxyOption },
  localAddress: TEXT,
  socketPath: TEXT,
  guard: { must: '"public"', holds: (value) => value === "public" },
  expectContinue: { must: "true, false or milliseconds above 0", holds: (value) => typeof value === "boolean" || isNumber(value) },
  onProgress: FUNCTION,
  onInformational: FUNCTION,
  hooks: { must: "functions by name", holds: (value) => isObject(value) && areHooks(value) },
  secrets: { must: "a list of names", holds: (value) => Array.isArray(value) && value.every(isText) },
  transport: { must: "a transport, which has a function send", holds: (value) => hasMethods(value, "send") },
  maxConnections: CONNECTIONS,
  maxConnectionsPerOrigin: CONNECTIONS,
  pipelining: CONNECTIONS,
  idleTimeout: AMOUNT,
  maxLifetime: AMOUNT,
  dnsCacheTimeout: AMOUNT,
};

function areTimeouts(value: unknown): boolean {
  if (!isObject(value)) return false;
  return Object.entries(value).every(([phase, ms]) => PHASES.has(phase) && (ms === undefined || isNumber(ms)));
}

function isDecompress(value: unknown): boolean {
  if (!isObject(value)) return typeof value === "boolean";
  return Object.entries(value).every(
    ([name, limit]) => (name === "maxRatio" || name === "maxCodings") && (limit === undefined || isNumber(limit)),
  );
}

function isAuth(value: unknown): boolean {
  if (!isObject(value)) return false;
  const own: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
  const scheme = own["scheme"] ?? "basic";
  const basic = isText(own["username"]) && isText(own["password"]) && (scheme === "basic" || scheme === "digest");
  return basic ? !Object.hasOwn(own, "bearer") : isText(own["bearer"]);
}

/** A mistake in the calling program is a TypeError that names the option; its value may be a secret, and is not shown. */
export function checkOptions(options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (!isOption(name)) throw new TypeError(`there is no option ${JSON.stringify(name)}; there are ${Object.keys(RULES).join(", ")}`);
    if (!RULES[name].holds(value)) throw new TypeError(`the option ${name} must be ${RULES[name].must}`);
  }
}

const isOption = (name: string): name is keyof ClientOptions => Object.hasOwn(RULES, name);

/** Options that concern the connections of a client and not one request. */
const CLIENT_ONLY = ["maxConnections", "maxConnectionsPerOrigin", "pipelining", "idleTimeout", "maxLifetime", "dnsCacheTimeout"] as const;

/** A request that has options of a client would leave them without effect. */
export function refuseClientOptions(options: object): void {
  const misplaced = CLIENT_ONLY.find((name) => Object.hasOwn(options, name));
  if (misplaced) throw new TypeError(`the option ${misplaced} is one of a Client, not of a request`);
}
