/** A block of addresses: those whose first `bits` bits are those of `bytes`. */
export interface IpBlock {
  /** 4 for IPv4, 16 for IPv6. */
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** Whether the first bits are those of the block; addresses of the other family never are. */
export function inBlock({ bytes: prefix, bits }: IpBlock, bytes: readonly number[]): boolean {
  if (prefix.length !== bytes.length) return false;
  return prefix.every((byte, index) => {
    const significant = Math.min(Math.max(bits - index * 8, 0), 8);
    const mask = 0xff & (0xff << (8 - significant));
    return (byte & mask) === ((bytes[index] ?? 0) & mask);
  });
}

/** The 4 or 16 bytes of a valid address without zone (RFC 4291 §2.2). */
export function addressBytes(address: string): readonly number[] {
  if (!address.includes(":")) return address.split(".").map(Number);
  const [left = "", right] = address.split("::");
  const head = groupBytes(left);
  const tail = groupBytes(right ?? "");
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
}

function groupBytes(groups: string): readonly number[] {
  const written = groups.split(":").filter((group) => group !== "");
  return written.flatMap((group) => (group.includes(".") ? addressBytes(group) : twoBytes(Number.parseInt(group, 16))));
}

const twoBytes = (group: number): readonly number[] => [group >> 8, group & 0xff];
