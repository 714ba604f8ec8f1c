import { HttpFailure, ResponseReader, type Fields, type ResponseHead, type ResponseLimits } from "../protocol/index.ts";
import { excess, handshakeFailure, type Handshake, type HandshakeEvents, type HandshakeRules } from "./handshake.ts";
import { basicCredentials } from "./proxy-hop.ts";
import { joinEndpoint } from "./resolver.ts";

/** A proxy's answer has a head and nothing else to say. */
const LIMITS: Partial<ResponseLimits> = { maxHeadSize: 16_384, maxFields: 100, maxInterim: 8, maxInterimSize: 16_384 };

/** What a refusal means, where its status says more than that it is one (RFC 9110 §15, RFC 9209 on what gateways run into). */
const REFUSALS: Readonly<Record<number, string>> = {
  400: "it takes the request for malformed",
  403: "it does not allow this target",
  404: "it knows no such target",
  405: "it does not allow CONNECT: it may be a web server",
  429: "it has been asked too often",
  500: "it has a problem of its own",
  501: "it does not know CONNECT: it may be a web server",
  502: "it could not reach the target",
  503: "it, or the target, is overloaded or down",
  504: "the target did not answer it in time",
};

/** The handshake with an HTTP proxy (RFC 9110 §9.3.6): one CONNECT, one answer. */
export class ConnectReader implements Handshake {
  readonly #rules: HandshakeRules;
  readonly #events: HandshakeEvents;
  readonly #reader: ResponseReader;
  #complete = false;

  constructor(rules: HandshakeRules, events: HandshakeEvents) {
    this.#rules = rules;
    this.#events = events;
    this.#reader = new ResponseReader(
      { onHead: (head) => this.#answered(head), onData: () => {}, onComplete: () => (this.#complete = true) },
      { method: "CONNECT", limits: LIMITS },
    );
  }

  /** The head is made of the target and the credentials alone: nothing of the request that is to follow is the proxy's business. */
  begin(): void {
    const { target, credentials } = this.#rules;
    const authority = joinEndpoint(target);
    const proof = credentials ? `Proxy-Authorization: ${basicCredentials(credentials)}\r\n` : "";
    this.#events.onSend(Buffer.from(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${proof}\r\n`, "latin1"));
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    try {
      this.#reader.push(bytes);
    } catch (error) {
      throw this.#translated(error);
    }
    if (!this.#complete) return;
    if (this.#reader.excess) throw excess(this.#rules.proxy);
    this.#events.onOpen();
  }

  #answered({ status, fields }: ResponseHead): void {
    const { proxy, credentials } = this.#rules;
    if (status >= 200 && status < 300) return;
    if (status === 407) throw handshakeFailure("proxy-authentication", proxy, unauthenticated(fields, credentials !== undefined));
    const why = Object.hasOwn(REFUSALS, status) ? `: ${REFUSALS[status]}` : "";
    throw handshakeFailure("proxy-refused", proxy, `refused a tunnel to ${joinEndpoint(this.#rules.target)} with ${status}${why}.`);
  }

  #translated(error: unknown): unknown {
    if (!(error instanceof HttpFailure) || error.code.startsWith("proxy-")) return error;
    const { proxy } = this.#rules;
    if (error.code === "head-too-large") {
      return handshakeFailure(
        "proxy-failed",
        proxy,
        `answers CONNECT with more than the ${LIMITS.maxHeadSize} bytes or ${LIMITS.maxFields} lines that a head may have.`,
      );
    }
    return handshakeFailure(
      "proxy-failed",
      proxy,
      "does not answer CONNECT in HTTP/1.1. Is it an HTTP proxy, and is TLS with it as it should be?",
    );
  }
}

/** Names of schemes that may be told (IANA's registry, and Microsoft's); anything else could be what the proxy was sent. */
const SCHEMES = ["Basic", "Bearer", "Digest", "Kerberos", "Negotiate", "NTLM"];

function unauthenticated(fields: Fields, given: boolean): string {
  const challenges = fields.getAll("proxy-authenticate").join(", ").toLowerCase();
  const asked = SCHEMES.filter((scheme) => new RegExp(`(?:^|,)\\s*${scheme.toLowerCase()}(?:[\\s,]|$)`).test(challenges));
  if (asked.length > 0 && !asked.includes("Basic")) return `asks for ${asked.join(" or ")} (407); only Basic is known here.`;
  return given
    ? "does not accept the user name and password (407)."
    : "asks for a user name and a password (407). Give them with the proxy.";
}
