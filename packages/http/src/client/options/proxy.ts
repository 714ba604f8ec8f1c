import { areTlsOptions } from "./tls.ts";
import { parseProxy, type ProxyHop, type TlsOptions } from "../../transport/index.ts";

/** A proxy, and how to speak TLS with it. */
export interface ProxyOptions {
  /** As the option `proxy` takes it. */
  readonly url: string | URL;
  /** For a proxy of https, such as `ca` for one with a private authority. Connections are shared by requests that give the same object. */
  readonly tls?: TlsOptions | undefined;
}

/** The proxy that an option names. A TypeError or RangeError tells what is wrong with it, without a word of its URL. */
export function fixedProxy(option: string | URL | ProxyOptions): ProxyHop {
  if (typeof option === "string" || option instanceof URL) return parseProxy(option);
  const { url, tls }: ProxyOptions = Object.assign(Object.create(null), option);
  const hop = parseProxy(url);
  if (tls === undefined) return hop;
  if (!hop.tls) throw new RangeError("proxy: tls is for proxies whose URL begins with https:");
  return Object.assign(Object.create(null), hop, { tls });
}

const MEMBERS: ReadonlySet<string> = new Set(["url", "tls"]);

/** Whether that has the form of the option. */
export function isProxyOption(value: unknown): boolean {
  if (typeof value === "string" || value instanceof URL || value === false) return true;
  if (typeof value !== "object" || value === null || !Object.keys(value).every((name) => MEMBERS.has(name))) return false;
  const { url, tls }: { url?: unknown; tls?: unknown } = Object.assign(Object.create(null), value);
  return (typeof url === "string" || url instanceof URL) && (tls === undefined || areTlsOptions(tls));
}
