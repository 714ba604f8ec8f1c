import { HttpFailure } from "../protocol/index.ts";
import { HttpError, HttpStatusError, isHttpError, type RequestStatus } from "./errors/http-error.ts";
import { printable } from "./errors/printable.ts";
import type { Answer } from "./exchange/answer.ts";
import type { Call } from "./exchange/call.ts";
import type { WireRequest } from "./request/wire-request.ts";
import { ClientResponse } from "./response/response.ts";
import { runHook } from "./rungs/hooks.ts";
import type { Send } from "./rungs/send.ts";

/** Sends a call down its ladder and makes of what comes back what the program gets. */
export async function answerCall(request: WireRequest, call: Call, send: Send): Promise<ClientResponse> {
  const { hooks, throwHttpErrors } = call.setup.options;
  const hook = hooks?.afterResponse;
  try {
    const answer = await send(request, call);
    const response = new ClientResponse(answer, call);
    if (hook) await runHook(call, "afterResponse", () => hook(response));
    if (throwHttpErrors && response.status >= 400) throw statusError(answer, response);
    return response;
  } catch (error) {
    throw await told(error, request, call);
  }
}

function statusError({ exchange }: Answer, response: ClientResponse): HttpStatusError {
  const reason = `the server answered ${printable(`${response.status} ${response.statusText}`.trimEnd())}.`;
  const failure = new HttpFailure("http-status", { phase: "headers", reason });
  return new HttpStatusError(failure, exchange.status, response);
}

/** The error that the program gets: a failure of a rung with what is known of the call, and its hook has heard of it. */
async function told(error: unknown, request: WireRequest, call: Call): Promise<unknown> {
  const known = error instanceof HttpFailure && !isHttpError(error) ? new HttpError(error, unsentStatus(request, call)) : error;
  const hook = call.setup.options.hooks?.onError;
  if (!hook || !isHttpError(known)) return known;
  try {
    await runHook(call, "onError", () => hook(known));
    return known;
  } catch (failure) {
    return failure instanceof HttpFailure ? new HttpError(failure, known) : failure;
  }
}

/** Where a call stands between two exchanges. */
function unsentStatus({ method, url }: WireRequest, call: Call): RequestStatus {
  const { elapsed, attempts, setup } = call;
  const { maxAttempts } = setup;
  const attempt = Math.max(1, attempts.length);
  return { method, url: call.shown(url), peer: undefined, reused: false, attempt, maxAttempts, bytesSent: 0, bytesReceived: 0, elapsed };
}
