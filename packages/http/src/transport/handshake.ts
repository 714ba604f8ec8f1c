import { HttpFailure, type FailureCode } from "../protocol/index.ts";
import type { Endpoint } from "./connection.ts";
import type { ProxyCredentials } from "./proxy-hop.ts";

/** What a handshake with a proxy needs to know. */
export interface HandshakeRules {
  /** `host:port` of the proxy, for messages. */
  readonly proxy: string;
  readonly target: Endpoint;
  readonly credentials?: ProxyCredentials | undefined;
}

/** What comes out of a handshake beside its failure. */
export interface HandshakeEvents {
  readonly onSend: (bytes: Uint8Array) => void;
  /** The way to the target is open. Called once, last. */
  readonly onOpen: () => void;
}

/**
 * One handshake with a proxy: no I/O, no clock. The same bytes give the same events however they are cut. Throws an {@link HttpFailure} at
 * the first byte that ends all hope, and for any byte behind the proxy's answer: before the target has been spoken to, it has nothing to say.
 */
export interface Handshake {
  /** Sends what comes first. */
  begin(): void;
  push(bytes: Uint8Array): void;
}

/** A failure of a handshake: what the proxy did. */
export type HandshakeCode = Extract<FailureCode, `proxy-${string}`>;

/** Nothing that a proxy has sent goes into a message: it may send back what it was sent, and that are the credentials. */
export const handshakeFailure = (code: HandshakeCode, proxy: string, does: string): HttpFailure =>
  new HttpFailure(code, { phase: "connect", reason: `the proxy ${proxy} ${does}` });

export const excess = (proxy: string): HttpFailure =>
  handshakeFailure("proxy-failed", proxy, "sent bytes behind its answer, before the target had been spoken to.");
