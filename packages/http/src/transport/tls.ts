import { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { HttpFailure } from "../protocol/index.ts";
import { identityFailure } from "./certificate.ts";
import type { TlsOptions } from "./connection.ts";
import { certificateFailure } from "./tls-failure.ts";

/** What a TLS stream tells. */
export interface TlsEvents {
  /** The handshake is over; with `verify: false` also what is wrong with the certificate. */
  readonly open: (problem: HttpFailure | undefined) => void;
  readonly data: (bytes: Uint8Array) => void;
  readonly end: (truncated: boolean) => void;
  readonly drain: () => void;
  readonly error: (error: NodeJS.ErrnoException) => void;
}

/**
 * TLS over a TCP socket whose bytes pass through here. That is what it takes to tell an orderly end (close_notify, RFC 8446 §6.1) from a
 * cut one: Node reports both as "end" when it reads the socket itself.
 */
export class TlsStream {
  readonly #tcp: Socket;
  readonly #tls: TLSSocket;
  readonly #cipherText: Duplex;
  #identity: HttpFailure | undefined;
  #truncated: boolean | undefined;

  constructor(tcp: Socket, target: { host: string; options: TlsOptions; alpn: readonly string[] | undefined }, events: TlsEvents) {
    const { host, options, alpn } = target;
    // Own properties alone: a polluted Object.prototype turns no check off.
    const { servername: name = host, verify }: TlsOptions = Object.assign(Object.create(null), options);
    this.#tcp = tcp;
    this.#cipherText = this.#duplex();
    this.#tls = connect({
      socket: this.#cipherText,
      secureContext: secureContext(options),
      rejectUnauthorized: verify !== false,
      // As strong as the certificate's own key must be.
      ...(verify !== false && { minDHSize: 2048 }),
      checkServerIdentity: (_, certificate) => (this.#identity = identityFailure(name, certificate)),
      // SNI carries names only, never addresses (RFC 6066 §3).
      ...(isIP(name) === 0 ? { servername: name.replace(/\.$/, "") } : {}),
      ...(alpn ? { ALPNProtocols: [...alpn] } : {}),
    });
    this.#listen(events);
  }

  #listen(events: TlsEvents): void {
    this.#tls.once("secureConnect", () => events.open(this.#problem()));
    this.#tls.on("data", events.data);
    this.#tls.on("drain", events.drain);
    this.#tls.on("error", events.error);
    this.#tls.once("end", () => events.end(this.#truncated ?? false));
    this.#watchEnd();
  }

  /**
   * The end of TLS is pushed into the TLS socket while the record that announces it is decrypted, or when there is no cipher text any more.
   * Whichever comes first tells an orderly end from a cut; the "end" events come too late for that.
   */
  #watchEnd(): void {
    let cipherTextEnded = false;
    // Before TLS itself hears of it.
    this.#cipherText.prependListener("end", () => {
      cipherTextEnded = true;
    });
    const push = this.#tls.push.bind(this.#tls);
    this.#tls.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (chunk === null) this.#truncated ??= cipherTextEnded;
      return push(chunk, encoding);
    };
  }

  #problem(): HttpFailure | undefined {
    // Node's types say Error; what it holds is a code such as "CERT_HAS_EXPIRED", or null.
    const code: unknown = this.#tls.authorizationError;
    return this.#identity ?? (typeof code === "string" ? certificateFailure(code) : undefined);
  }

  #duplex(): Duplex {
    const tcp = this.#tcp;
    return new Duplex({
      read: () => void tcp.resume(),
      // A failed write is told by the TCP socket itself, once what came before it has been read.
      write: (chunk: Uint8Array, _encoding, done) =>
        void tcp.write(chunk, (error) => {
          if (!error) done();
        }),
      final: (done) => void tcp.end(done),
    });
  }

  /** Bytes from the TCP socket; they are copied. */
  receive(bytes: Uint8Array): void {
    if (!this.#cipherText.push(Buffer.from(bytes))) this.#tcp.pause();
  }

  /** The TCP socket has ended. */
  receiveEnd(): void {
    if (!this.#cipherText.destroyed) this.#cipherText.push(null);
  }

  write(data: Uint8Array | string): boolean {
    return typeof data === "string" ? this.#tls.write(data, "latin1") : this.#tls.write(data);
  }

  pause(): void {
    this.#tls.pause();
  }

  resume(): void {
    this.#tls.resume();
  }

  end(): void {
    this.#tls.end();
  }

  destroy(): void {
    this.#tls.destroy();
    this.#cipherText.destroy();
    this.#tcp.destroy();
  }
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
