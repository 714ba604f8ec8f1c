import { lowerCase, trimOws } from "./grammar.ts";

/** One field line: name as it was written, value without surrounding white space. */
export type Field = readonly [name: string, value: string];

/** So many names are looked for in the text itself; it takes apart whoever is asked for more. */
const FEW_LOOKUPS = 6;

const COLON = 0x3a;

/**
 * The field lines of a head or trailer section, in order, names in their original case. Made from pairs, or from the text of a section that
 * is known to be flawless: `name ":" value CRLF`, any number of times. Text is taken apart when somebody wants to see all of it.
 */
export class Fields implements Iterable<Field> {
  #lines: readonly Field[] | undefined;
  readonly #section: string;
  #lookups = 0;

  constructor(lines: readonly Field[] | string) {
    this.#lines = typeof lines === "string" ? undefined : lines;
    this.#section = typeof lines === "string" ? lines : "";
  }

  get size(): number {
    return this.#pairs().length;
  }

  [Symbol.iterator](): Iterator<Field> {
    return this.#pairs()[Symbol.iterator]();
  }

  has(name: string): boolean {
    return this.getAll(name).length > 0;
  }

  /** The values of every line of that name, joined by ", " (RFC 9110 §5.3); undefined when there is none. */
  get(name: string): string | undefined {
    const values = this.getAll(name);
    return values.length === 0 ? undefined : values.join(", ");
  }

  /** The value of every line of that name, in order. */
  getAll(name: string): readonly string[] {
    const lines = this.#lines ?? (++this.#lookups > FEW_LOOKUPS ? this.#pairs() : undefined);
    return lines ? valuesAmong(lines, name) : valuesIn(this.#section, name);
  }

  /** Lower-case names with the values of their lines, in the order of first appearance. */
  entries(): IterableIterator<[string, readonly string[]]> {
    const index = new Map<string, string[]>();
    for (const [name, value] of this.#pairs()) {
      const key = name.toLowerCase();
      const values = index.get(key);
      if (values) values.push(value);
      else index.set(key, [value]);
    }
    return index.entries();
  }

  /** The same lines but those of the names given in lower case. */
  without(names: ReadonlySet<string>): Fields {
    return new Fields(this.#pairs().filter(([name]) => !names.has(name.toLowerCase())));
  }

  #pairs(): readonly Field[] {
    return (this.#lines ??= splitLines(this.#section));
  }
}

const NO_VALUES: readonly string[] = [];

/** A head has some ten lines: comparing lengths first is cheaper than an index would be. Names of lines are tokens, in ASCII. */
function valuesAmong(lines: readonly Field[], name: string): readonly string[] {
  let values: string[] | undefined;
  for (const [candidate, value] of lines) {
    if (candidate.length === name.length && isSame(candidate, name)) (values ??= []).push(value);
  }
  return values ?? NO_VALUES;
}

function valuesIn(section: string, name: string): readonly string[] {
  let values: string[] | undefined;
  for (let from = 0; from < section.length;) {
    const colon = from + name.length;
    const end = section.indexOf("\r", from);
    if (section.charCodeAt(colon) === COLON && isSame(section.slice(from, colon), name))
      (values ??= []).push(trimOws(section.slice(colon + 1, end)));
    from = end + 2;
  }
  return values ?? NO_VALUES;
}

const isSame = (name: string, wanted: string): boolean => name === wanted || name.toLowerCase() === lowerCase(wanted);

function splitLines(text: string): Field[] {
  const lines: Field[] = [];
  for (let from = 0; from < text.length;) {
    const colon = text.indexOf(":", from);
    const end = text.indexOf("\r", colon);
    lines.push([text.slice(from, colon), trimOws(text.slice(colon + 1, end))]);
    from = end + 2;
  }
  return lines;
}

export const NO_FIELDS: Fields = new Fields([]);
