import { lowerCase } from "../../protocol/index.ts";

/** Names that carry a secret, or look like it: headers and query parameters. */
const SECRET = new RegExp(
  [
    "auth|cookie|token|secret|passw|passphrase|passcode|credential|signature|session|csrf|xsrf|jwt|bearer|assertion|saml_?response",
    "(?:api|access|private|subscription|functions|encryption|customer|master|account|shared)[-_]?key",
    "code[-_]?verifier|^(?:key|sig|pwd)$|(?:^|[-_])(?:sign|hmac|otp)$",
  ].join("|"),
  "i",
);

/** Names that only look like it, in lower case: challenges are for everybody (RFC 9110 §11.3), and CORS says "true" (Fetch §3.3.3). */
const PUBLIC: ReadonlySet<string> = new Set([
  "www-authenticate",
  "proxy-authenticate",
  "access-control-allow-credentials",
  "author",
  "authors",
]);

/** Names of headers and query parameters that a program has called secret, in lower case. */
export type SecretNames = ReadonlySet<string>;

const NONE: SecretNames = new Set();

export const secretNames = (names: readonly string[] | undefined): SecretNames => (names ? new Set(names.map(lowerCase)) : NONE);

/** Whether the value of that header or query parameter is nobody else's business. */
export const isSecret = (name: string, configured: SecretNames = NONE): boolean =>
  (SECRET.test(name) && !PUBLIC.has(lowerCase(name))) || configured.has(lowerCase(name));

/** What stands in the place of a secret. */
export const REDACTED = "***";

/** A name with its value, in the query or in the fragment. */
const PAIR = /([?&#][^=&#?]+)=[^&#]*/g;

/** A URL for a message or a log: the values of query parameters that are secret are left out, and those of a fragment. */
export const redactUrl = (url: string, configured: SecretNames = NONE): string =>
  url.replace(PAIR, (pair, name: string) => {
    const value = pair.slice(name.length + 1);
    return isSecretParameter(decoded(name.slice(1)), decoded(value), configured) ? `${name}=${REDACTED}` : pair;
  });

/** Whether a decoded query parameter is secret, or has one in its value. */
export const isSecretParameter = (name: string, value: string, configured: SecretNames = NONE): boolean =>
  isSecret(name, configured) || holdsSecret(value, configured);

/** The names in a value that is a query itself, or a URL with one; or that an old server takes apart at semicolons (HTML 4.01 §B.2.2). */
const INNER = /(?:^|[?&#;])([^=&#?;]+)=/g;

const holdsSecret = (value: string, configured: SecretNames): boolean =>
  value.includes("=") && [...value.matchAll(INNER)].some(([, name = ""]) => isSecret(decoded(name), configured));

/** Text of a form; where it is none, as much of it as can be read. */
function decoded(text: string): string {
  if (!/[%+]/.test(text)) return text;
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced.replace(/%([0-7][0-9a-f])/gi, (_escape, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  }
}
