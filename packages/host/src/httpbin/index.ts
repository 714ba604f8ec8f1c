export { makeCertificate } from "./certificate.ts";
export { startHttpbin } from "./server.ts";
export type { Httpbin } from "./server.ts";
