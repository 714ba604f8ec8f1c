import type { Lookup, TlsOptions } from "../../transport/index.ts";
import type { Decompress } from "../response/content-codings.ts";
import type { BodyInit } from "../request/body-init.ts";
import type { MultipartInit } from "../request/multipart.ts";
import type { CookieJar } from "../rungs/cookies.ts";
import type { Hooks } from "../rungs/hooks.ts";
import type { ProxyOptions } from "./proxy.ts";
import type { RetryOptions } from "../rungs/retry-rules.ts";
import type { Transport } from "../rungs/transport.ts";

/**
 * Header fields: an object, pairs, or anything that iterates over pairs, as `Headers` and `Map` do. Values that are undefined are left out.
 * A name that comes twice makes two field lines.
 */
export type HeadersInit = Readonly<Record<string, string | undefined>> | Iterable<readonly [string, string | undefined]>;

/** A query: text as it is, an object, pairs, or URLSearchParams. Values that are undefined are left out. */
export type SearchParams = string | Readonly<Record<string, SearchParam>> | Iterable<readonly [string, SearchParam]>;

type SearchParam = string | number | boolean | undefined;

/** Milliseconds per phase; what is left out has its default, `Infinity` switches it off. */
export interface Timeouts {
  /** From the call to the last byte of the body, redirects and retries included. Default 60 000. */
  readonly total?: number | undefined;
  /** Looking the name up. Default 10 000. */
  readonly dns?: number | undefined;
  /** Default 10 000. */
  readonly connect?: number | undefined;
  /** The handshake. Default 10 000. */
  readonly tls?: number | undefined;
  /** Between two pieces of the request that leave, of 64 KiB each. Default 30 000. */
  readonly send?: number | undefined;
  /** From the request's last byte to the response's head. Default 30 000. */
  readonly headers?: number | undefined;
  /** Between two pieces of the body while the program waits for one. Default 30 000. */
  readonly idle?: number | undefined;
}

/** Who asks: Basic (RFC 7617, in UTF-8) or Digest (RFC 7616) with user and password, or Bearer (RFC 6750) with a token. */
export type Auth =
  | { readonly username: string; readonly password: string; readonly scheme?: "basic" | "digest" | undefined }
  | { readonly bearer: string };

/** How much of a body has gone or come. */
export interface Progress {
  readonly direction: "upload" | "download";
  /** Bytes of the body so far, as they are on the wire. */
  readonly transferred: number;
  /** Bytes of all of it; undefined when nobody has said. */
  readonly total: number | undefined;
}

/** An interim response (1xx), such as 103 Early Hints (RFC 8297). */
export interface Informational {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What one request may say; a client has the same as defaults. */
export interface RequestOptions {
  readonly headers?: HeadersInit | undefined;
  /** Added behind the URL's own query. */
  readonly searchParams?: SearchParams | undefined;
  /**
   * Text is sent as UTF-8 (text/plain;charset=UTF-8), URLSearchParams as a form, FormData as multipart/form-data, a Blob with its type, bytes
   * and streams without a Content-Type; a Content-Type among the headers goes before. A function gives a new stream each time it is needed.
   * At most one of `body`, `json`, `form` and `multipart`.
   */
  readonly body?: BodyInit | undefined;
  /** Sent as JSON (application/json). */
  readonly json?: unknown;
  /** Sent as a form (application/x-www-form-urlencoded;charset=UTF-8). */
  readonly form?: SearchParams | undefined;
  /** Sent as multipart/form-data (RFC 7578): values by name, or a list of parts. */
  readonly multipart?: MultipartInit | undefined;
  /** Gives the request up, its body too. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all of it, or per phase. */
  readonly timeout?: number | Timeouts | undefined;
  /** `"follow"` (the default) up to `maxRedirects`, `"manual"`: a 3xx is a response like any other, `"error"`: it is an error. */
  readonly redirect?: "follow" | "manual" | "error" | undefined;
  /** Default 20. */
  readonly maxRedirects?: number | undefined;
  /** Follows a redirect from https to http, too; secrets are left out as on the way to any other origin. Default false: it is an error. */
  readonly allowDowngrade?: boolean | undefined;
  /** Sends again what failed: how often at most, or the rules. Default 0. */
  readonly retry?: number | RetryOptions | undefined;
  /** Asks for compressed bodies and decodes them, up to limits. Default true. */
  readonly decompress?: Decompress | undefined;
  /** Bytes that `text`, `json` and `bytes` may hold; piece by piece there is no limit. Default 256 MiB. */
  readonly maxBodySize?: number | undefined;
  /** Bytes of a response's head. Default 65 536. */
  readonly maxHeaderSize?: number | undefined;
  readonly auth?: Auth | undefined;
  /** Gives the cookies for each hop and takes those that come back; tough-cookie's `CookieJar` is one. */
  readonly cookies?: CookieJar | undefined;
  /** Makes a status of 400 and above an {@link HttpStatusError}, which has the response. Default false, as fetch. */
  readonly throwHttpErrors?: boolean | undefined;
  /**
   * What a relative URL stands on, by the URL standard: without a slash at its end the last segment is replaced. What is secret in a client's
   * defaults goes to the origin of its `baseUrl` alone.
   */
  readonly baseUrl?: string | URL | undefined;
  /** Connections are shared by requests that give the same object, not by those that give equal ones. */
  readonly tls?: TlsOptions | undefined;
  /** `"host:port"` to `"host:port"`, as curl's `--connect-to`: only the address changes. */
  readonly connectTo?: Readonly<Record<string, string>> | undefined;
  /** Default: the system's getaddrinfo. */
  readonly lookup?: Lookup | undefined;
  /**
   * `"http://[user:password@]host:port"`, `https://…` or `socks5://…`; https goes through HTTP proxies by CONNECT. `"environment"`: what
   * http_proxy, https_proxy, all_proxy and no_proxy say. `false`: none, whatever the default is. Default: none.
   */
  readonly proxy?: string | URL | ProxyOptions | false | undefined;
  /** The IP address of this machine to connect from. */
  readonly localAddress?: string | undefined;
  /** A Unix socket to connect to in place of the URL's host and port; never for another one that a redirect leads to. Not with a proxy or `localAddress`. */
  readonly socketPath?: string | undefined;
  /** `"public"`: refuses to connect to private, loopback, link-local and other special addresses, at every hop. */
  readonly guard?: "public" | undefined;
  /** Sends the body when the server has said 100 Continue, or after so many milliseconds (true: 1 000) without a word (RFC 9110 §10.1.1). */
  readonly expectContinue?: boolean | number | undefined;
  /** Called as the bodies go and come. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called for each interim response (1xx). */
  readonly onInformational?: ((response: Informational) => void) | undefined;
  /** Called at the turns of a request. A client's hooks run before those of a request. */
  readonly hooks?: Hooks | undefined;
  /** Names of headers and query parameters that hold secrets, beside those that are known or look like it. Those of a request add to its client's. */
  readonly secrets?: readonly string[] | undefined;
  /** Answers in place of the network: for tests. */
  readonly transport?: Transport | undefined;
}

/** What a client keeps to, beside the defaults of its requests. */
export interface ClientOptions extends RequestOptions {
  /** Default 1 024. */
  readonly maxConnections?: number | undefined;
  /** Connections to one scheme, host and port; further requests wait their turn. Default 64. */
  readonly maxConnectionsPerOrigin?: number | undefined;
  /** Milliseconds that a connection is kept without use. Default 4 000: most servers close after 5 000, and the one who closes first knows it. */
  readonly idleTimeout?: number | undefined;
  /** Milliseconds after which a connection is not used again, so that changes of DNS are seen. Default 300 000. */
  readonly maxLifetime?: number | undefined;
  /**
   * Requests that may be under way on one connection, when all that there may be are busy: GET, HEAD and OPTIONS without a body, on connections
   * that the server has kept before. An answer waits for those before it. Default 1: off.
   */
  readonly pipelining?: number | undefined;
  /** Milliseconds that the addresses of a name are remembered. Default 10 000. */
  readonly dnsCacheTimeout?: number | undefined;
}
