import type { Answer } from "../exchange/answer.ts";
import type { Call } from "../exchange/call.ts";
import { pause } from "../exchange/pause.ts";
import { isHttpError, type HttpError } from "../errors/http-error.ts";
import { isReplayable } from "../request/request-body.ts";
import type { WireRequest } from "../request/wire-request.ts";
import { runHook, type Hooks } from "./hooks.ts";
import { backoff, retryAfter, type RetryRules } from "./retry-rules.ts";
import type { Send } from "./send.ts";

/** How a sending has ended: one of the two. */
interface Outcome {
  readonly answer: Answer | undefined;
  readonly error: HttpError | undefined;
}

/** Sends again what failed, by the rules: never what may not be sent twice. */
export function withRetries(send: Send, rules: RetryRules, hook?: Hooks["beforeRetry"]): Send {
  return async (request, call) => {
    for (let repetition = 1; ; repetition++) {
      const { answer, error } = await outcome(send, request, call);
      const delay = repetition <= rules.limit ? delayOf({ answer, error }, request, { rules, repetition, call }) : undefined;
      if (delay === undefined) {
        if (answer) return answer;
        throw error;
      }
      if (hook)
        await runHook(call, "beforeRetry", () =>
          hook({ method: request.method, url: request.url.href, repetition, delay, error, status: answer?.head.status }),
        );
      answer?.body.abandon();
      await pause(call, delay, "while it waited to be sent again");
    }
  };
}

/** Errors that are none of a request pass through. */
async function outcome(send: Send, request: WireRequest, call: Call): Promise<Outcome> {
  try {
    return { answer: await send(request, call), error: undefined };
  } catch (error) {
    if (!isHttpError(error)) throw error;
    return { answer: undefined, error };
  }
}

/** Milliseconds to wait; undefined when this is the end. */
function delayOf(
  { answer, error }: Outcome,
  { method, body }: WireRequest,
  { rules, repetition, call }: { rules: RetryRules; repetition: number; call: Call },
): number | undefined {
  if (!rules.methods.includes(method) || !isReplayable(body)) return undefined;
  if (error) return rules.codes.includes(error.code) ? withinTime(call, backoff(rules, repetition, Math.random())) : undefined;
  if (!answer || !rules.statuses.includes(answer.head.status)) return undefined;
  const asked = retryAfter(answer.head.fields, Date.now());
  if (asked === undefined) return withinTime(call, backoff(rules, repetition, Math.random()));
  return asked <= rules.maxRetryAfter ? withinTime(call, asked) : undefined;
}

/** What could only end in the deadline is not begun: the answer, or the error, says more. */
const withinTime = (call: Call, delay: number): number | undefined =>
  call.elapsed + delay < call.setup.timeouts.total ? delay : undefined;
