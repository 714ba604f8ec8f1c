import { HttpFailure, type FailureCode, type Phase } from "../../protocol/index.ts";

/** Milliseconds; Infinity for none. */
export interface PhaseTimeouts {
  /** The request and its body, from the call to the last byte. */
  readonly total: number;
  readonly dns: number;
  readonly connect: number;
  readonly tls: number;
  readonly send: number;
  /** From the request's last byte to the response's head. */
  readonly headers: number;
  /** Between two pieces of the body, while somebody waits for them. */
  readonly idle: number;
}

/** Where an exchange is. `queue`: all connections to its origin are busy. */
export type ExchangePhase = "queue" | "dns" | "connect" | "tls" | "send" | "headers" | "body";

/** Per phase: the code of a deadline that fires in it, the time-out that runs, and where that is for people. */
const PHASES: Readonly<Record<ExchangePhase, { code: FailureCode; timeout: keyof PhaseTimeouts; where: string }>> = {
  queue: { code: "timeout", timeout: "total", where: "while all connections to that origin were busy" },
  dns: { code: "dns-timeout", timeout: "dns", where: "while the name was looked up" },
  connect: { code: "connect-timeout", timeout: "connect", where: "while connecting" },
  tls: { code: "tls-timeout", timeout: "tls", where: "in the TLS handshake" },
  send: { code: "timeout", timeout: "send", where: "while sending the request" },
  headers: { code: "timeout", timeout: "headers", where: "while waiting for the response" },
  body: { code: "timeout", timeout: "idle", where: "in the middle of the response's body" },
};

/** The phase as errors know it: who waits for a connection has not begun. */
export const phaseOf = (phase: ExchangePhase): Exclude<ExchangePhase, "queue"> | "request" => (phase === "queue" ? "request" : phase);

/** A deadline has fired: which one, its value, and what had come. */
export function timeoutFailure(
  phase: ExchangePhase,
  timeouts: PhaseTimeouts,
  { whole, came }: { whole: boolean; came: string },
): HttpFailure {
  const { code, timeout, where } = PHASES[phase];
  const name = whole ? "total" : timeout;
  const reason = `no complete response within ${timeouts[name]} ms (timeout.${name}): the time ended ${where}${came}.`;
  return new HttpFailure(code, { phase: phaseOf(phase), reason });
}

/** The time of the whole call has ended while there was no exchange. */
export function totalTimeout({ total }: PhaseTimeouts, { phase, words }: { phase: Phase; words: string }): HttpFailure {
  const reason = `no complete response within ${total} ms (timeout.total): the time ended ${words}.`;
  return new HttpFailure("timeout", { phase, reason });
}
