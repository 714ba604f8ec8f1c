import { isIP } from "node:net";
import { HttpFailure } from "../protocol/index.ts";
import type { Address, DialOptions } from "./connection.ts";
import { addressBytes, inBlock, type IpBlock } from "./ip-block.ts";

/** A block of addresses in CIDR form, what it is for, and where that is written. */
type Range = readonly [prefix: string, use: string, source: string];

/** What is not for everybody: IANA's IPv4 and IPv6 special-purpose registries (RFC 6890), multicast, and the clouds' own services. */
const SPECIAL: readonly Range[] = [
  ["0.0.0.0/8", "this host", "RFC 1122 §3.2.1.3"],
  ["10.0.0.0/8", "private", "RFC 1918"],
  ["100.64.0.0/10", "shared by a carrier's customers", "RFC 6598"],
  ["127.0.0.0/8", "loopback", "RFC 1122 §3.2.1.3"],
  ["168.63.129.16/32", "a cloud's host service", "Microsoft Learn, What is IP address 168.63.129.16?"],
  ["169.254.169.254/32", "link-local, a cloud's metadata service", "RFC 3927"],
  ["169.254.0.0/16", "link-local", "RFC 3927"],
  ["172.16.0.0/12", "private", "RFC 1918"],
  ["192.0.0.0/24", "protocol assignments", "RFC 6890 §2.1"],
  ["192.0.2.0/24", "documentation", "RFC 5737"],
  ["192.31.196.0/24", "AS112", "RFC 7535"],
  ["192.52.193.0/24", "AMT", "RFC 7450"],
  ["192.88.99.0/24", "6to4 relays", "RFC 7526"],
  ["192.168.0.0/16", "private", "RFC 1918"],
  ["192.175.48.0/24", "AS112", "RFC 7534"],
  ["198.18.0.0/15", "benchmarking", "RFC 2544"],
  ["198.51.100.0/24", "documentation", "RFC 5737"],
  ["203.0.113.0/24", "documentation", "RFC 5737"],
  ["224.0.0.0/4", "multicast", "RFC 5771"],
  ["255.255.255.255/32", "broadcast", "RFC 919 §7"],
  ["240.0.0.0/4", "reserved", "RFC 1112 §4"],
  ["::/128", "unspecified", "RFC 4291 §2.5.2"],
  ["::1/128", "loopback", "RFC 4291 §2.5.3"],
  ["::/96", "IPv4-compatible", "RFC 4291 §2.5.5.1"],
  ["64:ff9b:1::/48", "local NAT64", "RFC 8215"],
  ["100::/64", "discard-only", "RFC 6666"],
  ["2001::/32", "Teredo", "RFC 4380"],
  ["2001::/23", "protocol assignments", "RFC 2928"],
  ["2001:db8::/32", "documentation", "RFC 3849"],
  ["2620:4f:8000::/48", "AS112", "RFC 7534"],
  ["3fff::/20", "documentation", "RFC 9637"],
  ["5f00::/16", "segment routing", "RFC 9602"],
  ["fc00::/7", "unique local", "RFC 4193"],
  ["fe80::/10", "link-local", "RFC 4291 §2.5.6"],
  ["fec0::/10", "site-local", "RFC 3879"],
  ["ff00::/8", "multicast", "RFC 4291 §2.7"],
];

/** IPv6 addresses that lead to the IPv4 address inside of them, which is then what counts; with the byte at which it begins. */
const EMBEDDING: readonly (readonly [prefix: string, use: string, at: number])[] = [
  // RFC 4291 §2.5.5.2
  ["::ffff:0:0/96", "IPv4-mapped", 12],
  // RFC 6052 §2.1
  ["64:ff9b::/96", "NAT64 of", 12],
  // RFC 3056 §2
  ["2002::/16", "6to4 of", 2],
];

interface Block extends IpBlock {
  readonly use: string;
}

const special: readonly Block[] = SPECIAL.map(([prefix, use]) => block(prefix, use));
const embedding: readonly (readonly [Block, at: number])[] = EMBEDDING.map(([prefix, use, at]) => [block(prefix, use), at]);
/** All that is handed out to the public so far (RFC 4291 §2.4, IANA's IPv6 address space registry). */
const globalUnicast: Block = block("2000::/3", "global unicast");

/** Whether an IP address belongs to the public Internet. What is no IP address, or names a zone (`%eth0`), does not. */
export const isPublicAddress = (address: string): boolean => specialUse(address) === undefined;

/** Why nothing public is behind an address, such as "loopback"; undefined when it is public. */
export function specialUse(address: string): string | undefined {
  if (isIP(address) === 0) return "no IP address";
  // A zone tells links of this machine apart (RFC 4007 §6): whatever has one is not global.
  return address.includes("%") ? "with a zone of this machine" : useOf(addressBytes(address));
}

function useOf(bytes: readonly number[]): string | undefined {
  const outer = embedding.find(([candidate]) => inBlock(candidate, bytes));
  if (outer) return embeddedUse(outer[0], bytes.slice(outer[1], outer[1] + 4));
  const found = special.find((candidate) => inBlock(candidate, bytes));
  if (found) return found.use;
  return bytes.length === 4 || inBlock(globalUnicast, bytes) ? undefined : "not assigned";
}

function embeddedUse(outer: Block, inner: readonly number[]): string | undefined {
  const use = useOf(inner);
  return use && `${outer.use} ${inner.join(".")}, ${use}`;
}

function block(prefix: string, use: string): Block {
  const [address = "", bits] = prefix.split("/");
  return { bytes: addressBytes(address), bits: Number(bits), use };
}

/** A name may lead to hundreds of addresses. */
const MOST_TOLD = 4;

/**
 * Why `guard: "public"` refuses to connect to what a host stands for; undefined when every address is public. One address that is not
 * condemns the name: whoever owns a name that leads inside now and then would only have to wait for the right moment (DNS rebinding).
 */
export function guardFailure(host: string, addresses: readonly Address[]): HttpFailure | undefined {
  const refused = addresses.flatMap(({ address }) => {
    const use = specialUse(address);
    return use === undefined ? [] : [`${address} (${use})`];
  });
  if (refused.length === 0) return undefined;
  const list = refused.slice(0, MOST_TOLD).join(", ") + (refused.length > MOST_TOLD ? `, and ${refused.length - MOST_TOLD} more` : "");
  if (isIP(host) !== 0) return addressRefused("connect", `${list} is not a public address, and the guard lets no other be connected to.`);
  const mixed = refused.length < addresses.length ? " Its other addresses are public, which makes it look like DNS rebinding." : "";
  return addressRefused(
    "dns",
    `the name ${JSON.stringify(host)} leads to ${list}, and the guard lets only public addresses be connected to.${mixed}`,
  );
}

/** Why `guard: "public"` refuses a way on which the address that is connected to is not the target's; undefined for a direct one. */
export function unseenFailure({ proxy, socketPath }: DialOptions): HttpFailure | undefined {
  if (proxy === undefined && socketPath === undefined) return undefined;
  const way = socketPath === undefined ? "a proxy" : "a Unix socket";
  return addressRefused("connect", `through ${way} the guard does not see which address is connected to. Leave one of the two out.`);
}

const addressRefused = (phase: "dns" | "connect", reason: string): HttpFailure => new HttpFailure("address-refused", { phase, reason });
