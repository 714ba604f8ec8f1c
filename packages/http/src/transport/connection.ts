import type { HttpFailure } from "../protocol/index.ts";
import type { Clock } from "./clock.ts";
import type { ProxyHop } from "./proxy-hop.ts";

/** A port on a host, before any lookup. */
export interface Endpoint {
  /** A name or an IP address; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** One address that a name stands for. */
export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** What TLS needs to know. */
export interface TlsOptions {
  /** Refuse certificates that do not verify. Default true. When false they are accepted and {@link Connection.certificateProblem} says what is wrong. */
  readonly verify?: boolean | undefined;
  /** Trusted certificates (PEM) in place of the built-in ones. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** The client's certificate chain (PEM). */
  readonly cert?: string | Uint8Array | undefined;
  /** The client's private key (PEM). */
  readonly key?: string | Uint8Array | undefined;
  /**
   * Public keys that the server's own certificate may have, as curl's `--pinnedpubkey`: `sha256//` and the Base64 of the SHA-256 hash of its
   * SubjectPublicKeyInfo (RFC 7469 §2.4). Looked at in addition to all else, and with `verify: false` too. Default: any key.
   */
  readonly pin?: readonly string[] | undefined;
  /** The name for SNI and for the certificate check. Default: the host. */
  readonly servername?: string | undefined;
}

/** The server's own certificate, in Node's words where not said otherwise. */
export interface CertificateFacts {
  /** The subject's; it counts for nothing. */
  readonly commonName: string | undefined;
  /** Such as `DNS:example.com, IP Address:192.0.2.1`. */
  readonly subjectAltName: string | undefined;
  /** One attribute a line, such as `CN=An authority`. */
  readonly issuer: string;
  /** ISO 8601. */
  readonly validFrom: string;
  readonly validTo: string;
  /** SHA-256 of the certificate: hexadecimal, in pairs between colons. */
  readonly fingerprint256: string;
  /** Hexadecimal. */
  readonly serialNumber: string;
}

/** What a TLS handshake came to. */
export interface TlsFacts {
  /** "TLSv1.2" or "TLSv1.3". */
  readonly version: string;
  /** IANA's name, such as "TLS_AES_256_GCM_SHA384". */
  readonly cipher: string;
  /** The protocol that was agreed on (RFC 7301). */
  readonly alpn: string | undefined;
  /** Whether an earlier handshake was taken up again; the certificate is that one's. */
  readonly resumed: boolean;
  readonly certificate: CertificateFacts | undefined;
}

/** Finds the addresses of a name. The callback gets Node's error or at least one address. */
export type Lookup = (host: string, callback: (error: NodeJS.ErrnoException | null, addresses: readonly Address[]) => void) => void;

/** Where to connect, and how. */
export interface DialOptions extends Endpoint {
  /** TLS from the first byte; without it plain TCP. */
  readonly tls?: TlsOptions | undefined;
  /** `"host:port"` to `"host:port"`, as curl's `--connect-to`: only the address changes, the names in TLS stay. */
  readonly connectTo?: Readonly<Record<string, string>> | undefined;
  /** Default: the system's getaddrinfo. */
  readonly lookup?: Lookup | undefined;
  /** The IP address of this machine to connect from. Default: the system's choice. */
  readonly localAddress?: string | undefined;
  /** A Unix socket (on Windows a named pipe) to connect to in place of host and port, which TLS takes its names from all the same. */
  readonly socketPath?: string | undefined;
  /** A proxy to go through. It is what `lookup` is asked about; the target's name is looked up by the proxy. */
  readonly proxy?: ProxyHop | undefined;
  /** Protocols to offer in TLS (RFC 7301). Default: none. */
  readonly alpn?: readonly string[] | undefined;
  /**
   * "public": connect to public addresses alone, as {@link isPublicAddress} knows them: not to this machine, its networks, or a cloud's
   * metadata service. What is checked is what is connected to, after lookup and `connectTo`; a name with any other address is refused whole.
   */
  readonly guard?: "public" | undefined;
  readonly clock?: Clock | undefined;
}

/** The steps of getting connected, in order. With a proxy the first two are about it, and all that is said to it belongs to "connect". */
export type DialStep = "dns" | "connect" | "tls";

/** What a connection tells its owner. After `onError`, or after `destroy()`, nothing more is called. */
export interface ConnectionHandlers {
  /** A step of connecting begins. */
  readonly onStep?: ((step: DialStep) => void) | undefined;
  /** Ready to write; called once. */
  readonly onOpen: () => void;
  /** Bytes from the peer, in a buffer that is used again: copy what must outlive the call. */
  readonly onData: (bytes: Uint8Array) => void;
  /** Everything written has left for the kernel, after `write` returned false. */
  readonly onDrain?: (() => void) | undefined;
  /** The peer will send no more. `truncated`: TLS ended without close_notify, so bytes may be missing. */
  readonly onEnd: (truncated: boolean) => void;
  /** The connection failed or could not be made. */
  readonly onError: (failure: HttpFailure) => void;
}

/** A connection, plain or with TLS, from the moment it is asked for. */
export interface Connection {
  /** Sends bytes, or a latin1 string. False: wait for `onDrain` before sending more. */
  write(data: Uint8Array | string): boolean;
  /**
   * Asks before each read where its bytes are to go, so that a large body need not be copied: `onData` then gets a view of that place. What
   * has no length, or undefined: the buffer that is used again. Takes effect after the next read at the latest; without one, or behind TLS
   * and proxies, nothing is asked.
   */
  readInto(place: (() => Uint8Array | undefined) | undefined): void;
  /** Stops `onData`; the peer is slowed down by TCP. */
  pause(): void;
  resume(): void;
  /** Sends FIN after what is written; the peer may go on sending. */
  end(): void;
  /** Lets the process end although the connection is open, and takes that back. */
  unref(): void;
  ref(): void;
  /** Closes at once, in any state; nothing is called afterwards. */
  destroy(): void;
  /** The address really connected to, once connected: with a proxy the proxy's, with a Unix socket none. */
  readonly peer: Endpoint | undefined;
  readonly local: Endpoint | undefined;
  /** With `verify: false`: why the certificate would have been refused, or undefined when it is fine. Known once open. */
  readonly certificateProblem: HttpFailure | undefined;
  /** Of TLS; known once open, and after the end too. */
  readonly security: TlsFacts | undefined;
}
