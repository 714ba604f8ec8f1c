/**
 * NodeMCU's `http` module for TypeScript programs: `http.get(url, headers, callback)` and kin, with the reason for every -1.
 *
 * @module
 */
export { createHttp, http } from "./contract/index.ts";
export type {
  HttpCallback,
  HttpDiagnostic,
  HttpExchange,
  HttpModule,
  HttpSettings,
  RequestBody,
  RequestHeaders,
  ResponseHeaders,
} from "./contract/index.ts";
export { FAILURES, HttpFailure, type Blame, type FailureCode, type Phase } from "./protocol/index.ts";
export type { TlsOptions } from "./transport/index.ts";
