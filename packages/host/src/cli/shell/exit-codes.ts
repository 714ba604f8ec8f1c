import { HttpFailure } from "nodemcu-http";
import type { FailureCode, Phase } from "nodemcu-http/client";

/** Exit codes of the commands that make requests, numbered as curl's; docs/shell.md has them as a table. */
export const EXITS = {
  usage: 2,
  url: 3,
  name: 6,
  connect: 7,
  malformed: 8,
  partial: 18,
  status: 22,
  write: 23,
  read: 26,
  timeout: 28,
  range: 33,
  tls: 35,
  aborted: 42,
  redirects: 47,
  empty: 52,
  receive: 56,
  clientCertificate: 58,
  certificate: 60,
  encoding: 61,
  tooLarge: 63,
  pin: 90,
  proxy: 97,
} as const;

/** Every failure has an exit code; which one, some tell only with their phase. */
export const FAILURE_EXITS: Readonly<Record<FailureCode, number>> = {
  "invalid-url": EXITS.url,
  "invalid-method": EXITS.usage,
  "invalid-headers": EXITS.usage,
  "dns-not-found": EXITS.name,
  "dns-try-again": EXITS.name,
  "dns-failed": EXITS.name,
  "dns-timeout": EXITS.timeout,
  "connect-refused": EXITS.connect,
  "connect-unreachable": EXITS.connect,
  "connect-timeout": EXITS.timeout,
  "connect-address": EXITS.connect,
  "connect-descriptors": EXITS.connect,
  "connect-failed": EXITS.connect,
  "address-refused": EXITS.connect,
  "proxy-refused": EXITS.proxy,
  "proxy-authentication": EXITS.proxy,
  "proxy-failed": EXITS.proxy,
  "tls-expired": EXITS.certificate,
  "tls-not-yet-valid": EXITS.certificate,
  "tls-wrong-host": EXITS.certificate,
  "tls-self-signed": EXITS.certificate,
  "tls-untrusted": EXITS.certificate,
  "tls-weak-key": EXITS.certificate,
  "tls-not-tls": EXITS.tls,
  "tls-version": EXITS.tls,
  "tls-client-certificate": EXITS.clientCertificate,
  "tls-pin": EXITS.pin,
  "tls-options": EXITS.clientCertificate,
  "tls-timeout": EXITS.timeout,
  "tls-failed": EXITS.tls,
  timeout: EXITS.timeout,
  "connection-reset": EXITS.receive,
  "closed-early": EXITS.partial,
  "malformed-response": EXITS.malformed,
  "head-too-large": EXITS.tooLarge,
  "response-too-large": EXITS.tooLarge,
  "redirect-invalid": EXITS.redirects,
  "redirect-refused": EXITS.redirects,
  "too-many-redirects": EXITS.redirects,
  aborted: EXITS.aborted,
  "body-failed": EXITS.read,
  "callback-failed": EXITS.aborted,
  "http-status": EXITS.status,
  "content-encoding": EXITS.encoding,
  "invalid-json": EXITS.malformed,
  "resume-mismatch": EXITS.range,
  "file-failed": EXITS.write,
  "transport-failed": EXITS.receive,
};

/** A connection that ends before anything of the response has come has a number of its own. */
const EARLY_EXITS: Partial<Readonly<Record<Phase, number>>> = { tls: EXITS.tls, headers: EXITS.empty };

/** A failure of this machine's, found by the command itself. */
export class ShellError extends Error {
  override readonly name: string = "ShellError";
  readonly exit: number;

  constructor(message: string, exit: number, cause?: unknown) {
    super(message, { cause });
    this.exit = exit;
  }
}

/** The exit code of a failed request; undefined for an error that is none. */
export function exitOf(error: unknown): number | undefined {
  if (error instanceof ShellError) return error.exit;
  if (!(error instanceof HttpFailure)) return undefined;
  if (error.cause instanceof ShellError) return error.cause.exit;
  const early = error.code === "closed-early" ? EARLY_EXITS[error.phase] : undefined;
  return early ?? FAILURE_EXITS[error.code];
}
