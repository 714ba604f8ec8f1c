import type { ByteString, LuaRef, LuaSentinel, LuaTable, LuaValue } from "../../lua/index.ts";

/** How one encoder of the firmware differs from the other. */
export interface JsonStyle {
  /** Elements of the array that a table with these keys is; undefined when it is an object. */
  readonly arrayLength: (keys: readonly LuaValue[]) => number | undefined;
  /** Bytes that need an escape. */
  readonly escaped: RegExp;
  readonly number: (value: number) => ByteString;
  /** Called for each table with its depth, 1 for the outermost: throws where the encoder's limit is. */
  readonly checkDepth: (depth: number) => void;
  /** The value to write in place of one that JSON cannot hold. */
  readonly replace: (value: LuaRef | LuaSentinel) => LuaValue;
  /** True for what stands for null, beside nil. */
  readonly isNull: (value: LuaValue) => boolean;
  /** Throws for a key that is neither a string nor a number. */
  readonly refuseKey: (key: LuaValue) => never;
}

/** The JSON text of a Lua value. Strings are bytes, and come out as the same bytes. */
export class JsonWriter {
  readonly #style: JsonStyle;

  constructor(style: JsonStyle) {
    this.#style = style;
  }

  write(value: LuaValue): ByteString {
    return this.#value(value, 1);
  }

  #value(value: LuaValue, depth: number): ByteString {
    if (value === undefined || this.#style.isNull(value)) return "null";
    if (typeof value === "boolean") return String(value);
    if (typeof value === "number") return this.#style.number(value);
    if (typeof value === "string") return this.#string(value);
    if (isTable(value)) return this.#table(value, depth);
    return this.#value(this.#style.replace(value), depth);
  }

  #table(table: LuaTable, depth: number): ByteString {
    this.#style.checkDepth(depth);
    const pairs = table.entries();
    const length = this.#style.arrayLength(pairs.map(([key]) => key));
    return length === undefined ? this.#object(pairs, depth) : this.#array(new Map(pairs), length, depth);
  }

  #array(elements: ReadonlyMap<LuaValue, LuaValue>, length: number, depth: number): ByteString {
    const texts = Array.from({ length }, (_, index) => this.#value(elements.get(index + 1), depth + 1));
    return `[${texts.join(",")}]`;
  }

  #object(pairs: readonly [LuaValue, LuaValue][], depth: number): ByteString {
    return `{${pairs.map(([key, value]) => `${this.#key(key)}:${this.#value(value, depth + 1)}`).join(",")}}`;
  }

  #key(key: LuaValue): ByteString {
    if (typeof key === "string") return this.#string(key);
    return typeof key === "number" ? `"${this.#style.number(key)}"` : this.#style.refuseKey(key);
  }

  #string(bytes: ByteString): ByteString {
    return `"${bytes.replace(this.#style.escaped, escape)}"`;
  }
}

const isTable = (value: LuaRef | LuaSentinel): value is LuaTable => "type" in value && value.type === "table";

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

const escape = (byte: string): string => SHORT_ESCAPES[byte] ?? `\\u00${byte.charCodeAt(0).toString(16).padStart(2, "0")}`;
