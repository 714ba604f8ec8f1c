import { lowerCase, type Field } from "../../protocol/index.ts";
import { checkedField } from "./checked-field.ts";

/** The header fields of a request that is about to be sent. Names are looked up in any case; Host and framing stay the client's own. */
export class RequestHeaders implements Iterable<Field> {
  #fields: readonly Field[];

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
  }

  /** The field lines as they will be sent. */
  get fields(): readonly Field[] {
    return this.#fields;
  }

  /** The lines of that name joined by ", ". */
  get(name: string): string | undefined {
    const lines = this.#fields.filter((field) => isNamed(field, name));
    return lines.length === 0 ? undefined : lines.map(([, value]) => value).join(", ");
  }

  has(name: string): boolean {
    return this.#fields.some((field) => isNamed(field, name));
  }

  /** In place of every line of that name. Throws `invalid-headers` for what cannot be sent. */
  set(name: string, value: string): void {
    const field = checkedField([name, value]);
    this.#fields = [...this.#without(name), field];
  }

  /** One more line. Throws `invalid-headers` for what cannot be sent. */
  append(name: string, value: string): void {
    this.#fields = [...this.#fields, checkedField([name, value])];
  }

  /** Throws `invalid-headers` for a header that is the client's own. */
  delete(name: string): void {
    checkedField([name, ""]);
    this.#fields = this.#without(name);
  }

  [Symbol.iterator](): Iterator<Field> {
    return this.#fields[Symbol.iterator]();
  }

  #without(name: string): readonly Field[] {
    return this.#fields.filter((field) => !isNamed(field, name));
  }
}

const isNamed = ([name]: Field, wanted: string): boolean => lowerCase(name) === lowerCase(wanted);
