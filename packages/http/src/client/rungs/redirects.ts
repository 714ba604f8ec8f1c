import { HttpFailure, type FailureCode } from "../../protocol/index.ts";
import type { Answer } from "../exchange/answer.ts";
import type { Call } from "../exchange/call.ts";
import type { WireRequest } from "../request/wire-request.ts";
import { tellRedirect } from "../seeing/events.ts";
import { runHook, type Hooks } from "./hooks.ts";
import { redirectedRequest, redirectLocation, type RedirectSafety } from "./redirected-request.ts";
import type { Send } from "./send.ts";

/** What becomes of a redirect. */
export interface RedirectRules extends RedirectSafety {
  readonly mode: "follow" | "error";
  readonly maximum: number;
  readonly hook: Hooks["beforeRedirect"];
}

/** Follows redirects (RFC 9110 §15.4) until there is another answer. */
export function withRedirects(send: Send, rules: RedirectRules): Send {
  return async (first, call) => {
    let request = first;
    // Not those of the whole call: a download that is continued follows the same ones anew.
    for (let followed = 0; ; followed++) {
      const answer = await send(request, call);
      if (redirectLocation(answer.head) === undefined) return answer;
      // Not the request of the answer: what the rungs below have added, such as cookies, was for that hop alone.
      request = await next(request, answer, { rules, call, followed });
    }
  };
}

async function next(
  request: WireRequest,
  { head, body, exchange }: Answer,
  { rules, call, followed }: { rules: RedirectRules; call: Call; followed: number },
): Promise<WireRequest> {
  // Before the connection is closed, which may be now: then nobody knows its peer any more.
  const { status } = exchange;
  body.abandon();
  try {
    refuseMore(head.status, rules, followed);
    const redirected = redirectedRequest(request, head, rules);
    const { hook } = rules;
    const { method, url } = redirected;
    const turn = { status: head.status, from: request.url.href, to: url.href, method };
    if (hook) await runHook(call, "beforeRedirect", () => hook(turn));
    tellRedirect(call, turn);
    call.redirect();
    return redirected;
  } catch (error) {
    throw call.told(error, status);
  }
}

function refuseMore(status: number, { mode, maximum }: RedirectRules, followed: number): void {
  if (mode === "error") throw fault("redirect-refused", `the server redirects with ${status}, and redirect is "error".`);
  if (followed >= maximum)
    throw fault("too-many-redirects", `the server redirected more than ${maximum} times, the limit; it may be a loop.`);
}

const fault = (code: FailureCode, reason: string): HttpFailure => new HttpFailure(code, { phase: "redirect", reason });
