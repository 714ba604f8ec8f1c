/** The policies above the wire: one exchange, redirects, the deadline. */
export type { ExchangeContext, Response } from "./exchange.ts";
export { send, type RequestEnd, type RequestPolicies } from "./request.ts";
export { Timeline, type TimedPhase, type Timings } from "./timeline.ts";
export type { WireRequest } from "./wire-request.ts";
