/** A URL as it may stand in a message: without user name and password, however wrong the rest of it is. */
export const withoutCredentials = (url: string): string => url.replace(/^((?:[a-z][a-z0-9+.-]*:)?[/\\]{2,})?[^/?#\\]*@/i, "$1");

/** Text of the caller's for a message: cut, and control characters made visible. */
export function printable(text: string): string {
  const cut = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return cut.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
