import { isIP } from "node:net";
import { parsePort } from "../values.ts";

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** A size in bytes, with k, M or G for its 1024ths. A RangeError says what is wrong. */
export function parseSize(text: string): number {
  const match = /^(\d{1,15})([kmg]?)$/i.exec(text);
  const bytes = Number(match?.[1]) * (UNITS[match?.[2]?.toLowerCase() ?? ""] ?? 1);
  if (!match || bytes === 0) throw new RangeError("a size is a number of bytes above 0, with k, M or G for its 1024ths: 65536, 64k, 10M");
  return bytes;
}

/** A whole number from 0. A RangeError says what is wrong. */
export function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError("it takes a whole number from 0");
  return Number(text);
}

/**
 * curl's `--resolve HOST:PORT:ADDRESS` as an entry of `connectTo`. The address may be an IPv6 one, with brackets or without. A RangeError
 * says what is wrong.
 */
export function parseResolve(text: string): readonly [from: string, to: string] {
  const [, host = "", digits = "", written = ""] = /^([^:[\]]+|\[[^\]]+\]):([^:]*):(.*)$/.exec(text) ?? [];
  const address = written.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(address);
  if (host === "" || host === "*" || family === 0)
    throw new RangeError("it takes a name, a port and one IP address, HOST:PORT:ADDRESS: example.com:443:127.0.0.1");
  const port = parsePort(digits);
  if (port === 0) throw new RangeError("a port is a number from 1 to 65535");
  return [`${host}:${port}`.toLowerCase(), family === 6 ? `[${address}]:${port}` : `${address}:${port}`];
}

/** `Name: value`; `Name;` is a header without value, as in curl. A RangeError says what is wrong, and never shows the value: it may be a secret. */
export function parseHeader(text: string): readonly [name: string, value: string] {
  const [, name, mark, value = ""] = /^([^:;\s]+)([:;])(.*)$/s.exec(text) ?? [];
  if (name === undefined || (mark === ";" && value !== ""))
    throw new RangeError("a header is a name, a colon and a value: 'Accept: text/html'");
  return [name, value.trim()];
}

/** `user:password`. A RangeError says what is wrong, and never shows the text. */
export function parseUser(text: string): { readonly username: string; readonly password: string } {
  const colon = text.indexOf(":");
  if (colon < 0) throw new RangeError("it takes a user name, a colon and a password: USER:PASSWORD");
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

const PROXIES: ReadonlySet<string> = new Set(["http:", "https:", "socks5:", "socks5h:"]);

/** A proxy's URL, or `environment`; without a scheme it is an HTTP proxy, as in curl. A RangeError says what is wrong. */
export function parseProxy(text: string): string {
  if (text === "environment") return text;
  const url = text.includes("://") ? text : `http://${text}`;
  if (!URL.canParse(url) || !PROXIES.has(new URL(url).protocol))
    throw new RangeError("a proxy is http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT, or environment");
  return url;
}

/** curl's `--pinnedpubkey`: SHA-256 hashes of public keys. A RangeError says what is wrong. */
export function parsePins(text: string): readonly string[] {
  const pins = text.split(";");
  // 32 bytes in Base64.
  if (!pins.every((pin) => /^sha256\/\/[A-Za-z0-9+/]{43}=$/.test(pin)))
    throw new RangeError("it takes sha256// and the Base64 of a SHA-256 hash; several are joined by ;");
  return pins;
}
