import { HttpFailure } from "../../protocol/index.ts";
import { phaseOf, type ExchangePhase } from "./phase-timeouts.ts";

/** How far an exchange has come, for the words of its failure. */
export interface Standing {
  readonly phase: ExchangePhase;
  readonly reused: boolean;
  /** Bytes of the body that have come, and those that were announced. */
  readonly received: number;
  readonly length: number | undefined;
}

/** A failure of the connection, told by the exchange: the phase that it was in, and what had come. */
export function placed(failure: HttpFailure, standing: Standing): HttpFailure {
  const kept = standing.reused && standing.received === 0 ? " The connection had been kept from an earlier request." : "";
  const reason = `${failure.reason.replace(/\.$/, "")}${came(standing)}.${kept}`;
  return new HttpFailure(failure.code, { phase: phaseOf(standing.phase), reason, cause: failure.cause });
}

/** What had come, in brackets; nothing before the request was sent. */
export function came({ phase, received, length }: Standing): string {
  if (phase !== "headers" && phase !== "body") return "";
  if (phase === "headers") return " (the server had not answered)";
  const missing = length === undefined ? "" : `, ${length - received} more were expected`;
  return ` (${received} bytes of the body had come${missing})`;
}
