import { HttpStatusError } from "./errors/http-error.ts";
import { fetchCall, type FetchArguments, type FetchCall } from "./request/fetch-call.ts";
import type { ClientResponse } from "./response/response.ts";
import { fetchError, fetchResponse } from "./response/fetch-response.ts";

/**
 * The signature of the standard's fetch. It gives a web Response as soon as the head has come, whatever the status. It rejects with a
 * TypeError whose `cause` is the {@link HttpError}, and with the signal's reason when the request was given up.
 */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** A call of fetch on a client: `ask` sends it. */
export async function fetchWith(ask: (call: FetchCall) => Promise<ClientResponse>, given: FetchArguments): Promise<Response> {
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, fetchWith);
  const read = fetchCall(given);
  const call = read instanceof Promise ? await read : read;
  const { method, options } = call;
  try {
    return fetchResponse(await ask(call), { method, signal: options?.signal, trace });
  } catch (error) {
    // A status is no failure of fetch, also on a client that makes errors of them.
    if (error instanceof HttpStatusError) return fetchResponse(error.response, { method, signal: options?.signal, trace });
    throw fetchError(error, trace);
  }
}
