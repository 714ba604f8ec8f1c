import { SIGNAL_EXITS } from "./io.ts";
import type { Io, Signal } from "./io.ts";
import type { OptionTable, ParsedArguments } from "./options.ts";
import { UsageError } from "./usage-error.ts";
import { parsePort } from "./values.ts";

const DEFAULT_PORT = 8080;
const DEFAULT_TLS_PORT = 8443;

/** The options of `nodemcu httpbin`. */
export const HTTPBIN_OPTIONS: OptionTable = {
  port: { value: "PORT", help: `where http is served, on 127.0.0.1; ${DEFAULT_PORT} unless given, 0 for any free port` },
  "tls-port": { value: "PORT", help: `where https is served; ${DEFAULT_TLS_PORT} unless given, 0 for any free port` },
};

function cannotListen(error: unknown): unknown {
  if (!(error instanceof Error && "code" in error)) return error;
  const port = "port" in error ? `port ${String(error.port)}` : "the port";
  if (error.code === "EADDRINUSE") return new UsageError(`${port} is taken; choose another with --port and --tls-port`);
  if (error.code === "EACCES") return new UsageError(`${port} needs more rights; choose one above 1023 with --port and --tls-port`);
  return error;
}

function nextSignal(io: Io): Promise<Signal> {
  return new Promise((resolve) => {
    const dispose = io.onSignal((signal) => {
      dispose();
      resolve(signal);
    });
  });
}

/** `nodemcu httpbin`: serves until a signal comes. */
export async function httpbinCommand(parsed: ParsedArguments, io: Io): Promise<number> {
  if (parsed.words.length > 0) throw new UsageError(`httpbin takes options only, not ${parsed.words[0]}`);
  const port = parsed.read("port", parsePort) ?? DEFAULT_PORT;
  const tlsPort = parsed.read("tls-port", parsePort) ?? DEFAULT_TLS_PORT;
  const { startHttpbin } = await import("../httpbin/index.ts");
  const server = await startHttpbin({ port, tlsPort }).catch((error: unknown) => {
    throw cannotListen(error);
  });
  io.stdout.write(`${server.url}\n${server.tlsUrl}\n`);
  const ended = await nextSignal(io);
  await server.close();
  return SIGNAL_EXITS[ended];
}
