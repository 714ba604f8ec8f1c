import { isFieldValue } from "./grammar.ts";
import { excerpt, malformed } from "./malformed.ts";

/** status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 §4). */
export interface StatusLine {
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  readonly minorVersion: 0 | 1;
  /** 100–999. */
  readonly status: number;
  readonly reason: string;
}

/** What every HTTP/1.x status line begins with; anything else is another protocol. */
export const PREFIX = "HTTP/1.";

// The SP after the code is left out by servers that send no reason phrase; strict node:http accepts that too.
const AFTER_PREFIX = /^([01]) ([1-9][0-9][0-9])(?: (.*?))?\r?\n$/s;

/** Reads what follows the {@link PREFIX} of a status line, its line end included. */
export function parseStatusLine(rest: string): StatusLine {
  const match = AFTER_PREFIX.exec(rest);
  if (!match)
    throw malformed(`the first line is ${excerpt(PREFIX + rest.replace(/\r?\n$/, ""))}, not a status line of HTTP/1.0 or HTTP/1.1`);
  const reason = match[3] ?? "";
  if (!isFieldValue(reason)) throw malformed(`a control character in the reason phrase ${excerpt(reason)}`);
  return { minorVersion: match[1] === "0" ? 0 : 1, status: Number(match[2]), reason };
}
