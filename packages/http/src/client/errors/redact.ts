import { lowerCase } from "../../protocol/index.ts";

/** Names that carry a secret, or look like it: headers and query parameters. */
const SECRET = /auth|cookie|token|secret|(?:api|access)[-_]?key|passw|credential|signature|session|csrf|xsrf|jwt/i;

/** Names of headers and query parameters that a program has called secret, in lower case. */
export type SecretNames = ReadonlySet<string>;

const NONE: SecretNames = new Set();

export const secretNames = (names: readonly string[] | undefined): SecretNames => (names ? new Set(names.map(lowerCase)) : NONE);

/** Whether the value of that header or query parameter is nobody else's business. */
export const isSecret = (name: string, configured: SecretNames = NONE): boolean => SECRET.test(name) || configured.has(lowerCase(name));

/** What stands in the place of a secret. */
export const REDACTED = "***";

/** A URL for a message or a log: the values of query parameters that are secret are left out. */
export function redactUrl(url: string, configured: SecretNames = NONE): string {
  const query = url.indexOf("?");
  if (query < 0) return url;
  const pairs = url.slice(query + 1).split("&");
  return `${url.slice(0, query)}?${pairs.map((pair) => redactPair(pair, configured)).join("&")}`;
}

function redactPair(pair: string, configured: SecretNames): string {
  const [name = ""] = pair.split("=", 1);
  return pair.length > name.length && isSecret(decoded(name), configured) ? `${name}=${REDACTED}` : pair;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
