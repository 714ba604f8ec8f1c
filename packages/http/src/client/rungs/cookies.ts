import type { Answer } from "../exchange/answer.ts";
import type { Call } from "../exchange/call.ts";
import { whileCallLasts } from "../exchange/pause.ts";
import { callbackFailure } from "../errors/callback-failure.ts";
import { checkedField } from "../request/checked-field.ts";
import { addFields, type WireRequest } from "../request/wire-request.ts";
import type { Send } from "./send.ts";

/** Where cookies are kept. tough-cookie's `CookieJar` is one; both functions may answer at once or with a promise. */
export interface CookieJar {
  /** The value of the header Cookie for a URL; empty when there are none. What it throws ends the call with `callback-failed`. */
  getCookieString(url: string): string | Promise<string>;
  /** Takes one Set-Cookie that came from a URL. What it throws means that it does not want that cookie. */
  setCookie(cookie: string, url: string): unknown;
}

/** Cookies of one answer that are offered to the jar (a server may send any number). */
const MAX_COOKIES = 100;

/** Each hop gets the cookies that are for it, and the jar is told what comes back before anybody else sees the answer. */
export function withCookies(send: Send, jar: CookieJar): Send {
  return async (request, call) => {
    const answer = await send(await withJarCookies(request, jar, call), call);
    try {
      await whileCallLasts(call, toJar(jar, request.url.href, answer), { phase: "headers", words: "while its cookies were kept" });
      return answer;
    } catch (error) {
      // The call is over, and its answer with it.
      throw call.told(error, answer.exchange.status);
    }
  };
}

async function withJarCookies(request: WireRequest, jar: CookieJar, call: Call): Promise<WireRequest> {
  // One that was set by hand is the program's own business.
  if (request.fields.some(([name]) => name.toLowerCase() === "cookie")) return request;
  const cookies = await fromJar(jar, request.url.href, call);
  // A jar keeps what servers say: it must not break its line.
  const field = checkedField(["Cookie", cookies]);
  return field[1] === "" ? request : addFields(request, [field]);
}

async function fromJar(jar: CookieJar, url: string, call: Call): Promise<string> {
  const where = { phase: "request", words: "while its cookies were looked up" } as const;
  try {
    const cookies: unknown = await whileCallLasts(call, Promise.resolve(jar.getCookieString(url)), where);
    if (typeof cookies !== "string") throw new TypeError("getCookieString gave no string");
    return cookies;
  } catch (cause) {
    throw callbackFailure("the cookie jar", "request", cause);
  }
}

async function toJar(jar: CookieJar, url: string, { head }: Answer): Promise<void> {
  for (const cookie of head.fields.getAll("set-cookie").slice(0, MAX_COOKIES)) {
    try {
      await jar.setCookie(cookie, url);
    } catch {
      // A jar refuses cookies for other hosts, and what is no cookie; the answer is none the worse.
    }
  }
}
