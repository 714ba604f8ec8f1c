import { isIP } from "node:net";
import type { Endpoint, TlsOptions } from "./connection.ts";
import { joinEndpoint } from "./resolver.ts";

/** What proves to a proxy who asks. Never sent to anybody else, and in no message. */
export interface ProxyCredentials {
  /** For HTTP without a colon; for SOCKS5 1 to 255 bytes of UTF-8. */
  readonly username: string;
  /** For SOCKS5 at most 255 bytes of UTF-8. */
  readonly password: string;
}

/** A proxy that stands between this machine and the target. */
export interface ProxyHop {
  readonly kind: "http" | "socks5";
  /** A name or an IP address; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** TLS with the proxy itself, before anything is asked of it. Default: none. */
  readonly tls?: TlsOptions | undefined;
  /** Basic (RFC 7617) for HTTP, user name and password (RFC 1929) for SOCKS5. */
  readonly credentials?: ProxyCredentials | undefined;
  /**
   * For HTTP. "tunnel", the default, asks with CONNECT for a way to the target; "forward" only connects to the proxy, to which the caller
   * itself sends its requests in absolute-form (RFC 9112 §3.2.2), with Proxy-Authorization if there are credentials.
   */
  readonly mode?: "tunnel" | "forward" | undefined;
}

/** `host:port` of a proxy: all that a message says of it. */
export const hopName = ({ host, port }: Endpoint): string => joinEndpoint({ host, port });

/** The value of Proxy-Authorization: Basic with UTF-8 (RFC 7617 §2.1). */
export function basicCredentials({ username, password }: ProxyCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

/** A hop of its own properties alone. A TypeError or RangeError tells what is wrong with it, without its credentials. */
export function checkedHop(given: ProxyHop): ProxyHop {
  const hop: ProxyHop = Object.assign(Object.create(null), given);
  const { kind, host, port, mode = "tunnel", credentials } = hop;
  if (kind !== "http" && kind !== "socks5") throw new TypeError('proxy: the kind is "http" or "socks5"');
  if (mode !== "tunnel" && mode !== "forward") throw new TypeError('proxy: the mode is "tunnel" or "forward"');
  if (kind === "socks5" && mode === "forward") throw new TypeError('proxy: the mode "forward" is for HTTP proxies');
  if (!isHost(host)) throw new RangeError("proxy: the host is no name and no IP address");
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) throw new RangeError("proxy: the port is no number from 1 to 65535");
  if (!credentials) return hop;
  return Object.assign(hop, { credentials: checkedCredentials(kind, Object.assign(Object.create(null), credentials)) });
}

/** What may be named to a proxy as the target. */
export function checkTarget({ host, port }: Endpoint): void {
  if (!isHost(host)) throw new RangeError("proxy: the target's host is no name and no IP address");
  if (!(port >= 1)) throw new RangeError("proxy: the target's port is 0");
}

/** Nothing that could end a line or stand for another place: an address without a zone, or a name in the form that DNS knows. */
const isHost = (host: unknown): host is string =>
  typeof host === "string" && host.length <= 255 && !host.includes("%") && (isIP(host) !== 0 || /^[\w.-]+$/.test(host));

function checkedCredentials(kind: ProxyHop["kind"], { username, password }: ProxyCredentials): ProxyCredentials {
  if (typeof username !== "string" || typeof password !== "string") throw new TypeError("proxy: user name and password are strings");
  // RFC 7617 §2: no control characters, and the first colon ends the user name.
  if (/[\x00-\x1f\x7f]/.test(username + password)) throw new RangeError("proxy: a control character stands in the credentials");
  if (kind === "http" && username.includes(":")) throw new RangeError("proxy: a colon stands in the user name, where HTTP cannot tell it");
  if (kind === "socks5") checkLengths({ username, password });
  return { username, password };
}

/** One byte says how long each is (RFC 1929 §2). An empty password is against the letter, and what proxies with tokens for names expect. */
function checkLengths({ username, password }: ProxyCredentials): void {
  const [name, secret] = [Buffer.byteLength(username), Buffer.byteLength(password)];
  if (name < 1 || name > 255) throw new RangeError("proxy: SOCKS5 takes user names of 1 to 255 bytes");
  if (secret > 255) throw new RangeError("proxy: SOCKS5 takes passwords of at most 255 bytes");
}
