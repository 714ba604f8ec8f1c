import { HttpFailure } from "./failure.ts";
import { characterName } from "./grammar.ts";

/** What an http or https URL says about where to connect and what to ask for. */
export interface HttpUrl {
  readonly secure: boolean;
  /** A name or an IP address; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
  /** The value of the Host field: the port only when it is not the scheme's own. */
  readonly authority: string;
  /** Path and query as they were written, bytes beyond ASCII percent-encoded (origin-form, RFC 9112 §3.2.1). */
  readonly target: string;
  /** All of it again, without fragment. */
  readonly href: string;
}

const SCHEMES: Readonly<Record<string, { secure: boolean; port: number }>> = {
  "http:": { secure: false, port: 80 },
  "https:": { secure: true, port: 443 },
};

/** scheme "//" authority path-and-query [ "#" fragment ] (RFC 3986 §3). */
const URL_PARTS = /^([A-Za-z][A-Za-z0-9+.-]*:)?(?:\/\/)?([^/?#]*)([^#]*)/s;

/** A registered name as resolvers take it: letters, digits, hyphen, underscore, dots between labels of 1–63, one dot at the end at most. */
const NAME = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})\.?$/;

/** A password with "/", "?" or "#" in it ends the authority too early: what is left of it looks like a port, and is in no message. */
const NO_PORT = /^[^[:]*:(?![0-9]{0,5}$)/;

/**
 * Reads an absolute http or https URL (RFC 9110 §4.2). The path is not normalised: what is written is what is asked for. Throws
 * `invalid-url` with the rule that was broken and the character that broke it.
 */
export function parseHttpUrl(text: string): HttpUrl {
  refuseCharacters(text);
  const [, scheme = "", authority = "", rest = ""] = URL_PARTS.exec(text) ?? [];
  const known = schemeOf(text, scheme);
  if (authority.includes("@")) {
    throw invalid('a user name or password stands before the host ("…@"). Leave it out and send an Authorization header instead.');
  }
  if (text.includes("@") && NO_PORT.test(authority)) {
    throw invalid('no port stands behind the colon of the host, and an "@" follows. A user name or password cannot stand in a URL.');
  }
  const { host, port } = splitAuthority(authority, known.port);
  const name = host.includes(":") ? `[${host}]` : host;
  const field = port === known.port ? name : `${name}:${port}`;
  const target = encodeNonAscii(rest.startsWith("/") ? rest : `/${rest}`);
  return { secure: known.secure, host, port, authority: field, target, href: `${scheme.toLowerCase()}//${field}${target}` };
}

/** Nothing that could end the request line, or that no server reads the same way, goes into it. */
function refuseCharacters(text: string): void {
  const index = text.search(/[\x00-\x20\x7f]/);
  if (index < 0) return;
  const advice = text[index] === " " ? 'Write it as "%20".' : "Percent-encode it.";
  throw invalid(`${characterName(text, index)} at index ${index} cannot stand in a URL. ${advice}`);
}

function schemeOf(text: string, scheme: string): { secure: boolean; port: number } {
  const known = Object.hasOwn(SCHEMES, scheme.toLowerCase()) ? SCHEMES[scheme.toLowerCase()] : undefined;
  if (known && text.startsWith("//", scheme.length)) return known;
  if (known) throw invalid(`"${scheme}" must be followed by "//" and a host.`);
  throw invalid('it must begin with "http://" or "https://".');
}

function splitAuthority(authority: string, defaultPort: number): { host: string; port: number } {
  if (authority === "") throw invalid("the host is missing.");
  const match = /^(\[[^\]]*\]|[^:[\]]+)(?::([^:]*))?$/.exec(authority);
  if (!match) throw invalid(`${JSON.stringify(authority)} is no host with an optional port; an IPv6 address stands in brackets.`);
  const [, host = "", port] = match;
  // An empty port means the default one (RFC 3986 §3.2.3).
  return { host: host.startsWith("[") ? ipv6(host) : registeredName(host), port: port ? portNumber(port) : defaultPort };
}

function portNumber(digits: string): number {
  const port = /^[0-9]{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) throw invalid(`the port ${JSON.stringify(digits)} is not a number from 1 to 65535.`);
  return port;
}

function ipv6(bracketed: string): string {
  // The URL standard's parser knows the grammar of IPv6 addresses; a zone (%eth0) is no part of a URL there.
  if (!URL.canParse(`http://${bracketed}/`)) throw invalid(`${bracketed} is no IPv6 address.`);
  return bracketed.slice(1, -1);
}

function registeredName(name: string): string {
  // Before any conversion: the URL standard would take what follows a backslash for a path, and undo percent-encoding.
  const index = name.search(/[^A-Za-z0-9._\x80-\uffff-]/);
  if (index >= 0) throw invalid(`${characterName(name, index)} cannot stand in a host name.`);
  const ascii = /^[\x00-\x7f]*$/.test(name) ? name : internationalName(name);
  if (ascii.length > 253) throw invalid(`the host name has ${ascii.length} characters; 253 is the most that DNS knows.`);
  if (NAME.test(ascii)) return ascii;
  throw invalid(
    `${JSON.stringify(name)} is no host name: every label between dots has 1 to 63 characters and does not begin with a hyphen.`,
  );
}

/** Names beyond ASCII in the form that DNS knows (RFC 5891, as the URL standard applies it). */
function internationalName(name: string): string {
  if (!URL.canParse(`http://${name}/`)) throw invalid(`${JSON.stringify(name)} is no host name.`);
  return new URL(`http://${name}/`).hostname;
}

/** Bytes beyond ASCII never go raw into a request line (RFC 3986 §2.1): UTF-8, percent-encoded. A lone surrogate becomes U+FFFD. */
const encodeNonAscii = (text: string): string =>
  text.replace(/[^\x00-\x7f]+/g, (characters) => encodeURIComponent(characters.replace(/\p{Surrogate}/gu, "\ufffd")));

function invalid(reason: string): HttpFailure {
  return new HttpFailure("invalid-url", { phase: "request", reason: `the URL cannot be used: ${reason}` });
}
