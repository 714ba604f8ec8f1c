/** The policies above the wire: one exchange, redirects, the deadline; and the client that keeps its connections. */
export { Client } from "./client.ts";
export { checkedConnectTo } from "./connect-to.ts";
export type { Response } from "./exchange.ts";
export { HttpError, HttpStatusError, isHttpError, type RequestStatus } from "./http-error.ts";
export type { ClientOptions, HeadersInit, RequestOptions, SearchParams, Timeouts } from "./options.ts";
export { printable, withoutCredentials } from "./printable.ts";
export { send } from "./request.ts";
export { ResponseHeaders } from "./response-headers.ts";
export { ClientResponse } from "./response.ts";
export { del, get, head, options, patch, post, put, request } from "./shared-client.ts";
export { decodeText } from "./text.ts";
export { Timeline, type Timings } from "./timeline.ts";
export type { WireRequest } from "./wire-request.ts";
