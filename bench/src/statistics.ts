/** The value below which `share` of the sorted values lie (nearest rank); NaN without values. */
export function quantile(values: readonly number[] | Float64Array, share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? Number.NaN, sorted[Math.floor(middle)] ?? Number.NaN];
  return (low + high) / 2;
}

/** A ratio with how far single rounds went apart. */
export interface Ratio {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/**
 * How many times as long `slow` took as `fast`: the median of the quotients of each round. A round's two measurements lie seconds apart,
 * so that what slows the machine for a while slows both.
 */
export function pairedRatio(slow: readonly number[], fast: readonly number[]): Ratio {
  if (slow.length !== fast.length || slow.length === 0) throw new RangeError(`${slow.length} rounds cannot be paired with ${fast.length}`);
  const quotients = slow.map((value, round) => value / (fast[round] ?? Number.NaN));
  return { median: median(quotients), lowest: Math.min(...quotients), highest: Math.max(...quotients) };
}
