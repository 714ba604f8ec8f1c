import type { Answer } from "../exchange/answer.ts";
import type { Call } from "../exchange/call.ts";
import { isReplayable } from "../request/request-body.ts";
import { addFields, type WireRequest } from "../request/wire-request.ts";
import { parseChallenges } from "./challenges.ts";
import { digestAuthorization, digestChallenge, type Credentials, type DigestChallenge } from "./digest-response.ts";
import type { Send } from "./send.ts";

/** Sendings of one request: without a nonce or with an old one, with a new one, and once more when that was too old already. */
const MAX_SENDINGS = 3;

const NO_BODY = new Uint8Array(0);

/** A nonce of a server, while it is in use. */
class DigestSession {
  readonly credentials: Credentials;
  #challenge: DigestChallenge;
  #count = 0;
  #cnonce = newNonce();

  constructor(challenge: DigestChallenge, credentials: Credentials) {
    this.#challenge = challenge;
    this.credentials = credentials;
  }

  /** With the next number of the nonce. What a body in memory is not, `auth-int` cannot cover. */
  authorise(request: WireRequest): WireRequest {
    // The first nonces of a session stand for all of it (RFC 7616 §3.4.2); else each request has one of its own.
    if (!this.#challenge.session) this.#cnonce = newNonce();
    const body = request.body instanceof Uint8Array ? request.body : NO_BODY;
    const facts = { method: request.method, uri: request.url.target, body, cnonce: this.#cnonce, count: ++this.#count };
    return addFields(request, [["Authorization", digestAuthorization(this.#challenge, this.credentials, facts)]]);
  }

  suits(request: WireRequest): boolean {
    return this.#challenge.qop !== "auth-int" || isInMemory(request);
  }

  /** The server may name the nonce that it wants next (RFC 7616 §3.5). */
  heed(answer: Answer): void {
    const info = answer.head.fields.getAll("authentication-info").map((text) => `digest ${text}`);
    const nonce = parseChallenges(info)[0]?.parameters.get("nextnonce");
    if (nonce === undefined) return;
    this.#challenge = { ...this.#challenge, nonce };
    this.#count = 0;
    this.#cnonce = newNonce();
  }
}

const newNonce = (): string => crypto.randomUUID().replaceAll("-", "");

const isInMemory = ({ body }: WireRequest): boolean => body === undefined || body instanceof Uint8Array;

/** The nonces that a client's servers have given it, by origin: with one a request is authorised at once. */
export class DigestSessions {
  readonly #byOrigin = new Map<string, DigestSession>();
  readonly #maximum: number;

  /** `maximum`: origins that are remembered; the one that was not used for the longest time is forgotten. */
  constructor(maximum = 256) {
    this.#maximum = maximum;
  }

  find(origin: string, { username, password }: Credentials): DigestSession | undefined {
    const session = this.#byOrigin.get(origin);
    return session?.credentials.username === username && session.credentials.password === password ? session : undefined;
  }

  keep(origin: string, session: DigestSession): void {
    this.#byOrigin.delete(origin);
    this.#byOrigin.set(origin, session);
    for (const [oldest] of this.#byOrigin) if (this.#byOrigin.size > this.#maximum) this.#byOrigin.delete(oldest);
  }

  forget(origin: string): void {
    this.#byOrigin.delete(origin);
  }
}

/**
 * Answers a 401 that asks for Digest (RFC 7616), for the origin alone that the call began with. A body that cannot be sent twice has the 401 for its answer,
 * unless an earlier request has brought a nonce. A wrong password ends with the 401 of the server.
 */
export function withDigest(send: Send, credentials: Credentials, sessions: DigestSessions): Send {
  return async (request, call) => {
    const origin = originOf(request.url.href);
    if (isAuthorised(request) || hasLeft(origin, call)) return send(request, call);
    const known = sessions.find(origin, credentials);
    let session = known?.suits(request) ? known : undefined;
    for (let sendings = 1; ; sendings++) {
      const answer = await send(session ? session.authorise(request) : request, call);
      if (answer.head.status !== 401) {
        session?.heed(answer);
        if (session) sessions.keep(origin, session);
        return answer;
      }
      sessions.forget(origin);
      const challenge = digestChallenge(answer.head.fields.getAll("www-authenticate"), isInMemory(request));
      // A nonce from an earlier request may have become too old without a word; one that has just come has not.
      const refused = session !== undefined && session !== known && !challenge?.stale;
      if (!challenge || refused || sendings === MAX_SENDINGS || !isReplayable(request.body)) return answer;
      answer.body.abandon();
      session = new DigestSession(challenge, credentials);
    }
  };
}

const isAuthorised = ({ fields }: WireRequest): boolean => fields.some(([name]) => name.toLowerCase() === "authorization");

/** Scheme, host and port as they stand in an absolute URL, which every URL here is. */
const originOf = (href: string): string => /^[^/]*\/\/[^/?#]*/.exec(href)?.[0].toLowerCase() ?? "";

/** Who was sent away to another origin is not known any more, not even back at the first. */
function hasLeft(origin: string, { first, attempts }: Call): boolean {
  return origin !== originOf(first.href) || attempts.some(({ url }) => originOf(url) !== origin);
}
