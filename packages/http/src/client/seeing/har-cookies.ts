import { lowerCase, trimOws } from "../../protocol/index.ts";
import type { HarCookie } from "./har-format.ts";
import type { Redaction } from "./har-redaction.ts";

/** The cookies of the fields Cookie (RFC 6265 §4.2). */
export const sentCookies = (values: readonly string[], hidden: Redaction): HarCookie[] =>
  values.flatMap((value) => value.split(";").map((pair) => cookieOf(trimOws(pair), hidden)));

/** The cookies of the fields Set-Cookie, with their attributes (RFC 6265 §4.1). */
export const setCookies = (values: readonly string[], hidden: Redaction): HarCookie[] => values.map((value) => setCookie(value, hidden));

function setCookie(text: string, hidden: Redaction): HarCookie {
  const [pair = "", ...rest] = text.split(";").map(trimOws);
  const attributes = new Map(rest.map((attribute) => nameAndValue(attribute)).map(([name, value]) => [lowerCase(name), value]));
  const cookie: { -readonly [Name in keyof HarCookie]: HarCookie[Name] } = cookieOf(pair, hidden);
  const path = attributes.get("path");
  const domain = attributes.get("domain");
  const date = new Date(attributes.get("expires") ?? "");
  if (path !== undefined) cookie.path = path;
  if (domain !== undefined) cookie.domain = domain;
  if (!Number.isNaN(date.getTime())) cookie.expires = date.toISOString();
  return { ...cookie, httpOnly: attributes.has("httponly"), secure: attributes.has("secure") };
}

function cookieOf(pair: string, hidden: Redaction): HarCookie {
  const [name, value] = nameAndValue(pair);
  // One without a name is all value.
  return pair.includes("=") ? { name, value: hidden.cookie(value) } : { name: "", value: hidden.cookie(name) };
}

function nameAndValue(pair: string): readonly [name: string, value: string] {
  const equals = pair.indexOf("=");
  return equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
}
