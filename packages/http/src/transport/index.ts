/**
 * The wire below HTTP: TCP and TLS connections with racing addresses, certificate checks and errors that say what happened.
 * Exported for programs that speak another protocol over the same connections, as nodemcu-host's `net` module does.
 */
export type * from "./connection.ts";
export { systemClock, type Clock } from "./clock.ts";
export { dial } from "./dial.ts";
export { checkWay, type Way } from "./dial-options.ts";
export { isPublicAddress } from "./guard.ts";
export { cachedLookup, type LookupCacheRules } from "./lookup-cache.ts";
export { environmentProxy, parseProxy, type ProxiedTarget } from "./proxy.ts";
export { basicCredentials, type ProxyCredentials, type ProxyHop } from "./proxy-hop.ts";
export { joinEndpoint, splitEndpoint, systemLookup } from "./resolver.ts";
export { READ_SIZE } from "./tcp.ts";
export { HttpFailure, type FailureCode, type Phase } from "../protocol/index.ts";
