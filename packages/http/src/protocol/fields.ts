import { lowerCase } from "./grammar.ts";

/** One field line: name as it was written, value without surrounding white space. */
export type Field = readonly [name: string, value: string];

/** The field lines of a head or trailer section, in order, names in their original case. */
export class Fields implements Iterable<Field> {
  readonly #lines: readonly Field[];

  constructor(lines: readonly Field[]) {
    this.#lines = lines;
  }

  get size(): number {
    return this.#lines.length;
  }

  [Symbol.iterator](): Iterator<Field> {
    return this.#lines[Symbol.iterator]();
  }

  has(name: string): boolean {
    return this.#find(name, 0) >= 0;
  }

  /** The values of every line of that name, joined by ", " (RFC 9110 §5.3); undefined when there is none. */
  get(name: string): string | undefined {
    const values = this.getAll(name);
    return values.length === 0 ? undefined : values.join(", ");
  }

  /** The value of every line of that name, in order. */
  getAll(name: string): readonly string[] {
    const values: string[] = [];
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at + 1)) values.push(this.#lines[at]?.[1] ?? "");
    return values;
  }

  /** Lower-case names with the values of their lines, in the order of first appearance. */
  entries(): IterableIterator<[string, readonly string[]]> {
    const index = new Map<string, string[]>();
    for (const [name, value] of this.#lines) {
      const key = name.toLowerCase();
      const values = index.get(key);
      if (values) values.push(value);
      else index.set(key, [value]);
    }
    return index.entries();
  }

  /** The same lines but those of the names given in lower case. */
  without(names: ReadonlySet<string>): Fields {
    return new Fields(this.#lines.filter(([name]) => !names.has(name.toLowerCase())));
  }

  /**
   * The first line of that name from an index on. A head has some ten lines: comparing lengths first is cheaper than an index would be.
   * Names of lines are tokens, so `toLowerCase` has only ASCII to fold.
   */
  #find(name: string, from: number): number {
    const lines = this.#lines;
    const { length } = name;
    let wanted: string | undefined;
    for (let at = from; at < lines.length; at++) {
      const [candidate = ""] = lines[at] ?? [];
      if (candidate.length !== length) continue;
      if (candidate === name || candidate.toLowerCase() === (wanted ??= lowerCase(name))) return at;
    }
    return -1;
  }
}

export const NO_FIELDS: Fields = new Fields([]);
