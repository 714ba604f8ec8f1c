import type { Json, JsonObject } from "./json-value.ts";

/** How JSON is laid out. */
export interface JsonStyle {
  /** Spaces per level, each member on its own line; 0 writes one line. */
  readonly indent: number;
  /** True writes the members of objects in the order of their names' code points. */
  readonly sorted: boolean;
}

/** The layout of httpbin.org's answers. */
export const PRETTY: JsonStyle = { indent: 2, sorted: true };

/** The layout of Python's `json.dumps` without options, which /stream uses. */
export const LINE: JsonStyle = { indent: 0, sorted: false };

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\f": "\\f",
  "\b": "\\b",
};

const escapeUnit = (unit: string): string => ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

// Python's encoder with ensure_ascii escapes everything outside space to tilde, DEL included.
const writeString = (text: string): string => `"${text.replace(/[^ -~]|["\\]/g, escapeUnit)}"`;

/** A binary floating point number as Python's `repr` prints it: `1.0`, `1e-05`, `1e+16`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (Object.is(value, -0)) return "-0.0";
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 16)) return Number.isInteger(value) ? `${value}.0` : String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

// The order of UTF-8 bytes is the order of code points; the order of UTF-16 units, JavaScript's own, is not.
const byCodePoint = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

function sortedEntries(value: JsonObject, style: JsonStyle): [string, Json][] {
  const entries = [...value];
  return style.sorted ? entries.toSorted((left, right) => byCodePoint(left[0], right[0])) : entries;
}

interface Place {
  readonly style: JsonStyle;
  readonly depth: number;
}

function enclose(items: readonly string[], brackets: "[]" | "{}", { style, depth }: Place): string {
  if (items.length === 0) return brackets;
  const [open, close] = brackets;
  if (style.indent === 0) return `${open}${items.join(", ")}${close}`;
  const margin = `\n${" ".repeat(style.indent * depth)}`;
  const inner = margin + " ".repeat(style.indent);
  return `${open}${inner}${items.join(`,${inner}`)}${margin}${close}`;
}

const isObject = (value: JsonObject | readonly Json[]): value is JsonObject => value instanceof Map;

function writeValue(value: Json, place: Place): string {
  if (typeof value === "string") return writeString(value);
  if (typeof value === "number") return pythonFloat(value);
  if (value === null || typeof value !== "object") return String(value);
  const inside: Place = { style: place.style, depth: place.depth + 1 };
  if (!isObject(value)) {
    const items = value.map((item) => writeValue(item, inside));
    return enclose(items, "[]", place);
  }
  const members = sortedEntries(value, place.style).map(([name, member]) => `${writeString(name)}: ${writeValue(member, inside)}`);
  return enclose(members, "{}", place);
}

/** The JSON text of a value, in ASCII alone. Throws a RangeError for a text longer than a string can be. */
export const writeJson = (value: Json, style: JsonStyle): string => writeValue(value, { style, depth: 0 });
