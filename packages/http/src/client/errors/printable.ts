/**
 * What stands before the host of a URL, however wrong the rest of it is: white space and a scheme; then user name and password, or a colon with
 * something that is no port, which is a password with "/", "?" or "#" in it when an "@" follows.
 */
const USERINFO = /^([\0- ]*(?![\0- ])(?:[a-z][a-z0-9+.-]*:[/\\]*|[/\\]{2,})?)(?:[^/?#\\]*@|[^/?#\\@:[]*:(?![0-9]{0,5}(?:[/?#\\]|$))[^]*@)/i;

/** A URL as it may stand in a message: without user name and password. */
export const withoutCredentials = (url: string): string => url.replace(USERINFO, "$1");

/** Text of the caller's for a message: cut, and control characters made visible. */
export function printable(text: string): string {
  const cut = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return cut.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
