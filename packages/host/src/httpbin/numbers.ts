/** A whole number in decimal digits, with or without a sign; undefined for anything else. */
export const readInteger = (text: string): bigint | undefined =>
  /^[+-]?[0-9]{1,4300}$/.test(text) ? BigInt(text.replace(/^\+/, "")) : undefined;

/** A number in decimal notation, not negative; undefined for anything else. */
export const readQuantity = (text: string): number | undefined =>
  /^\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/.test(text) ? Number(text) : undefined;

/** A whole number for a size, at most `limit`. */
export const sizeUpTo = (digits: string, limit: number): number => Math.min(Number(digits), limit);
