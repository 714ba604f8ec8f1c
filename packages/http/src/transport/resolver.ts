import { lookup as getaddrinfo } from "node:dns";
import { isIP } from "node:net";
import type { Address, Endpoint, Lookup } from "./connection.ts";

/** The system's getaddrinfo: hosts file, resolver, all addresses in the system's order. */
export const systemLookup: Lookup = (host, callback) => {
  getaddrinfo(host, { all: true, order: "verbatim" }, (error, addresses) => callback(error, (addresses ?? []).map(toAddress)));
};

const toAddress = ({ address, family }: { address: string; family: number }): Address => ({ address, family: family === 6 ? 6 : 4 });

/** An IP address needs no lookup; undefined for a name. */
export function literalAddress(host: string): Address | undefined {
  const family = isIP(host);
  return family === 0 ? undefined : { address: host, family: family === 6 ? 6 : 4 };
}

/** IPv6 and IPv4 in turn, beginning with the family that came first (RFC 8305 §4), so that one broken family costs one attempt. */
export function interleave(addresses: readonly Address[]): Address[] {
  const first = addresses[0]?.family;
  const same = addresses.filter(({ family }) => family === first);
  const other = addresses.filter(({ family }) => family !== first);
  const rows = Array.from({ length: Math.max(same.length, other.length) }, (_, row) => [same[row], other[row]]);
  return rows.flat().filter((address) => address !== undefined);
}

/** Where to connect instead, as curl's `--connect-to` says; the endpoint itself when nothing is mapped. */
export function mapEndpoint(endpoint: Endpoint, map: Readonly<Record<string, string>> | undefined): Endpoint {
  const key = joinEndpoint(endpoint);
  const target = map && Object.hasOwn(map, key) ? map[key] : undefined;
  return target === undefined ? endpoint : splitEndpoint(target);
}

/** `host:port`, an IPv6 address in brackets, letters in lower case. */
export const joinEndpoint = ({ host, port }: Endpoint): string => `${host.includes(":") ? `[${host}]` : host}:${port}`.toLowerCase();

/** The reverse; a RangeError names what is wrong. */
export function splitEndpoint(text: string): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port < 1 || port > 65_535) throw new RangeError(`connectTo: ${JSON.stringify(text)} is not "host:port"`);
  return { host, port };
}
