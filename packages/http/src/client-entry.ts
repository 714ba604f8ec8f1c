/**
 * The modern client: `import { Client, request } from "nodemcu-http/client"`.
 *
 * @module
 */
export {
  Client,
  ClientResponse,
  del as delete,
  get,
  head,
  HttpError,
  HttpStatusError,
  isHttpError,
  isSecret,
  options,
  patch,
  post,
  put,
  REDACTED,
  redactUrl,
  request,
  ResponseHeaders,
} from "./client/index.ts";
export type {
  Attempt,
  Auth,
  ClientOptions,
  CookieJar,
  HeadersInit,
  Hooks,
  Informational,
  Progress,
  RedirectTurn,
  RequestHeaders,
  RequestOptions,
  RequestStatus,
  RequestTurn,
  RetryOptions,
  RetryTurn,
  SearchParams,
  Timeouts,
  Timings,
  Transport,
  TransportRequest,
  TransportResponse,
} from "./client/index.ts";
export { FAILURES, type Blame, type FailureCode, type Phase } from "./protocol/index.ts";
export type { Lookup, TlsOptions } from "./transport/index.ts";
