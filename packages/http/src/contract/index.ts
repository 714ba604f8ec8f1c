/** NodeMCU's http module: five calls, one callback. */
export { createHttp, http } from "./http-module.ts";
export type {
  HttpCallback,
  HttpDiagnostic,
  HttpExchange,
  HttpModule,
  HttpSettings,
  RequestBody,
  RequestHeaders,
  ResponseHeaders,
} from "./types.ts";
