import { HttpFailure, type Field } from "../protocol/index.ts";
import { HttpStatusError, isHttpError, withCallersStack, type RequestStatus } from "./errors/http-error.ts";
import { printable } from "./errors/printable.ts";
import type { Answer } from "./exchange/answer.ts";
import type { Call } from "./exchange/call.ts";
import { withFields, type WireRequest } from "./request/wire-request.ts";
import { ClientResponse } from "./response/response.ts";
import { runHook } from "./rungs/hooks.ts";
import type { Send } from "./rungs/send.ts";

/** A request with the ladder that it goes down. */
interface Sendable {
  readonly request: WireRequest;
  readonly plan: { readonly send: Send };
}

/** What the program gets of an answer; a promise only when a hook is asked first. */
export function responseOf(answer: Answer, call: Call, sendable: Sendable): ClientResponse | Promise<ClientResponse> {
  const { hooks, throwHttpErrors } = call.setup.options;
  const response = new ClientResponse(answer, call, (fields) => again(fields, call, sendable));
  const hook = hooks?.afterResponse;
  if (hook) return hooked(response, { answer, call, hook: () => hook(response) });
  if (throwHttpErrors && response.status >= 400) throw statusError(answer, response);
  return response;
}

/** The same request within the same call, with other fields in the place of its own. */
async function again(fields: readonly Field[], call: Call, { request, plan }: Sendable): Promise<Answer> {
  try {
    return await plan.send(withFields(request, fields), call);
  } catch (error) {
    throw withCallersStack(await errorOf(error, request, call));
  }
}

async function hooked(
  response: ClientResponse,
  { answer, call, hook }: { answer: Answer; call: Call; hook: () => void | Promise<void> },
): Promise<ClientResponse> {
  try {
    await runHook(call, "afterResponse", hook);
  } catch (error) {
    const known = call.told(error, answer.exchange.status);
    response.discard();
    throw known;
  }
  if (call.setup.options.throwHttpErrors && response.status >= 400) throw statusError(answer, response);
  return response;
}

function statusError({ exchange }: Answer, response: ClientResponse): HttpStatusError {
  const reason = `the server answered ${printable(`${response.status} ${response.statusText}`.trimEnd())}.`;
  const failure = new HttpFailure("http-status", { phase: "headers", reason });
  return new HttpStatusError(failure, exchange.status, response);
}

/** The error that the program gets: a failure of a rung with what is known of the call, and its hook has heard of it. */
export async function errorOf(error: unknown, request: WireRequest, call: Call): Promise<unknown> {
  const known = call.told(error, unsentStatus(request, call));
  const hook = call.setup.options.hooks?.onError;
  if (!hook || !isHttpError(known)) return known;
  try {
    await runHook(call, "onError", () => hook(known));
    return known;
  } catch (failure) {
    // That the call is over is what the error says already.
    const over = failure instanceof HttpFailure && (failure.code === "timeout" || failure.code === "aborted") && !isHttpError(failure);
    return over ? known : call.told(failure, known);
  }
}

/** Where a call stands between two exchanges. */
function unsentStatus({ method, url }: WireRequest, call: Call): RequestStatus {
  const { elapsed, retriesLeft } = call;
  const attempt = Math.max(1, call.sendings);
  const maxAttempts = attempt + retriesLeft;
  return { method, url: call.shown(url), peer: undefined, reused: false, attempt, maxAttempts, bytesSent: 0, bytesReceived: 0, elapsed };
}
