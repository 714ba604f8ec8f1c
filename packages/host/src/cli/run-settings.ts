import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DEFAULT_HEAP, DEFAULT_WATCHDOG_MS } from "../device/index.ts";
import type { OptionTable, ParsedArguments } from "./options.ts";
import { UsageError } from "./usage-error.ts";
import { parseConnectTo, parseDuration, parseHeap } from "./values.ts";

/** The options of `nodemcu run`. */
export const RUN_OPTIONS: OptionTable = {
  httpbin: { help: "start the embedded httpbin server and send requests for httpbin.org there, http and https" },
  "connect-to": { value: "HOST1:PORT1:HOST2:PORT2", help: "connect to HOST2:PORT2 instead of HOST1:PORT1, as curl does; may be repeated" },
  cacert: { value: "FILE", help: "trust the certificates (PEM) in FILE as well" },
  insecure: { help: "never verify a certificate, and never warn about one" },
  flash: { value: "DIR", help: "the device's file system; without it the script's folder can be read and writes stay in memory" },
  heap: { value: "BYTES", help: `memory of the script, with k or M for its 1024ths; ${DEFAULT_HEAP} unless given` },
  watchdog: {
    value: "DURATION",
    help: `how long Lua may run without returning to the system; ${DEFAULT_WATCHDOG_MS / 1000}s unless given`,
  },
  for: { value: "DURATION", help: "end each script after that time, with exit 0" },
  report: { value: "FILE", help: "write what happened to FILE, as JSON: output, exchanges, diagnostics" },
};

/** A script to run, read already. */
export interface Script {
  /** As given on the command line. */
  readonly path: string;
  readonly source: Uint8Array;
  /** The folder it is in. */
  readonly folder: string;
}

/** A checked command line of `nodemcu run`. Paths are absolute. */
export interface RunSettings {
  readonly scripts: readonly Script[];
  readonly httpbin: boolean;
  readonly connectTo: Readonly<Record<string, string>>;
  readonly ca: string | undefined;
  readonly insecure: boolean;
  readonly flash: string | undefined;
  readonly heap: number;
  readonly watchdogMs: number;
  readonly limitMs: number | undefined;
  readonly report: string | undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "that is a directory",
  EACCES: "permission denied",
};

/** Why a file cannot be used, in words. */
export function fileReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return REASONS["code" in error ? String(error.code) : ""] ?? error.message;
}

function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new RangeError(fileReason(error));
  }
}

function requireDirectory(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new RangeError("there is no such directory");
  return path;
}

/** The path of a file that is written at the end; its folder must be there at the beginning. A RangeError says that it is not. */
export function newFile(path: string): string {
  requireDirectory(dirname(path));
  return path;
}

function readScript(path: string, cwd: string): Script {
  const file = resolve(cwd, path);
  try {
    return { path, source: readFile(file), folder: dirname(file) };
  } catch (error) {
    throw new UsageError(`${path}: ${fileReason(error)}`);
  }
}

/** The certificates in a file, as PEM. A RangeError says why there are none. */
export function readCertificates(path: string): string {
  const pem = Buffer.from(readFile(path)).toString("latin1");
  try {
    void new X509Certificate(pem);
  } catch {
    throw new RangeError("there is no certificate in PEM form in that file");
  }
  return pem;
}

/** Reads and checks everything that the command line names. Throws a {@link UsageError}. */
export function runSettings(parsed: ParsedArguments, cwd: string): RunSettings {
  if (parsed.words.length === 0) throw new UsageError("run needs a script: nodemcu run FILE…");
  const inCwd = (path: string): string => resolve(cwd, path);
  // As in curl, the first of two entries for one address counts.
  const connectTo = Object.fromEntries(parsed.readAll("connect-to", parseConnectTo).toReversed());
  return {
    httpbin: parsed.has("httpbin"),
    connectTo,
    ca: parsed.read("cacert", (path) => readCertificates(inCwd(path))),
    insecure: parsed.has("insecure"),
    flash: parsed.read("flash", (path) => requireDirectory(inCwd(path))),
    heap: parsed.read("heap", parseHeap) ?? DEFAULT_HEAP,
    watchdogMs: parsed.read("watchdog", parseDuration) ?? DEFAULT_WATCHDOG_MS,
    limitMs: parsed.read("for", parseDuration),
    report: parsed.read("report", (path) => newFile(inCwd(path))),
    scripts: parsed.words.map((path) => readScript(path, cwd)),
  };
}
