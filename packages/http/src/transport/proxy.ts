import { parseHttpUrl } from "../protocol/index.ts";
import type { Endpoint, TlsOptions } from "./connection.ts";
import { matchesNoProxy } from "./no-proxy.ts";
import { checkedHop, type ProxyCredentials, type ProxyHop } from "./proxy-hop.ts";

/** Kinds of proxies by the scheme of their URL, with curl's default ports: CURLOPT_PROXYPORT(3), "443 for https proxies and 1080 for all others". */
const SCHEMES: Readonly<Record<string, { readonly kind: ProxyHop["kind"]; readonly secure: boolean; readonly port: number }>> = {
  http: { kind: "http", secure: false, port: 1080 },
  https: { kind: "http", secure: true, port: 443 },
  socks5: { kind: "socks5", secure: false, port: 1080 },
  socks5h: { kind: "socks5", secure: false, port: 1080 },
};

/** One object for all of them: what is made of it, such as the list of trusted authorities, is made once. */
const DEFAULT_TLS: TlsOptions = Object.freeze({});

/** scheme "://" userinfo "@" host ":" port "/" (RFC 3986 §3); the last "@" ends the userinfo, as the URL standard has it. */
const PROXY_URL = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^/?#]*)@)?([^/?#@]*)\/?$/is;

/**
 * The proxy of a URL such as `http://user:password@proxy.example:3128`, as curl reads it: schemes http (also when there is none), https (TLS
 * with the proxy), socks5 and socks5h, which are one here: names are looked up by the proxy. Default ports: 443 for https, 1080 for all
 * others. A `URL` object does not tell ":80" from no port in an http URL; there it is 80. User name and password are percent-decoded.
 *
 * A TypeError (no text, no such scheme) or RangeError tells what is wrong, without a word of the URL: any part may be a secret.
 */
export function parseProxy(url: string | URL): ProxyHop {
  if (typeof url !== "string" && !(url instanceof URL)) throw new TypeError("proxy: a URL is needed, as a string or a URL object");
  const [, scheme = "http", userinfo, authority] = PROXY_URL.exec(typeof url === "string" ? url.trim() : url.href) ?? [];
  if (authority === undefined)
    throw new RangeError(
      "proxy: the URL has more to it than scheme, user name, password, host and port. Percent-encode what else stands in them.",
    );
  const known = Object.hasOwn(SCHEMES, scheme.toLowerCase()) ? SCHEMES[scheme.toLowerCase()] : undefined;
  if (!known) throw new TypeError("proxy: the scheme of the URL must be http, https, socks5 or socks5h");
  const defaultPort = typeof url !== "string" && url.protocol === "http:" ? 80 : known.port;
  return checkedHop({
    kind: known.kind,
    ...hostAndPort(authority, defaultPort),
    ...(known.secure && { tls: DEFAULT_TLS }),
    ...(userinfo !== undefined && { credentials: credentialsOf(userinfo) }),
  });
}

function hostAndPort(authority: string, defaultPort: number): Endpoint {
  try {
    const { host, port } = parseHttpUrl(`http://${authority}/`);
    return { host, port: /:[0-9]+$/.test(authority) ? port : defaultPort };
  } catch {
    throw new RangeError(
      "proxy: the URL's host and port cannot be used. An IPv6 address stands in brackets, a port is a number from 1 to 65535.",
    );
  }
}

function credentialsOf(userinfo: string): ProxyCredentials {
  const colon = userinfo.indexOf(":");
  const username = colon < 0 ? userinfo : userinfo.slice(0, colon);
  return { username: decoded(username), password: colon < 0 ? "" : decoded(userinfo.slice(colon + 1)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RangeError('proxy: user name and password of the URL are not percent-encoded UTF-8. A "%" is written "%25".');
  }
}

/** Where a request goes, as far as the environment's proxies are concerned. */
export interface ProxiedTarget extends Endpoint {
  /** https. */
  readonly secure: boolean;
}

/**
 * Variables that name the proxy, the first that is not empty counts. HTTP_PROXY in capitals is not among them: in a CGI program it holds the
 * header field Proxy of whoever sends the request (CVE-2016-5385 and its kin, "httpoxy").
 */
const VARIABLES: Readonly<Record<"http" | "https", readonly string[]>> = {
  http: ["http_proxy", "all_proxy", "ALL_PROXY"],
  https: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
};

/**
 * The proxy that the environment's variables name for a target, as curl reads them; undefined: none, or NO_PROXY takes the target in.
 * Throws as {@link parseProxy} does, and names the variable.
 */
export function environmentProxy(url: ProxiedTarget, env: Readonly<Record<string, string | undefined>>): ProxyHop | undefined {
  const variable = firstSet(env, VARIABLES[url.secure ? "https" : "http"]);
  if (!variable) return undefined;
  const [name, value] = variable;
  const [, exceptions] = firstSet(env, ["no_proxy", "NO_PROXY"]) ?? [];
  if (exceptions !== undefined && matchesNoProxy(exceptions, url)) return undefined;
  try {
    return parseProxy(value);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    error.message = `${name}: ${error.message}`;
    throw error;
  }
}

function firstSet(env: Readonly<Record<string, string | undefined>>, names: readonly string[]): readonly [string, string] | undefined {
  // On Windows process.env has HTTP_PROXY under the name http_proxy too; its list of names does not.
  const set = Object.keys(env);
  for (const name of names) {
    const value = set.includes(name) ? env[name]?.trim() : undefined;
    if (value) return [name, value];
  }
  return undefined;
}
