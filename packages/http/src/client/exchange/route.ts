import type { Field, HttpUrl } from "../../protocol/index.ts";
import {
  basicCredentials,
  environmentProxy,
  joinEndpoint,
  type DialOptions,
  type Lookup,
  type ProxyHop,
  type TlsOptions,
} from "../../transport/index.ts";
import type { RequestOptions } from "../options/options.ts";
import { fixedProxy } from "../options/proxy.ts";
import { tlsForHop } from "./hop-tls.ts";
import { isSamePlace } from "./same-place.ts";

/** The way to a URL's server. `key` holds everything that makes two connections different. */
export interface Route {
  readonly key: string;
  readonly dial: DialOptions;
  /** A proxy that is sent whole requests: the target is the whole URL (absolute-form, RFC 9112 §3.2.2), and these lines are for the proxy. */
  readonly forward: readonly Field[] | undefined;
}

const NO_TLS: TlsOptions = {};

/** The routes of all calls with the same options, each made once per URL. `lookup`: in place of what the options say. */
export function routes(options: RequestOptions, lookup: Lookup): (url: HttpUrl, first: HttpUrl) => Route {
  const known = new WeakMap<HttpUrl, Route>();
  const { tls = NO_TLS } = options;
  const proxyFor = proxies(options.proxy);
  return (url, first) => {
    const isHome = isSamePlace(url, first);
    if (!isHome) return routeOf(url, { options, tls: tlsForHop(tls, first, url), lookup, isHome, proxyFor });
    const route = known.get(url) ?? routeOf(url, { options, tls, lookup, isHome, proxyFor });
    known.set(url, route);
    return route;
  };
}

interface Circumstances {
  readonly options: RequestOptions;
  readonly tls: TlsOptions;
  readonly lookup: Lookup;
  /** The host and port that the call began with: what was said of them holds for no other ones. */
  readonly isHome: boolean;
  readonly proxyFor: ProxyFor;
}

type ProxyFor = (url: HttpUrl) => ProxyHop | undefined;

/** Nothing that changes who answers, or whom a connection trusts, may be left out of the key. */
function routeOf(url: HttpUrl, { options, tls, lookup, isHome, proxyFor }: Circumstances): Route {
  const { connectTo, localAddress, guard } = options;
  const socketPath = isHome ? options.socketPath : undefined;
  const mapped = connectTo && Object.hasOwn(connectTo, joinEndpoint(url)) ? connectTo[joinEndpoint(url)] : "";
  const proxy = modeFor(url, proxyFor(url), mapped);
  const key = [
    url.secure ? `tls ${identityOf(tls)}` : "tcp",
    joinEndpoint(url),
    mapped,
    identityOf(options.lookup),
    localAddress,
    guard,
    JSON.stringify([socketPath, proxy && { ...proxy, tls: identityOf(proxy.tls) }]),
  ].join(" ");
  const { host, port } = url;
  const dial = {
    host,
    port,
    tls: url.secure ? tls : undefined,
    alpn: ["http/1.1"],
    connectTo,
    lookup,
    localAddress,
    guard,
    socketPath,
    proxy,
  };
  return { key, dial, forward: proxy?.mode === "forward" ? forwardFields(proxy) : undefined };
}

function proxies(option: RequestOptions["proxy"]): ProxyFor {
  if (!option) return () => undefined;
  if (option === "environment") return (url) => environmentProxy(url, process.env);
  const fixed = fixedProxy(option);
  return () => fixed;
}

/** https goes through an HTTP proxy by CONNECT; a request for http is the proxy's own to make, unless it is to go to another place than its URL says. */
const modeFor = (url: HttpUrl, proxy: ProxyHop | undefined, mapped: string | undefined): ProxyHop | undefined =>
  proxy?.kind === "http" && !url.secure && !mapped ? Object.assign(Object.create(null), proxy, { mode: "forward" }) : proxy;

const forwardFields = ({ credentials }: ProxyHop): readonly Field[] =>
  credentials ? [["Proxy-Authorization", basicCredentials(credentials)]] : [];

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
