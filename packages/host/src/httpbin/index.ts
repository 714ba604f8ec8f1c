export { makeCertificate } from "./certificate.ts";
export type { Certificate } from "./certificate.ts";
export { startHttpbin } from "./server.ts";
export type { Httpbin, HttpbinOptions } from "./server.ts";
