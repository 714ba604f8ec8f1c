/** Octets with a meaning in HTTP/1.1's framing. */
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;

/** token = 1*tchar (RFC 9110 §5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** field-content and HTAB/SP inside: VCHAR, obs-text, SP, HTAB (RFC 9110 §5.5). Everything else is a control character. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export const isToken = (text: string): boolean => TOKEN.test(text);

/** True when no control character but HTAB, and no character beyond one byte, is in it. */
export const isFieldValue = (text: string): boolean => FIELD_VALUE.test(text);

/** Without the OWS = *( SP / HTAB ) at both ends (RFC 9110 §5.6.3). `String.trim` would take more than that. */
export function trimOws(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isOws(text.charCodeAt(from))) from++;
  while (to > from && isOws(text.charCodeAt(to - 1))) to--;
  return from === 0 && to === text.length ? text : text.slice(from, to);
}

export const isOws = (code: number): boolean => code === SP || code === TAB;

/** The members of a comma-separated list, lower-case; empty members are ignored (RFC 9110 §5.6.1). */
export function listMembers(value: string): string[] {
  const list = lowerCase(value);
  return list.includes(",") ? list.split(",").map(trimOws).filter(Boolean) : [trimOws(list)].filter(Boolean);
}

/** ASCII lower case: `toLowerCase` would also fold the Kelvin sign into k. */
export const lowerCase = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

const CONTROL_NAMES: Readonly<Record<number, string>> = { 0: "NUL", 9: "a tab", 10: "a line feed", 13: "a carriage return", 32: "a space" };

/** A character for a message, such as `"é" (U+00E9)` or `a line feed (U+000A)`. */
export function characterName(text: string, index: number): string {
  const code = text.codePointAt(index) ?? 0;
  const point = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const control = code < 0x20 || (code >= 0x7f && code < 0xa0) ? "a control character" : undefined;
  return `${CONTROL_NAMES[code] ?? control ?? JSON.stringify(String.fromCodePoint(code))} (${point})`;
}
