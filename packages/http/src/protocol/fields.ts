import { lowerCase } from "./grammar.ts";

/** One field line: name as it was written, value without surrounding white space. */
export type Field = readonly [name: string, value: string];

/** The field lines of a head or trailer section, in order, names in their original case. */
export class Fields implements Iterable<Field> {
  readonly #lines: readonly Field[];
  #byName: Map<string, string[]> | undefined;

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
    return this.#index().has(lowerCase(name));
  }

  /** The values of every line of that name, joined by ", " (RFC 9110 §5.3); undefined when there is none. */
  get(name: string): string | undefined {
    return this.#index().get(lowerCase(name))?.join(", ");
  }

  /** The value of every line of that name, in order. */
  getAll(name: string): readonly string[] {
    return this.#index().get(lowerCase(name)) ?? [];
  }

  /** Lower-case names with the values of their lines, in the order of first appearance. */
  entries(): IterableIterator<[string, readonly string[]]> {
    return this.#index().entries();
  }

  /** The same lines but those of the names given in lower case. */
  without(names: ReadonlySet<string>): Fields {
    return new Fields(this.#lines.filter(([name]) => !names.has(lowerCase(name))));
  }

  #index(): Map<string, string[]> {
    if (this.#byName) return this.#byName;
    const index = new Map<string, string[]>();
    for (const [name, value] of this.#lines) {
      const key = lowerCase(name);
      const values = index.get(key);
      if (values) values.push(value);
      else index.set(key, [value]);
    }
    this.#byName = index;
    return index;
  }
}

export const NO_FIELDS: Fields = new Fields([]);
