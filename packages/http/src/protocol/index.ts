/** HTTP/1.1 without I/O: bytes in, events out, and the other way. Imports nothing, not even Node's modules. */
export { GrowingBytes } from "./bytes.ts";
export { FAILURES, HttpFailure, type Blame, type FailureCode, type Phase } from "./failure.ts";
export { Fields, NO_FIELDS, type Field } from "./fields.ts";
export type { Framing } from "./framing.ts";
export { characterName, isFieldValue, isToken, lowerCase, trimOws } from "./grammar.ts";
export { DEFAULT_LIMITS, type ResponseLimits } from "./limits.ts";
export { checkMethod, writeRequestHead } from "./request-head.ts";
export { ResponseReader, type ResponseEvents, type ResponseHead, type ResponseRules } from "./response-reader.ts";
export { says } from "./says.ts";
export { parseHttpUrl, type HttpUrl } from "./url.ts";
