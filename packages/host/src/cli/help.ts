import { HTTPBIN_OPTIONS } from "./httpbin-command.ts";
import type { OptionTable } from "./options.ts";
import { RUN_OPTIONS } from "./run-settings.ts";
import { SHELL_OPTIONS } from "./shell/index.ts";
import type { ShellVerb } from "./shell/index.ts";

const WIDTH = 30;

function optionHelp(table: OptionTable): string {
  const lettered = Object.values(table).some(({ short }) => short !== undefined);
  const rows = Object.entries(table).map(([name, { short, value, help }]) => {
    const letter = short === undefined ? "    " : `-${short}, `;
    const flag = `  ${lettered ? letter : ""}--${name}${value === undefined ? "" : ` ${value}`}`;
    return flag.length < WIDTH ? flag.padEnd(WIDTH) + help : `${flag}\n${" ".repeat(WIDTH)}${help}`;
  });
  return rows.join("\n");
}

export const GENERAL_HELP: string = `nodemcu runs NodeMCU scripts (ESP8266 Lua) off the chip, and makes HTTP requests.

  nodemcu run FILE…             run scripts, one after the other
  nodemcu httpbin               serve the httpbin that the examples talk to
  nodemcu get URL               make a request and print the body; head, post, put and delete likewise
  nodemcu request METHOD URL    the same with any method
  nodemcu --version             print the version
  nodemcu help                  print this; each command has its own --help

What scripts print goes to stdout, everything else to stderr.
Exit: 0; 2 for wrong usage; 130 and 143 after SIGINT and SIGTERM.
Exit of run also: 1 after an uncaught Lua error, the watchdog or the end of memory; 2 for output that cannot be written.
Exit of requests also: curl's numbers for what went wrong, such as 6, 7, 22, 28 and 60. docs/shell.md lists them.
`;

export const RUN_HELP: string = `nodemcu run [OPTION…] FILE…

Runs device Lua scripts, each on a device of its own, until nothing is pending: no task, timer, socket or request.

${optionHelp(RUN_OPTIONS)}

DURATION is a number with ms, s, m or h: 500ms, 3s, 2m, 1h. A bare number is seconds.
`;

export const HTTPBIN_HELP: string = `nodemcu httpbin [OPTION…]

Serves httpbin's endpoints on 127.0.0.1, over http and https, until it is interrupted. Prints its two addresses.

${optionHelp(HTTPBIN_OPTIONS)}
`;

const SHELL_SUMMARIES: Readonly<Record<ShellVerb, string>> = {
  get: "Gets URL, and writes the body to stdout.",
  head: "Asks for the head of URL's response alone, and writes it to stdout.",
  post: "Posts --data or --json to URL, and writes the body of the response to stdout.",
  put: "Puts --data or --json to URL, and writes the body of the response to stdout.",
  delete: "Deletes URL, and writes the body of the response to stdout.",
  request: "Makes a request with any method, and writes the body to stdout. Without METHOD it is GET, or POST when something is sent.",
};

/** The help of `nodemcu get` and kin. */
export const shellHelp = (verb: ShellVerb): string => `nodemcu ${verb} [OPTION…] ${verb === "request" ? "[METHOD] " : ""}URL

${SHELL_SUMMARIES[verb]}

${optionHelp(SHELL_OPTIONS)}

DURATION is a number with ms, s, m or h: 500ms, 3s, 2m, 1h. A bare number is seconds.
Exit: 0, also for a status of 400 and above unless --fail is given; 2 for wrong usage; else curl's number for what went wrong.
`;
