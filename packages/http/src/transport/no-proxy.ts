import { addressBytes, inBlock, type IpBlock } from "./ip-block.ts";
import type { Endpoint } from "./connection.ts";

/** Whether an entry of the list takes in a target. */
type Entry = (target: Target) => boolean;

/** A target in the one spelling that is compared: lower case, no dot at the end; an address as its bytes, IPv4 wherever it stands for it. */
interface Target {
  readonly name: string;
  readonly bytes: readonly number[] | undefined;
  readonly port: number;
}

/** `::ffff:0:0/96`, under which IPv6 writes IPv4 (RFC 4291 §2.5.5.2). */
const MAPPED: IpBlock = { bytes: addressBytes("::ffff:0:0"), bits: 96 };

/**
 * Whether the list in NO_PROXY takes in a target, which then is connected to directly. Entries stand between commas or white space: a name
 * with all names below it (with or without a dot or `*.` before it), an IP address, a block of them (`10.0.0.0/8`, `fd00::/8`), each but the
 * block with a port if only that is meant, or `*` for all. What is none of these takes in nothing. Spellings do not matter: `LOCALHOST.` is
 * localhost, and 2130706433, 0x7f.1 and ::ffff:127.0.0.1 are 127.0.0.1.
 */
export function matchesNoProxy(list: string, endpoint: Endpoint): boolean {
  const target = canonical(endpoint.host, endpoint.port);
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((text) => entryOf(text)(target));
}

const nothing: Entry = () => false;

function entryOf(text: string): Entry {
  if (text === "*") return () => true;
  if (text.includes("/")) return blockEntry(text);
  const { host, port } = splitPort(text);
  const entry = canonical(host.replace(/^\*?\./, ""), port ?? 0);
  if (entry.name === "") return nothing;
  return (target) => (port === undefined || port === target.port) && isWithin(entry, target);
}

/** Addresses have no names below them: 1.10.0.0.1 is not below 10.0.0.1. */
function isWithin(entry: Target, target: Target): boolean {
  if (!entry.bytes || !target.bytes) return !entry.bytes && !target.bytes && `.${target.name}`.endsWith(`.${entry.name}`);
  return inBlock({ bytes: entry.bytes, bits: entry.bytes.length * 8 }, target.bytes);
}

function blockEntry(text: string): Entry {
  const [, address = "", digits = ""] = /^\[?([0-9a-f.:]+)\]?\/([0-9]{1,3})$/i.exec(text) ?? [];
  // Names of numbers such as 10 would be addresses too, but of another network than is meant by 10/8.
  const written = address.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(address) ? canonical(address, 0).bytes : undefined;
  if (!written) return nothing;
  const length = address.includes(":") ? 128 : 32;
  // A block of mapped addresses is one of IPv4, its bits counted from there.
  const bits = Number(digits) - (length - written.length * 8);
  if (Number(digits) > length || bits < 0) return nothing;
  return ({ bytes }) => bytes !== undefined && inBlock({ bytes: written, bits }, bytes);
}

/** What follows the last colon is a port, unless there are more colons and no brackets: then it is an IPv6 address. */
function splitPort(text: string): { host: string; port: number | undefined } {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port: digits === undefined ? undefined : Number(digits) };
}

/** The URL standard knows all the ways to write a host: international names, and IPv4 as one to four numbers, octal and hexadecimal too. */
function canonical(host: string, port: number): Target {
  const bracketed = host.includes(":") ? `[${host}]` : host.replace(/\.$/, "");
  const url = `http://${bracketed}/`;
  const name = /^[^/?#\\@]*$/.test(host) && URL.canParse(url) ? new URL(url).hostname : "";
  if (name.startsWith("[")) return { name, bytes: unmapped(addressBytes(name.slice(1, -1))), port };
  return { name, bytes: /^\d+\.\d+\.\d+\.\d+$/.test(name) ? addressBytes(name) : undefined, port };
}

const unmapped = (bytes: readonly number[]): readonly number[] => (inBlock(MAPPED, bytes) ? bytes.slice(12) : bytes);
