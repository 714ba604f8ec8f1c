import type { Pairs } from "./url-text.ts";

const PLAIN_VALUE = /^[A-Za-z0-9/=!#$%&'*+.^_`|~:-]*$/;
const OCTAL: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\" };

const octal = (character: string): string => OCTAL[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`;

/** A cookie value as Werkzeug writes it: in quotes, with octal escapes, when it holds more than plain characters. */
export function quoteCookie(value: string): string {
  const bytes = Buffer.from(value).toString("latin1");
  return PLAIN_VALUE.test(bytes) ? bytes : `"${bytes.replace(/[^ -~]|[",;\\]/g, octal)}"`;
}

const unescape = (_all: string, code: string | undefined, character: string): string =>
  code === undefined ? character : String.fromCharCode(Number.parseInt(code, 8));

function unquoteCookie(value: string): string {
  const inside = /^"(.*)"$/s.exec(value)?.[1];
  return inside === undefined ? value : inside.replace(/\\(?:([0-3][0-7][0-7])|(.))/gs, unescape);
}

const utf8 = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

/** The cookies of a Cookie header (RFC 6265 §4.2), one character per byte. */
export function readCookies(header: string): Pairs {
  const pairs = header.matchAll(/([^=;]*)(?:=\s*("(?:[^\\"]|\\.)*"(?=\s*(?:;|$))|[^;]*))?(?:;|$)/gs);
  return [...pairs]
    .map(([, name = "", value = ""]) => [utf8(name.trim()), utf8(unquoteCookie(value.trim()))] as const)
    .filter(([name]) => name !== "");
}
