import { HTTPBIN_OPTIONS } from "./httpbin-command.ts";
import type { OptionTable } from "./options.ts";
import { RUN_OPTIONS } from "./run-settings.ts";

const WIDTH = 30;

function optionHelp(table: OptionTable): string {
  const rows = Object.entries(table).map(([name, { value, help }]) => {
    const flag = `  --${name}${value === undefined ? "" : ` ${value}`}`;
    return flag.length < WIDTH ? flag.padEnd(WIDTH) + help : `${flag}\n${" ".repeat(WIDTH)}${help}`;
  });
  return rows.join("\n");
}

export const GENERAL_HELP: string = `nodemcu runs NodeMCU scripts (ESP8266 Lua) off the chip.

  nodemcu run FILE…             run scripts, one after the other
  nodemcu httpbin               serve the httpbin that the examples talk to
  nodemcu --version             print the version
  nodemcu help                  print this; each command has its own --help

What scripts print goes to stdout, everything else to stderr.
Exit: 0; 1 after an uncaught Lua error, the watchdog or the end of memory; 2 for wrong usage or output that cannot be written; 130 and 143 after SIGINT and SIGTERM.
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
