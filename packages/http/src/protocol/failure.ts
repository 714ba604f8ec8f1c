/** Where in the course of a request something failed. `request`: before anything was sent or looked up. */
export type Phase = "request" | "dns" | "connect" | "tls" | "send" | "headers" | "body" | "redirect";

/** Whose fault it was: the calling program's, the network's, the server's, or of a limit set on this side. */
export type Blame = "caller" | "network" | "server" | "limit";

/**
 * Every code a failure can have, with whose fault it is. docs/errors.md has one entry per code.
 *
 * The codes are stable: one may be added in a minor version, none changes its meaning.
 */
export const FAILURES = {
  "invalid-url": "caller",
  "invalid-method": "caller",
  "invalid-headers": "caller",
  "dns-not-found": "network",
  "dns-try-again": "network",
  "dns-failed": "network",
  "dns-timeout": "network",
  "connect-refused": "network",
  "connect-unreachable": "network",
  "connect-timeout": "network",
  "connect-address": "caller",
  "connect-descriptors": "limit",
  "connect-failed": "network",
  "address-refused": "caller",
  "proxy-refused": "network",
  "proxy-authentication": "caller",
  "proxy-failed": "network",
  "tls-expired": "server",
  "tls-not-yet-valid": "server",
  "tls-wrong-host": "server",
  "tls-self-signed": "server",
  "tls-untrusted": "server",
  "tls-weak-key": "server",
  "tls-not-tls": "server",
  "tls-version": "server",
  "tls-client-certificate": "caller",
  "tls-pin": "server",
  "tls-options": "caller",
  "tls-timeout": "network",
  "tls-failed": "server",
  timeout: "server",
  "connection-reset": "network",
  "closed-early": "server",
  "malformed-response": "server",
  "head-too-large": "limit",
  "response-too-large": "limit",
  "redirect-invalid": "server",
  "redirect-refused": "caller",
  "too-many-redirects": "limit",
  aborted: "caller",
  "body-failed": "caller",
  "callback-failed": "caller",
  "transport-failed": "caller",
  "http-status": "server",
  "content-encoding": "server",
  "invalid-json": "server",
  "resume-mismatch": "server",
  "file-failed": "caller",
} as const;

/** The reason of a failure, stable across versions. */
export type FailureCode = keyof typeof FAILURES;

/** What is known about a failure beside its code. */
export interface FailureDetails {
  readonly phase: Phase;
  /** What failed, where, the limit, what to do: sentences without method and URL. */
  readonly reason: string;
  /** The lower error, such as Node's. */
  readonly cause?: unknown;
}

/**
 * Why a request failed, or is -1. `message` is for people: method and URL (without credentials), then `reason`.
 */
export class HttpFailure extends Error {
  override readonly name: string = "HttpFailure";
  readonly code: FailureCode;
  readonly phase: Phase;
  /** What failed, where, the limit, what to do: `message` without method and URL. */
  readonly reason: string;

  constructor(code: FailureCode, details: FailureDetails, request?: { method: string; url: string }) {
    const { phase, reason } = details;
    // Its own alone: a polluted Object.prototype changes nothing.
    const cause = Object.hasOwn(details, "cause") ? details.cause : undefined;
    super(request ? `${request.method} ${request.url}: ${reason}` : reason, cause === undefined ? undefined : { cause });
    this.code = code;
    this.phase = phase;
    this.reason = reason;
  }

  /** Whose fault it was. */
  get blame(): Blame {
    return FAILURES[this.code];
  }
}
