import { lowerCase } from "../../protocol/index.ts";

/** Names that carry a secret, or look like it: headers and query parameters. */
const SECRET =
  /auth|cookie|token|secret|(?:api|access|private|subscription|functions)[-_]?key|passw|credential|signature|session|csrf|xsrf|jwt|^(?:key|sig|pwd)$/i;

/** Names of headers and query parameters that a program has called secret, in lower case. */
export type SecretNames = ReadonlySet<string>;

const NONE: SecretNames = new Set();

export const secretNames = (names: readonly string[] | undefined): SecretNames => (names ? new Set(names.map(lowerCase)) : NONE);

/** Whether the value of that header or query parameter is nobody else's business. */
export const isSecret = (name: string, configured: SecretNames = NONE): boolean => SECRET.test(name) || configured.has(lowerCase(name));

/** What stands in the place of a secret. */
export const REDACTED = "***";

/** A name with its value, in the query or in the fragment. */
const PAIR = /([?&#])([^=&#?]+)=[^&#]*/g;

/** A URL for a message or a log: the values of query parameters that are secret are left out, and those of a fragment. */
export const redactUrl = (url: string, configured: SecretNames = NONE): string =>
  url.replace(PAIR, (pair, mark: string, name: string) => (isSecret(decoded(name), configured) ? `${mark}${name}=${REDACTED}` : pair));

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
