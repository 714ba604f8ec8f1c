import { isIP } from "node:net";
import type { Endpoint } from "./connection.ts";
import { excess, handshakeFailure, type Handshake, type HandshakeCode, type HandshakeEvents, type HandshakeRules } from "./handshake.ts";
import { addressBytes } from "./ip-block.ts";
import type { ProxyCredentials } from "./proxy-hop.ts";
import { joinEndpoint } from "./resolver.ts";

/** Where in the proxy's answers the next byte belongs; the names are those of RFC 1928 and RFC 1929. */
type SocksState =
  | "method-version"
  | "method"
  | "auth-version"
  | "auth-status"
  | "reply-version"
  | "reply"
  | "reserved"
  | "address-type"
  | "address-length"
  | "address"
  | "open";

const VERSION = 5;
/** The version of the negotiation of RFC 1929 §2. */
const AUTH_VERSION = 1;
const NO_AUTHENTICATION = 0;
const USERNAME_PASSWORD = 2;
const NONE_ACCEPTABLE = 0xff;
const CONNECT = 1;
const [IPV4, DOMAIN_NAME, IPV6] = [1, 3, 4];
const PORT_LENGTH = 2;

/** RFC 1928 §6. */
const REPLIES: Readonly<Record<number, string>> = {
  1: "general failure",
  2: "its rules do not allow this connection",
  3: "the target's network is unreachable",
  4: "the target's host is unreachable",
  5: "the target refused the connection",
  6: "the way to the target is too long (TTL expired)",
  7: "it does not know the command CONNECT",
  8: "it does not know addresses of this type",
};

/** The handshake with a SOCKS5 proxy (RFC 1928), with user name and password if there are some (RFC 1929). Names are looked up by the proxy. */
export class SocksReader implements Handshake {
  #state: SocksState = "method-version";
  #remaining = 0;
  readonly #rules: HandshakeRules;
  readonly #events: HandshakeEvents;

  constructor(rules: HandshakeRules, events: HandshakeEvents) {
    this.#rules = rules;
    this.#events = events;
  }

  begin(): void {
    const methods = this.#rules.credentials ? [NO_AUTHENTICATION, USERNAME_PASSWORD] : [NO_AUTHENTICATION];
    this.#events.onSend(Uint8Array.of(VERSION, methods.length, ...methods));
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) this.#state = SocksReader.#STEPS[this.#state](this, byte);
    if (bytes.length > 0 && this.#state === "open") this.#events.onOpen();
  }

  /** One function per state: a byte in, the next state out. */
  static readonly #STEPS: Readonly<Record<SocksState, (reader: SocksReader, byte: number) => SocksState>> = {
    "method-version": (reader, byte) => reader.#version(byte, "method"),
    method: (reader, byte) => reader.#method(byte),
    "auth-version": (reader, byte) => reader.#expected(byte, AUTH_VERSION, "auth-status"),
    "auth-status": (reader, byte) => reader.#authenticated(byte),
    "reply-version": (reader, byte) => reader.#version(byte, "reply"),
    reply: (reader, byte) => reader.#reply(byte),
    reserved: (reader, byte) => reader.#expected(byte, 0, "address-type"),
    "address-type": (reader, byte) => reader.#addressType(byte),
    "address-length": (reader, byte) => reader.#skip(byte + PORT_LENGTH),
    address: (reader) => (--reader.#remaining === 0 ? "open" : "address"),
    open: (reader) => {
      throw excess(reader.#rules.proxy);
    },
  };

  #version(byte: number, next: SocksState): SocksState {
    if (byte !== VERSION)
      throw this.#failure("proxy-failed", "does not answer in SOCKS5. It may be of another kind, such as an HTTP proxy.");
    return next;
  }

  #expected(byte: number, expected: number, next: SocksState): SocksState {
    if (byte !== expected) throw this.#failure("proxy-failed", "breaks the rules of SOCKS5 in its answer.");
    return next;
  }

  #method(byte: number): SocksState {
    const { credentials } = this.#rules;
    if (byte === NO_AUTHENTICATION) return this.#request();
    if (byte === USERNAME_PASSWORD && credentials) return this.#authenticate(credentials);
    if (byte !== NONE_ACCEPTABLE) throw this.#failure("proxy-failed", "chose a way to authenticate that it was not offered.");
    throw this.#failure(
      "proxy-authentication",
      credentials
        ? "accepts neither a user name and a password nor none (SOCKS5 method 255)."
        : "does not let everybody in (SOCKS5 method 255). Give a user name and a password with the proxy.",
    );
  }

  #authenticate({ username, password }: ProxyCredentials): SocksState {
    this.#events.onSend(Uint8Array.of(AUTH_VERSION, ...withLength(username), ...withLength(password)));
    return "auth-version";
  }

  #authenticated(status: number): SocksState {
    if (status !== 0) throw this.#failure("proxy-authentication", "does not accept the user name and password.");
    return this.#request();
  }

  #request(): SocksState {
    const { target } = this.#rules;
    this.#events.onSend(Uint8Array.of(VERSION, CONNECT, 0, ...targetAddress(target), target.port >> 8, target.port & 0xff));
    return "reply-version";
  }

  #reply(code: number): SocksState {
    if (code === 0) return "reserved";
    const words = Object.hasOwn(REPLIES, code) ? REPLIES[code] : "a reason that SOCKS5 has no word for";
    throw this.#failure("proxy-refused", `refused a connection to ${joinEndpoint(this.#rules.target)}: ${words} (SOCKS5 reply ${code}).`);
  }

  /** The address that the proxy connects from says nothing here; it is only passed over. */
  #addressType(type: number): SocksState {
    if (type === IPV4) return this.#skip(4 + PORT_LENGTH);
    if (type === IPV6) return this.#skip(16 + PORT_LENGTH);
    return this.#expected(type, DOMAIN_NAME, "address-length");
  }

  #skip(length: number): SocksState {
    this.#remaining = length;
    return "address";
  }

  #failure(code: HandshakeCode, does: string): Error {
    return handshakeFailure(code, this.#rules.proxy, does);
  }
}

function targetAddress({ host }: Endpoint): readonly number[] {
  const family = isIP(host);
  if (family === 0) return [DOMAIN_NAME, ...withLength(host)];
  return [family === 4 ? IPV4 : IPV6, ...addressBytes(host)];
}

function withLength(text: string): readonly number[] {
  const bytes = Buffer.from(text, "utf8");
  return [bytes.length, ...bytes];
}
