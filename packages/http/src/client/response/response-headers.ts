import type { Field, Fields } from "../../protocol/index.ts";

/** The header or trailer fields of a response, in the order and the case they came in. Names are looked up in any case. */
export class ResponseHeaders implements Iterable<Field> {
  readonly #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  /** Field lines, those of one name counted each. */
  get size(): number {
    return this.#fields.size;
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  /** The lines of that name joined by ", "; undefined when there is none. Set-Cookie cannot be joined: {@link getSetCookie}. */
  get(name: string): string | undefined {
    return this.#fields.get(name);
  }

  /** The value of each line of that name. */
  getAll(name: string): readonly string[] {
    return this.#fields.getAll(name);
  }

  getSetCookie(): readonly string[] {
    return this.#fields.getAll("set-cookie");
  }

  /** Each line as `[name, value]`, the name as the server wrote it. */
  entries(): IterableIterator<Field> {
    return [...this.#fields][Symbol.iterator]();
  }

  [Symbol.iterator](): IterableIterator<Field> {
    return this.entries();
  }
}
