/** The policies above the wire: one exchange, redirects, the deadline; and the client that keeps its connections. */
export { Client } from "./client.ts";
export { isSecret, REDACTED, redactUrl } from "./errors/redact.ts";
export type { Fetch } from "./fetch.ts";
export type { Attempt } from "./exchange/call.ts";
export { checkedConnectTo } from "./options/connect-to.ts";
export type { Response } from "./one-shot/exchange.ts";
export { HttpError, HttpStatusError, isHttpError, type RequestStatus } from "./errors/http-error.ts";
export type {
  Auth,
  ClientOptions,
  HeadersInit,
  Informational,
  Progress,
  RequestOptions,
  SearchParams,
  Timeouts,
} from "./options/options.ts";
export type { ProxyOptions } from "./options/proxy.ts";
export type { BodyBytes, BodyChunk, BodyContent, BodyFactory, BodyFile, BodyInit, BodyStream, SizedStream } from "./request/body-init.ts";
export type { MultipartInit, MultipartPart, PartInit, PartValue } from "./request/multipart.ts";
export type { RequestHeaders } from "./request/request-headers.ts";
export type { CookieJar } from "./rungs/cookies.ts";
export type { Hooks, RedirectTurn, RequestTurn, RetryTurn } from "./rungs/hooks.ts";
export type { RetryOptions } from "./rungs/retry-rules.ts";
export type { Transport, TransportRequest, TransportResponse } from "./rungs/transport.ts";
export { printable, withoutCredentials } from "./errors/printable.ts";
export { send } from "./one-shot/request.ts";
export { ResponseHeaders } from "./response/response-headers.ts";
export type { Decompress } from "./response/content-codings.ts";
export { ClientResponse, type ResponseConnection } from "./response/response.ts";
export type { Saved, SaveOptions } from "./response/save.ts";
export { del, fetch, get, head, options, patch, post, put, request } from "./shared-client.ts";
export type { Har, HarContent, HarCookie, HarEntry, HarPair, HarRequest, HarResponse, HarTimings } from "./seeing/har-format.ts";
export type {
  CompleteMessage,
  ConnectMessage,
  ErrorMessage,
  RedirectMessage,
  RequestMessage,
  ResponseMessage,
  RetryMessage,
} from "./seeing/event-messages.ts";
export { recordHar, type HarOptions, type HarRecording } from "./seeing/har.ts";
export type { CassetteRequest } from "./testing/cassette.ts";
export type { MockFault } from "./testing/mock-fault.ts";
export type { MockRequest } from "./testing/mock-request.ts";
export type { MockReply, MockRoute } from "./testing/mock-route.ts";
export { mockTransport, type MockTransport } from "./testing/mock-transport.ts";
export { recordTransport, type RecordOptions, type RecordTransport } from "./testing/record-transport.ts";
export { replayTransport, type ReplayOptions, type ReplayTransport } from "./testing/replay-transport.ts";
export { decodeText } from "./response/text.ts";
export { Timeline, type Timings } from "./exchange/timeline.ts";
export type { WireRequest } from "./request/wire-request.ts";
