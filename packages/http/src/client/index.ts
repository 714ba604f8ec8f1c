/** The policies above the wire: one exchange, redirects, the deadline; and the client that keeps its connections. */
export { Client } from "./client.ts";
export { checkedConnectTo } from "./options/connect-to.ts";
export type { Response } from "./one-shot/exchange.ts";
export { HttpError, HttpStatusError, isHttpError, type RequestStatus } from "./errors/http-error.ts";
export type { ClientOptions, HeadersInit, RequestOptions, SearchParams, Timeouts } from "./options/options.ts";
export { printable, withoutCredentials } from "./errors/printable.ts";
export { send } from "./one-shot/request.ts";
export { ResponseHeaders } from "./response/response-headers.ts";
export { ClientResponse } from "./response/response.ts";
export { del, get, head, options, patch, post, put, request } from "./shared-client.ts";
export { decodeText } from "./response/text.ts";
export { Timeline, type Timings } from "./exchange/timeline.ts";
export type { WireRequest } from "./request/wire-request.ts";
