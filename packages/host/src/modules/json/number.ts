import type { ByteString } from "../../lua/index.ts";

const DIGITS = 14;
/** More than any double near a tie has. */
const EXACT_DIGITS = 100;

/** A number as Lua 5.1 turns it into a string: C's `%.14g` (LUAI_NUMFFORMAT, luaconf.h). */
export function formatNumber(value: number): ByteString {
  if (Number.isInteger(value) && Math.abs(value) < 10 ** DIGITS && value !== 0) return String(value);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, exponent] = roundToDigits(value);
  return exponent < -4 || exponent >= DIGITS ? scientific(mantissa, exponent) : plain(mantissa, exponent);
}

/** Sign and digits as in "-1.2345", and the power of ten. */
function roundToDigits(value: number): [mantissa: string, exponent: number] {
  // Exact to the last digit; toExponential(13) alone would round a tie up, C rounds it to the even digit.
  const exact = value.toExponential(EXACT_DIGITS);
  const tie = /^-?\d\.\d{12}[02468]50*e/.test(exact);
  const [mantissa = "", exponent = ""] = (tie ? exact : value.toExponential(DIGITS - 1)).split("e");
  return [tie ? mantissa.slice(0, mantissa.indexOf(".") + DIGITS) : mantissa, Number(exponent)];
}

const withoutTrailingZeros = (digits: string): string => (digits.includes(".") ? digits.replace(/\.?0*$/, "") : digits);

function scientific(mantissa: string, exponent: number): ByteString {
  const sign = exponent < 0 ? "-" : "+";
  return `${withoutTrailingZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function plain(mantissa: string, exponent: number): ByteString {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  const padded = exponent < 0 ? "0".repeat(-exponent) + digits : digits;
  const whole = Math.max(exponent, 0) + 1;
  return sign + withoutTrailingZeros(`${padded.slice(0, whole)}.${padded.slice(whole)}`);
}
