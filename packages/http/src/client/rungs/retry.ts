import type { Answer } from "../exchange/answer.ts";
import type { Call } from "../exchange/call.ts";
import { pause } from "../exchange/pause.ts";
import { isHttpError, type HttpError, type RequestStatus } from "../errors/http-error.ts";
import { isReplayable } from "../request/request-body.ts";
import type { WireRequest } from "../request/wire-request.ts";
import { tellRetry } from "../seeing/events.ts";
import { runHook, type Hooks } from "./hooks.ts";
import { backoff, retryAfter, type RetryRules } from "./retry-rules.ts";
import type { Send } from "./send.ts";

/** How a sending has ended, and where it stood then. */
type Outcome = { readonly status: RequestStatus } & (
  | { readonly answer: Answer; readonly error?: undefined }
  | { readonly answer?: undefined; readonly error: HttpError }
);

/** A repetition that is due. */
interface Repetition {
  readonly number: number;
  /** Milliseconds. */
  readonly delay: number;
  readonly hook: Hooks["beforeRetry"];
}

/** Sends again what failed, by the rules: never what may not be sent twice. */
export function withRetries(send: Send, rules: RetryRules, hook?: Hooks["beforeRetry"]): Send {
  const methods = new Set(rules.methods.map((method) => method.toUpperCase()));
  return async (request, call) => {
    // How often is said of those alone that may be sent again.
    const limit = methods.has(request.method.toUpperCase()) && isReplayable(request.body) ? rules.limit : 0;
    for (let number = 1; ; number++) {
      call.retriesLeft = limit + 1 - number;
      const outcome = await outcomeOf(send, request, call);
      const delay = number <= limit ? delayOf(outcome, number, { rules, call }) : undefined;
      if (delay !== undefined) await prepare(outcome, request, { call, repetition: { number, delay, hook } });
      else if (outcome.answer) return outcome.answer;
      else throw outcome.error;
    }
  };
}

/** Errors that are none of a request pass through. */
async function outcomeOf(send: Send, request: WireRequest, call: Call): Promise<Outcome> {
  try {
    const answer = await send(request, call);
    // Now: when the connection is closed nobody knows its peer any more.
    return { answer, status: answer.exchange.status };
  } catch (error) {
    if (!isHttpError(error)) throw error;
    return { error, status: error };
  }
}

/** Milliseconds to wait; undefined when this is the end. */
function delayOf({ answer, error }: Outcome, number: number, { rules, call }: { rules: RetryRules; call: Call }): number | undefined {
  if (error) return rules.codes.includes(error.code) ? withinTime(call, backoff(rules, number, Math.random())) : undefined;
  if (!rules.statuses.includes(answer.head.status)) return undefined;
  const asked = retryAfter(answer.head.fields, Date.now());
  if (asked === undefined) return withinTime(call, backoff(rules, number, Math.random()));
  return asked <= rules.maxRetryAfter ? withinTime(call, asked) : undefined;
}

/** What could only end in the deadline is not begun: the answer, or the error, says more. */
const withinTime = (call: Call, delay: number): number | undefined =>
  call.elapsed + delay < call.setup.timeouts.total ? delay : undefined;

/** Lets the answer go, tells the hook, and waits. */
async function prepare(
  { answer, error, status }: Outcome,
  { method, url }: WireRequest,
  { call, repetition: { number, delay, hook } }: { call: Call; repetition: Repetition },
): Promise<void> {
  answer?.body.abandon();
  const turn = { method, url: url.href, repetition: number, delay, error, status: answer?.head.status };
  try {
    if (hook) await runHook(call, "beforeRetry", () => hook(turn));
    tellRetry(call, turn);
    await pause(call, delay, { phase: "request", words: "while it waited to be sent again" });
  } catch (failure) {
    throw call.told(failure, status);
  }
}
