/** Fields that a trailer section must not carry: framing, routing, authentication, content format (RFC 9110 §6.5.1). */
export const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set(
  (
    "transfer-encoding content-length host connection keep-alive te trailer upgrade expect max-forwards range cache-control authorization " +
    "proxy-authorization proxy-authenticate www-authenticate cookie set-cookie content-encoding content-type content-range location age date expires vary"
  ).split(" "),
);
