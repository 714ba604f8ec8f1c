/** Which bytes of how many a 206 brings, or a 416 speaks of (RFC 9110 §14.4). */
export interface ContentRange {
  /** Undefined in a 416. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** Undefined when the server does not say. */
  readonly total: number | undefined;
}

/** Fifteen digits fit into a number without loss. */
const CONTENT_RANGE = /^bytes[ \t]+(?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/i;

/** Undefined for what is none, or one that contradicts itself. */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const match = CONTENT_RANGE.exec(value ?? "");
  if (!match) return undefined;
  const [first, last, total] = match.slice(1).map((digits) => (digits === undefined || digits === "*" ? undefined : Number(digits)));
  if (first === undefined || last === undefined) return total === undefined ? undefined : { first, last, total };
  return first > last || (total !== undefined && last >= total) ? undefined : { first, last, total };
}
