import { nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";

/** One option of a command. */
export interface Option {
  /** The letter that stands for it: `-o`. */
  readonly short?: string;
  /** What the value is called in the help; without it the option is a switch. */
  readonly value?: string;
  readonly help: string;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** Options and the words between them, as given. A switch that is given has one empty value. */
export class ParsedArguments {
  readonly words: string[] = [];
  /** `--help` or `-h` stood among them: the rest was not read. */
  helpWanted = false;
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

/** Arguments that are still to be read. */
class Arguments {
  readonly #rest: string[];

  constructor(args: readonly string[]) {
    this.#rest = [...args];
  }

  next(): string | undefined {
    return this.#rest.shift();
  }

  /** The value of an option; what looks like another option is none. */
  value(): string | undefined {
    return this.#rest[0]?.startsWith("--") ? undefined : this.#rest.shift();
  }

  rest(): readonly string[] {
    return this.#rest;
  }
}

function unknown(flag: string, table: OptionTable): UsageError {
  const guess = nearest(flag.replace(/^-+/, ""), Object.keys(table));
  return new UsageError(`there is no option ${flag}${guess ? `; did you mean --${guess}?` : ""}`);
}

function required(value: string | undefined, flag: string, option: Option): string {
  if (value === undefined) throw new UsageError(`${flag} needs a value: ${flag} ${option.value}`);
  return value;
}

/** `--name`, `--name value` or `--name=value`. */
function readLong(parsed: ParsedArguments, { argument, args }: { argument: string; args: Arguments }, table: OptionTable): void {
  const [flag = "", inline] = argument.split(/=(.*)/s, 2);
  const name = flag.slice(2);
  const option = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!option) throw unknown(flag, table);
  if (option.value !== undefined) return parsed.add(name, required(inline ?? args.value(), flag, option));
  if (inline !== undefined) throw new UsageError(`${flag} takes no value`);
  parsed.add(name, "");
}

/** Letters behind one hyphen: switches, and at the end perhaps an option with its value, which may stand behind it without a space. */
function readShort(parsed: ParsedArguments, { argument, args }: { argument: string; args: Arguments }, table: OptionTable): void {
  for (let index = 1; index < argument.length; index++) {
    const letter = argument[index] ?? "";
    const [name, option] = Object.entries(table).find(([, { short }]) => short === letter) ?? [];
    if (name === undefined || !option) throw unknown(index === 1 ? argument : `-${letter}`, table);
    if (option.value !== undefined) {
      const inline = argument.slice(index + 1) || undefined;
      return parsed.add(name, required(inline ?? args.value(), `-${letter}`, option));
    }
    parsed.add(name, "");
  }
}

const isHelp = (argument: string): boolean => argument === "--help" || argument === "-h";

/** Sorts the arguments of a command by its option table. After `--` everything is a word. */
export function parseArguments(given: readonly string[], table: OptionTable): ParsedArguments {
  const parsed = new ParsedArguments();
  const args = new Arguments(given);
  for (let argument = args.next(); argument !== undefined; argument = args.next()) {
    if (argument === "--") {
      parsed.words.push(...args.rest());
      return parsed;
    }
    if (isHelp(argument)) {
      parsed.helpWanted = true;
      return parsed;
    }
    if (argument.startsWith("--")) readLong(parsed, { argument, args }, table);
    else if (argument.startsWith("-") && argument !== "-") readShort(parsed, { argument, args }, table);
    else parsed.words.push(argument);
  }
  return parsed;
}
