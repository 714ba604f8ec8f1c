import type { Field, HttpUrl } from "../../protocol/index.ts";
import { joinEndpoint, type DialOptions, type Lookup, type TlsOptions } from "../../transport/index.ts";
import type { RequestOptions } from "../options/options.ts";
import { tlsForHop } from "./hop-tls.ts";

/** The way to a URL's server. `key` holds everything that makes two connections different. */
export interface Route {
  readonly key: string;
  readonly dial: DialOptions;
  /** A proxy that is sent whole requests: the target is the whole URL (absolute-form, RFC 9112 §3.2.2), and these lines are for the proxy. */
  readonly forward: readonly Field[] | undefined;
}

const NO_TLS: TlsOptions = {};

/** The routes of all calls with the same options, each made once per URL. `lookup`: in place of what the options say. */
export function routes(options: RequestOptions, lookup: Lookup | undefined): (url: HttpUrl, first: HttpUrl) => Route {
  const known = new WeakMap<HttpUrl, Route>();
  const { tls = NO_TLS } = options;
  return (url, first) => {
    const hopTls = tlsForHop(tls, first, url);
    if (hopTls !== tls) return routeOf(url, { options, tls: hopTls, lookup });
    const route = known.get(url) ?? routeOf(url, { options, tls, lookup });
    known.set(url, route);
    return route;
  };
}

interface Circumstances {
  readonly options: RequestOptions;
  readonly tls: TlsOptions;
  readonly lookup: Lookup | undefined;
}

/** Nothing that changes who answers, or whom a connection trusts, may be left out of the key. */
function routeOf(url: HttpUrl, { options, tls, lookup }: Circumstances): Route {
  const { connectTo } = options;
  const mapped = connectTo && Object.hasOwn(connectTo, joinEndpoint(url)) ? connectTo[joinEndpoint(url)] : "";
  const key = `${url.secure ? `tls ${identityOf(tls)}` : "tcp"} ${joinEndpoint(url)} ${mapped} ${identityOf(options.lookup)}`;
  const dial = { host: url.host, port: url.port, tls: url.secure ? tls : undefined, alpn: ["http/1.1"], connectTo, lookup };
  return { key, dial, forward: undefined };
}

/** A number for each object: the same object has the same, another one, however alike, another. */
const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identityOf(object: TlsOptions | Lookup | undefined): number {
  if (object === undefined) return 0;
  const known = identities.get(object);
  if (known !== undefined) return known;
  identities.set(object, ++lastIdentity);
  return lastIdentity;
}
