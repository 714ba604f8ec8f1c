import { nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";

/** One option of a command. */
export interface Option {
  /** What the value is called in the help; without it the option is a switch. */
  readonly value?: string;
  readonly help: string;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** Options and the words between them, as given. A switch that is given has one empty value. */
export class ParsedArguments {
  readonly words: string[] = [];
  readonly #values = new Map<string, string[]>();

  add(name: string, value: string): void {
    this.#values.set(name, [...this.all(name), value]);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Every value of a repeated option, in order. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The option's value read by `parse`; the last one counts. Undefined when it is not given. */
  read<T>(name: string, parse: (text: string) => T): T | undefined {
    const text = this.all(name).at(-1);
    return text === undefined ? undefined : this.#parse(name, text, parse);
  }

  readAll<T>(name: string, parse: (text: string) => T): T[] {
    return this.all(name).map((text) => this.#parse(name, text, parse));
  }

  // A parser throws RangeErrors that say what is wrong with the text; here the option's name comes before it.
  #parse<T>(name: string, text: string, parse: (text: string) => T): T {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new UsageError(`--${name} ${text}: ${error.message}`);
    }
  }
}

function unknown(argument: string, table: OptionTable): UsageError {
  const guess = nearest(argument.replace(/^-+/, ""), Object.keys(table));
  return new UsageError(`there is no option ${argument}${guess ? `; did you mean --${guess}?` : ""}`);
}

/** Reads one option; true when the next argument was its value. */
function readOption(parsed: ParsedArguments, given: { argument: string; next: string | undefined }, table: OptionTable): boolean {
  const [flag = "", inline] = given.argument.split(/=(.*)/s, 2);
  const name = flag.slice(2);
  const option = flag.startsWith("--") && Object.hasOwn(table, name) ? table[name] : undefined;
  if (!option) throw unknown(flag, table);
  if (option.value === undefined) {
    if (inline !== undefined) throw new UsageError(`${flag} takes no value`);
    parsed.add(name, "");
    return false;
  }
  const value = inline ?? given.next;
  if (value === undefined || (inline === undefined && value.startsWith("--")))
    throw new UsageError(`${flag} needs a value: ${flag} ${option.value}`);
  parsed.add(name, value);
  return inline === undefined;
}

/** Sorts the arguments of a command by its option table. After `--` everything is a word. */
export function parseArguments(args: readonly string[], table: OptionTable): ParsedArguments {
  const parsed = new ParsedArguments();
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    if (argument === "--") {
      parsed.words.push(...args.slice(index + 1));
      break;
    }
    if (argument.startsWith("-") && argument !== "-") {
      if (readOption(parsed, { argument, next: args[index + 1] }, table)) index += 1;
    } else parsed.words.push(argument);
  }
  return parsed;
}
