import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect, createSecureContext, type PeerCertificate, type SecureContext, type TLSSocket } from "node:tls";
import { HttpFailure } from "../protocol/index.ts";
import { identityFailure } from "./certificate.ts";
import type { Endpoint, TlsFacts, TlsOptions } from "./connection.ts";
import { CipherText } from "./cipher-text.ts";
import type { Carrier, Layer } from "./layer.ts";
import { tlsFacts } from "./tls-facts.ts";
import { certificateFailure } from "./tls-failure.ts";
import { pinFailure } from "./tls-pin.ts";
import { UNSET, UNSET_TLS } from "./unset.ts";
import { TlsSessions, type Resumption, type ShownCertificate } from "./tls-session.ts";

/** What a TLS stream tells. */
export interface TlsEvents {
  /** The handshake is over; with `verify: false` also what is wrong with the certificate. */
  readonly open: (problem: HttpFailure | undefined) => void;
  readonly data: (bytes: Uint8Array) => void;
  readonly end: (truncated: boolean) => void;
  readonly drain: () => void;
  readonly error: (error: NodeJS.ErrnoException) => void;
}

/** Who is to be on the other side, and what is asked of them. */
export interface TlsTarget extends Endpoint {
  readonly options: TlsOptions;
  readonly alpn: readonly string[] | undefined;
}

/**
 * TLS over a socket, or over TLS with a proxy, whose bytes pass through here. That is what it takes to tell an orderly end (close_notify,
 * RFC 8446 §6.1) from a cut one: Node reports both as "end" when it reads the socket itself.
 */
export class TlsStream implements Layer {
  readonly #carrier: Carrier;
  readonly #tls: TLSSocket;
  readonly #cipherText: CipherText;
  #identity: HttpFailure | undefined;
  #truncated: boolean | undefined;
  #certificate: ShownCertificate | undefined;
  #security: TlsFacts | undefined;
  /** Undefined when nothing is verified: such a handshake must serve no other. */
  readonly #sessions: TlsSessions | undefined;
  readonly #offered: Resumption | undefined;

  constructor(carrier: Carrier, { host, port, options, alpn }: TlsTarget, events: TlsEvents) {
    // Own properties alone: a polluted Object.prototype turns no check off.
    const { servername: name = host, verify, pin }: TlsOptions = Object.assign(Object.create(null), options);
    this.#sessions = verify === false ? undefined : new TlsSessions(options, { host, port, name });
    this.#offered = this.#sessions?.take(Date.now());
    this.#carrier = carrier;
    this.#cipherText = new CipherText(carrier);
    this.#tls = connect({
      ...UNSET,
      ...UNSET_TLS,
      socket: this.#cipherText,
      secureContext: secureContext(options),
      rejectUnauthorized: verify !== false,
      // As strong as the certificate's own key must be.
      ...(verify !== false && { minDHSize: 2048 }),
      checkServerIdentity: (_, certificate) => {
        this.#certificate = shownCertificate(certificate);
        return (this.#identity = identityFailure(name, certificate));
      },
      ...(this.#offered && { session: this.#offered.session }),
      // SNI carries names only, never addresses (RFC 6066 §3).
      ...(isIP(name) === 0 ? { servername: name.replace(/\.$/, "") } : {}),
      ...(alpn ? { ALPNProtocols: [...alpn] } : {}),
    });
    this.#listen(events, pin);
  }

  #listen(events: TlsEvents, pins: readonly string[] | undefined): void {
    this.#tls.once("secureConnect", () => {
      const { der } = this.#serverCertificate() ?? {};
      const unpinned = pinFailure(pins, der);
      if (unpinned) return events.error(unpinned);
      this.#security = tlsFacts(this.#tls, der);
      events.open(this.#problem());
    });
    this.#tls.on("session", (session) => this.#keepSession(session));
    // A server that fails with a session gets a full handshake the next time.
    this.#tls.once("close", () => {
      if (this.#offered && !this.#security) this.#sessions?.forget();
    });
    this.#tls.on("data", events.data);
    this.#tls.on("drain", events.drain);
    this.#tls.on("error", events.error);
    this.#tls.once("end", () => events.end(this.#truncated ?? false));
    this.#watchEnd();
  }

  /** What the server has shown. A resumed handshake shows nothing: it stands on the one before. */
  #serverCertificate(): ShownCertificate | undefined {
    if (this.#tls.isSessionReused()) return this.#offered?.certificate;
    // Node does not have the identity checked when the chain is wrong already.
    return (this.#certificate ??= shownCertificate(this.#tls.getPeerCertificate()));
  }

  /** Sessions come behind the handshake (RFC 8446 §4.6.1), and are worth what its checks were: those must all have passed. */
  #keepSession(session: Buffer): void {
    const certificate = this.#serverCertificate();
    if (!this.#security || !certificate) return;
    this.#sessions?.keep({ session, certificate }, { once: this.#security.version === "TLSv1.3", now: Date.now() });
  }

  get security(): TlsFacts | undefined {
    return this.#security;
  }

  /**
   * The end of TLS is pushed into the TLS socket while the record that announces it is decrypted, or when there is no cipher text any more.
   * Whichever comes first tells an orderly end from a cut; the "end" events come too late for that.
   */
  #watchEnd(): void {
    const push = this.#tls.push.bind(this.#tls);
    this.#tls.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (chunk === null) this.#truncated ??= this.#cipherText.ended;
      return push(chunk, encoding);
    };
  }

  #problem(): HttpFailure | undefined {
    // Node's types say Error; what it holds is a code such as "CERT_HAS_EXPIRED", or null.
    const code: unknown = this.#tls.authorizationError;
    return this.#identity ?? (typeof code === "string" ? certificateFailure(code) : undefined);
  }

  /** Bytes from the carrier; they are copied. */
  receive(bytes: Uint8Array): void {
    this.#cipherText.receive(bytes);
  }

  /** The carrier has ended. */
  receiveEnd(): void {
    this.#cipherText.receiveEnd();
  }

  write(data: Uint8Array | string, done?: (error?: Error | null) => void): boolean {
    return typeof data === "string" ? this.#tls.write(data, "latin1", done) : this.#tls.write(data, done);
  }

  pause(): void {
    this.#tls.pause();
  }

  resume(): void {
    this.#tls.resume();
  }

  end(done?: () => void): void {
    this.#tls.end(done);
  }

  destroy(): void {
    this.#tls.destroy();
    this.#cipherText.destroy();
    this.#carrier.destroy();
  }
}

/** Node gives an object without properties when there is none. */
function shownCertificate({ raw, valid_to: validTo }: Partial<PeerCertificate>): ShownCertificate | undefined {
  return raw && validTo !== undefined ? { der: raw, validTo: Date.parse(validTo) } : undefined;
}

/** A context holds parsed certificates and keys: made once for each options object. */
const contexts = new WeakMap<TlsOptions, SecureContext>();

function secureContext(options: TlsOptions): SecureContext {
  const known = contexts.get(options);
  if (known) return known;
  const context = createContext(Object.assign(Object.create(null), options));
  contexts.set(options, context);
  return context;
}

function createContext({ ca, cert, key }: TlsOptions): SecureContext {
  try {
    if (ca !== undefined) checkCertificates("ca", pem(ca));
    if (cert !== undefined) checkCertificates("cert", pem(cert));
    // OpenSSL takes one without the other, and then shows no certificate.
    if ((cert === undefined) !== !key?.length) throw new Error("cert and key come together");
    const given = { ca: ca && pem(ca), cert: cert && pem(cert), key: key && pem(key) };
    // Node reads the prototype's properties too.
    return createSecureContext(Object.assign(Object.create(null), { minVersion: "TLSv1.2", ...given }));
  } catch (error) {
    const reason = `the TLS options cannot be used: ${error instanceof Error ? error.message : String(error)}. ca, cert and key are PEM texts, and key belongs to cert.`;
    throw new HttpFailure("tls-options", { phase: "tls", reason, cause: error });
  }
}

/** Node takes a ca without any certificate in it for an empty list, and an empty text for the built-in ones: neither is what was meant. */
function checkCertificates(option: string, list: readonly (string | Buffer)[]): void {
  if (list.length === 0) throw new Error(`${option} is an empty list`);
  list.forEach((item) => new X509Certificate(item));
}

function pem(value: string | Uint8Array | readonly (string | Uint8Array)[]): (string | Buffer)[] {
  const list = typeof value === "string" || value instanceof Uint8Array ? [value] : value;
  return list.map((item) => (typeof item === "string" ? item : Buffer.from(item)));
}
