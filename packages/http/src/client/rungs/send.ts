import type { Answer } from "../exchange/answer.ts";
import type { Call } from "../exchange/call.ts";
import type { WireRequest } from "../request/wire-request.ts";

/**
 * A rung of the ladder: a request goes in, an answer whose head has come goes out. It fails with an HttpError when an exchange failed, and
 * with an HttpFailure when the rung itself gives up. Policies are functions that take the rung below and give a rung.
 */
export type Send = (request: WireRequest, call: Call) => Promise<Answer>;
