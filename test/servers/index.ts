export { SERVERS, skipReason } from "./availability.ts";
export { startNginx } from "./nginx.ts";
export type { Nginx } from "./nginx.ts";
export { startRealHttpbin } from "./real-httpbin.ts";
export type { RealHttpbin } from "./real-httpbin.ts";
