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
  options,
  patch,
  post,
  put,
  request,
  ResponseHeaders,
} from "./client/index.ts";
export type { ClientOptions, HeadersInit, RequestOptions, RequestStatus, SearchParams, Timeouts, Timings } from "./client/index.ts";
export { FAILURES, type Blame, type FailureCode, type Phase } from "./protocol/index.ts";
export type { Lookup, TlsOptions } from "./transport/index.ts";
