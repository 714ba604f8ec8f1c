import type { TlsOptions } from "./connection.ts";

/** A server's own certificate. */
export interface ShownCertificate {
  readonly der: Uint8Array;
  /** When it ends, in ms since 1970. */
  readonly validTo: number;
}

/** A handshake that can be taken up again. Such a one shows no certificate any more: this is the one that was checked. */
export interface Resumption {
  readonly session: Buffer;
  readonly certificate: ShownCertificate;
}

/** Who is spoken to: the name that the certificate was checked for at a host and port. */
export interface TlsServer {
  readonly host: string;
  readonly port: number;
  readonly name: string;
}

interface Kept extends Resumption {
  readonly once: boolean;
  readonly until: number;
}

/** Servers for each options object; beyond that the one longest without a new session is forgotten. */
const MOST_SERVERS = 100;
/** Tickets for each server. One that is asked for more connections at a time makes full handshakes. */
const MOST_TICKETS = 8;
/** Milliseconds: 24 hours (RFC 5246 §F.1.4). Servers mostly say less. */
const LONGEST = 86_400_000;

/**
 * By the options object, which is one identity: what was checked by some options, or shown with some client certificate, is of no use to
 * others.
 */
const identities = new WeakMap<TlsOptions, Map<string, readonly Kept[]>>();

/** The sessions of one identity with one server. Only handshakes that passed every check may put theirs here: a resumed one is checked no more. */
export class TlsSessions {
  readonly #servers: Map<string, readonly Kept[]>;
  readonly #server: string;

  constructor(options: TlsOptions, { host, port, name }: TlsServer) {
    this.#servers = identities.get(options) ?? new Map<string, readonly Kept[]>();
    identities.set(options, this.#servers);
    this.#server = JSON.stringify([host.toLowerCase(), port, name.toLowerCase()]);
  }

  /** One to offer, at a time in ms since 1970; undefined: the handshake is a full one. */
  take(now: number): Resumption | undefined {
    const sessions = (this.#servers.get(this.#server) ?? []).filter(({ until }) => until > now);
    const newest = sessions.at(-1);
    this.#put(newest?.once ? sessions.slice(0, -1) : sessions);
    return newest;
  }

  /** `once`: it serves one connection. Used twice, a TLS 1.3 ticket would tie the two together for whoever looks on (RFC 8446 §C.4). */
  keep(resumption: Resumption, { once, now }: { readonly once: boolean; readonly now: number }): void {
    const { session, certificate } = resumption;
    const others = once ? (this.#servers.get(this.#server) ?? []) : [];
    this.#put([...others, { session, certificate, once, until: Math.min(now + LONGEST, certificate.validTo) }].slice(-MOST_TICKETS));
    for (const oldest of this.#servers.keys()) {
      if (this.#servers.size <= MOST_SERVERS) return;
      this.#servers.delete(oldest);
    }
  }

  /** The server failed with one. */
  forget(): void {
    this.#servers.delete(this.#server);
  }

  #put(sessions: readonly Kept[]): void {
    this.#servers.delete(this.#server);
    if (sessions.length > 0) this.#servers.set(this.#server, sessions);
  }
}
