import { isSecret, secretNames, type SecretNames } from "../errors/redact.ts";
import { tlsForOthers } from "../exchange/hop-tls.ts";
import { formText } from "../request/form-text.ts";
import { headerPairs } from "./merge-options.ts";
import type { ClientOptions, RequestOptions, SearchParams } from "./options.ts";

/**
 * The defaults of a client for a call. What is secret in them is meant for the origin of their `baseUrl`, and a URL may come from somebody
 * else (axios CVE-2025-27152 is of this kind): on the way to another origin the call has what it says itself, and no other secret.
 */
export function defaultsFor(url: string | URL, defaults: ClientOptions, given: RequestOptions | undefined): ClientOptions {
  const { baseUrl } = defaults;
  if (baseUrl === undefined) return defaults;
  const home = originOf(baseUrl);
  const there = originOf(url, ownBase(given) ?? baseUrl);
  // What is no URL will be an error, and goes nowhere.
  return there === undefined || there === home ? defaults : withoutSecrets(defaults);
}

const ownBase = (given: RequestOptions | undefined): string | URL | undefined =>
  given && Object.hasOwn(given, "baseUrl") ? given.baseUrl : undefined;

function originOf(url: string | URL, base?: string | URL): string | undefined {
  const [text, on] = [String(url), base === undefined ? undefined : String(base)];
  return URL.canParse(text, on) ? new URL(text, on).origin : undefined;
}

function withoutSecrets(defaults: ClientOptions): ClientOptions {
  const { headers, searchParams, tls } = defaults;
  const secrets = secretNames(defaults.secrets);
  const left = {
    auth: undefined,
    headers: headerPairs(headers).filter(([name]) => !isSecret(name, secrets)),
    searchParams: searchParams && publicParams(searchParams, secrets),
    tls: tls && tlsForOthers(tls),
  };
  return Object.assign(Object.create(null), defaults, left);
}

/** As they were written when nothing among them is secret. */
function publicParams(params: SearchParams, secrets: SecretNames): SearchParams {
  const all = [...new URLSearchParams(formText(params))];
  const left = all.filter(([name]) => !isSecret(name, secrets));
  return left.length === all.length ? params : left;
}
