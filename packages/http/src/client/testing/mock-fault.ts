import { HttpFailure } from "../../protocol/index.ts";

/** What a mock can let happen in place of an answer, or in the middle of one. */
const FAULTS = {
  "dns-not-found": "dns",
  "dns-try-again": "dns",
  "dns-timeout": "dns",
  "connect-refused": "connect",
  "connect-unreachable": "connect",
  "connect-timeout": "connect",
  "tls-expired": "tls",
  "tls-wrong-host": "tls",
  "tls-untrusted": "tls",
  "tls-timeout": "tls",
  timeout: "headers",
  "connection-reset": "headers",
  "closed-early": "headers",
  "malformed-response": "headers",
} as const;

/** The codes of failures of the network and of servers that a program has to live with. */
export type MockFault = keyof typeof FAULTS;

export const isMockFault = (value: unknown): value is MockFault => typeof value === "string" && Object.hasOwn(FAULTS, value);

/** All of them, for a message. */
export const FAULT_NAMES: string = Object.keys(FAULTS).join(", ");

/** The failure as the client gives it; `inBody`: behind the pieces of a body that have come. */
export function mockFailure(fault: MockFault, inBody: boolean): HttpFailure {
  return new HttpFailure(fault, { phase: inBody ? "body" : FAULTS[fault], reason: `the mock was declared to fail with ${fault}.` });
}
