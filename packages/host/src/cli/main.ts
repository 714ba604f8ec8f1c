import { readFileSync } from "node:fs";
import { GENERAL_HELP, HTTPBIN_HELP, RUN_HELP, shellHelp } from "./help.ts";
import { HTTPBIN_OPTIONS, httpbinCommand } from "./httpbin-command.ts";
import type { Io } from "./io.ts";
import { nearest } from "./nearest.ts";
import { parseArguments } from "./options.ts";
import type { OptionTable, ParsedArguments } from "./options.ts";
import { runCommand } from "./run-command.ts";
import { RUN_OPTIONS } from "./run-settings.ts";
import { SHELL_OPTIONS, SHELL_VERBS, shellCommand } from "./shell/index.ts";
import type { ShellVerb } from "./shell/index.ts";
import { UsageError } from "./usage-error.ts";

const WRONG_USAGE = 2;

interface Command {
  readonly options: OptionTable;
  readonly help: string;
  readonly run: (parsed: ParsedArguments, io: Io) => Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  run: { options: RUN_OPTIONS, help: RUN_HELP, run: runCommand },
  httpbin: { options: HTTPBIN_OPTIONS, help: HTTPBIN_HELP, run: httpbinCommand },
  ...Object.fromEntries(SHELL_VERBS.map((verb) => [verb, shellVerb(verb)])),
};

function shellVerb(verb: ShellVerb): Command {
  return { options: SHELL_OPTIONS, help: shellHelp(verb), run: (parsed, io) => shellCommand(verb, parsed, io) };
}

const isHelp = (word: string | undefined): boolean => word === "help" || word === "--help" || word === "-h";

const commandNamed = (name: string | undefined): Command | undefined =>
  name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;

function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return manifest.version;
}

function unknownCommand(word: string): UsageError {
  if (word.endsWith(".lua")) return new UsageError(`there is no command ${word}; to run a script: nodemcu run ${word}`);
  const guess = nearest(word, Object.keys(COMMANDS));
  return new UsageError(`there is no command ${word}${guess ? `; did you mean ${guess}?` : ""}`);
}

function say(text: string, io: Io): number {
  io.stdout.write(text);
  return 0;
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [word, ...args] = argv;
  if (word === undefined) throw new UsageError("what should it do?");
  if (word === "--version" || word === "version") return say(`${version()}\n`, io);
  if (isHelp(word)) return say(commandNamed(args[0])?.help ?? GENERAL_HELP, io);
  const command = commandNamed(word);
  if (!command) throw unknownCommand(word);
  const parsed = parseArguments(args, command.options);
  return parsed.helpWanted ? say(command.help, io) : command.run(parsed, io);
}

/**
 * The command line: `argv` without the program's own name; the exit code. Everything outside, files and sockets apart, comes through `io`.
 * Rejects only for a fault of this program.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const command = commandNamed(argv[0]) ? `nodemcu ${argv[0]} --help` : "nodemcu help";
    io.stderr.write(`nodemcu: ${error.message}\nTry: ${command}\n`);
    return WRONG_USAGE;
  }
}
