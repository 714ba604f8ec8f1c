import type { HttpUrl } from "../../protocol/index.ts";
import type { TlsOptions } from "../../transport/index.ts";
import { isSamePlace } from "./same-place.ts";

/** The options without what belongs to one server alone, remembered because the object is the key of parsed certificates. */
const reduced = new WeakMap<TlsOptions, TlsOptions>();

/** The TLS options for a hop. Another host than the first is not shown the client's certificate, nor taken for the name that was meant for it. */
export function tlsForHop(tls: TlsOptions, first: HttpUrl, url: HttpUrl): TlsOptions {
  return isSamePlace(url, first) ? tls : tlsForOthers(tls);
}

/** The same trust, without what is shown to one server. */
export function tlsForOthers(tls: TlsOptions): TlsOptions {
  const known = reduced.get(tls);
  if (known) return known;
  const { cert: _cert, key: _key, servername: _servername, ...others } = tls;
  reduced.set(tls, others);
  return others;
}
