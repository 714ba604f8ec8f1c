/** The policies above the wire: one exchange, redirects, the deadline. */
export type { Response } from "./exchange.ts";
export { send } from "./request.ts";
export { Timeline } from "./timeline.ts";
export type { WireRequest } from "./wire-request.ts";
