import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { RequestOptions, Timeouts, TlsOptions } from "nodemcu-http/client";
import type { ParsedArguments } from "../options.ts";
import { fileReason, readCertificates } from "../run-settings.ts";
import { UsageError } from "../usage-error.ts";
import { parseConnectTo, parseDuration } from "../values.ts";
import { parsePins, parseProxy, parseResolve } from "./shell-values.ts";

/** What the client allows each phase by itself, in milliseconds. */
const PHASE_MS = 30_000;

/** How the request gets to its server: time, addresses, TLS, proxy. Throws a {@link UsageError}. */
export function connectionOptions(parsed: ParsedArguments, cwd: string): RequestOptions {
  return {
    timeout: timeouts(parsed),
    connectTo: addressMap(parsed),
    tls: tlsOptions(parsed, cwd),
    proxy: parsed.read("proxy", parseProxy),
  };
}

/** As with curl a transfer may take as long as it moves; who gives more time than a phase has means the phases too. */
function timeouts(parsed: ParsedArguments): Timeouts {
  const total = parsed.read("max-time", parseDuration);
  const each = parsed.read("connect-timeout", parseDuration);
  const phase = Math.max(total ?? 0, PHASE_MS);
  return {
    total: total ?? Number.POSITIVE_INFINITY,
    ...(each !== undefined && { dns: each, connect: each, tls: each }),
    send: phase,
    headers: phase,
    idle: phase,
  };
}

/** As in curl, the first of two entries for one address counts, and what --connect-to leads to is looked up with --resolve. */
function addressMap(parsed: ParsedArguments): Readonly<Record<string, string>> {
  const resolved = new Map(parsed.readAll("resolve", parseResolve).toReversed());
  const connected = parsed.readAll("connect-to", parseConnectTo).toReversed();
  const joined = connected.map(([from, to]) => [from, resolved.get(to.toLowerCase()) ?? to] as const);
  return Object.fromEntries([...resolved, ...joined]);
}

function tlsOptions(parsed: ParsedArguments, cwd: string): TlsOptions {
  const pem = (path: string): string => readPem(resolve(cwd, path));
  const cert = parsed.read("cert", pem);
  const key = parsed.read("key", pem);
  if (key !== undefined && cert === undefined) throw new UsageError("--key needs --cert FILE");
  return {
    ...(parsed.has("insecure") && { verify: false }),
    ca: parsed.read("cacert", (path) => readCertificates(resolve(cwd, path))),
    cert,
    key: key ?? cert,
    pin: parsed.read("pinnedpubkey", parsePins),
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    throw new RangeError(fileReason(error));
  }
}
