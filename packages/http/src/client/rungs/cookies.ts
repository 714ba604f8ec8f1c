import type { Answer } from "../exchange/answer.ts";
import type { Call } from "../exchange/call.ts";
import { whileCallLasts } from "../exchange/pause.ts";
import { addFields } from "../request/wire-request.ts";
import { callbackFailure } from "./hooks.ts";
import type { Send } from "./send.ts";

/** Where cookies are kept. tough-cookie's `CookieJar` is one; both functions may answer at once or with a promise. */
export interface CookieJar {
  /** The value of the header Cookie for a URL; empty when there are none. */
  getCookieString(url: string): string | Promise<string>;
  /** Takes one Set-Cookie that came from a URL. What it throws means that it does not want that cookie. */
  setCookie(cookie: string, url: string): unknown;
}

/** Cookies of one answer that are offered to the jar (a server may send any number). */
const MAX_COOKIES = 100;

/** Each hop gets the cookies that are for it, and the jar is told what comes back before anybody else sees the answer. */
export function withCookies(send: Send, jar: CookieJar): Send {
  return async (request, call) => {
    const url = request.url.href;
    const cookies = await fromJar(jar, url, call);
    // One that was set by hand is the program's own business.
    const own = request.fields.some(([name]) => name.toLowerCase() === "cookie");
    const answer = await send(cookies === "" || own ? request : addFields(request, [["Cookie", cookies]]), call);
    await whileCallLasts(call, toJar(jar, url, answer), "while its cookies were kept");
    return answer;
  };
}

async function fromJar(jar: CookieJar, url: string, call: Call): Promise<string> {
  try {
    const cookies = await whileCallLasts(call, Promise.resolve(jar.getCookieString(url)), "while its cookies were looked up");
    if (typeof cookies !== "string") throw new TypeError("getCookieString gave no string");
    return cookies;
  } catch (cause) {
    throw callbackFailure("the cookie jar", cause);
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
