import type { Json } from "./json-value.ts";

/** Deeper nesting is not read: the answer would be mostly indentation. */
const MAX_DEPTH = 100;

// Python refuses longer integers (sys.int_info.default_max_str_digits), and their conversion takes quadratic time.
const MAX_INTEGER_DIGITS = 4300;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /(-?)(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const WORD = /-?[A-Za-z]+/y;

// Python's reader takes the last three as well.
const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

class JsonReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readDocument(): Json {
    const value = this.#readValue();
    if (this.#peek() !== undefined) throw this.#error("text after the value");
    return value;
  }

  #readValue(): Json {
    const next = this.#peek();
    if (next === '"') return this.#readString();
    if (next === "{") return this.#nested(() => this.#readObject());
    if (next === "[") return this.#nested(() => this.#readArray());
    const word = this.#match(WORD)?.[0];
    return word === undefined ? this.#readNumber() : this.#valueOf(word);
  }

  #nested<Value extends Json>(read: () => Value): Value {
    if (++this.#depth > MAX_DEPTH) throw this.#error("nested too deep");
    const value = read();
    this.#depth--;
    return value;
  }

  #readObject(): Map<string, Json> {
    const members = new Map<string, Json>();
    this.#readItems("{}", () => {
      if (this.#peek() !== '"') throw this.#error("a name in quotes expected");
      const name = this.#readString();
      this.#expect(":");
      members.set(name, this.#readValue());
    });
    return members;
  }

  #readArray(): Json[] {
    const items: Json[] = [];
    this.#readItems("[]", () => items.push(this.#readValue()));
    return items;
  }

  #readItems(brackets: "{}" | "[]", readItem: () => void): void {
    const [open = "", close = ""] = brackets;
    this.#expect(open);
    if (this.#accept(close)) return;
    do readItem();
    while (this.#accept(","));
    this.#expect(close);
  }

  #readString(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (end !== -1 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end === -1) throw this.#error("unfinished string");
    this.#at = end + 1;
    // JSON.parse refuses the same strings as Python's strict reader: bare control characters and unknown escapes.
    return String(JSON.parse(this.#text.slice(start, this.#at)));
  }

  #isEscaped(quote: number): boolean {
    let first = quote;
    while (this.#text[first - 1] === "\\") first--;
    return (quote - first) % 2 === 1;
  }

  #valueOf(word: string): Json {
    const value = WORDS.get(word);
    if (value === undefined) throw this.#error(`unknown word ${word}`);
    return value;
  }

  #readNumber(): Json {
    const found = this.#match(NUMBER);
    if (found === undefined) throw this.#error("a value expected");
    const [text, , integer = "", fraction, exponent] = found;
    if (fraction !== undefined || exponent !== undefined) return Number(text);
    if (integer.length > MAX_INTEGER_DIGITS) throw this.#error("integer too long");
    return BigInt(text);
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #peek(): string | undefined {
    this.#match(SPACE);
    return this.#text[this.#at];
  }

  #accept(character: string): boolean {
    const found = this.#peek() === character;
    if (found) this.#at++;
    return found;
  }

  #expect(character: string): void {
    if (!this.#accept(character)) throw this.#error(`${character} expected`);
  }

  #error(problem: string): SyntaxError {
    return new SyntaxError(`${problem} at ${this.#at}`);
  }
}

/** The value of a JSON text; null when it is none, as httpbin answers. */
export function readJson(text: string): Json {
  try {
    return new JsonReader(text).readDocument();
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
