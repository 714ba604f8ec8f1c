import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { decodePercent, readPairs } from "./url-text.ts";
import type { Pairs } from "./url-text.ts";

/** A request as the endpoints see it, its body read. */
export interface HttpbinRequest {
  readonly method: string;
  /** Percent-decoded, with one leading slash. */
  readonly path: string;
  /** As on the wire, without the question mark. */
  readonly query: string;
  readonly args: Pairs;
  /** Names in the capitalisation httpbin shows (`X-Forwarded-For`), a repeated one joined by a comma, in the order of the wire. */
  readonly headers: ReadonlyMap<string, string>;
  readonly scheme: "http" | "https";
  /** What the Host header says, without the scheme's default port. */
  readonly host: string;
  /** The client's address. */
  readonly remoteAddress: string;
  readonly body: Buffer;
  /** Aborted when the client goes away or the server closes. */
  readonly signal: AbortSignal;
}

// gunicorn hands names over as CGI variables (RFC 3875 §4.1.18), which know no case and no hyphen; Flask puts capitals back at the start of words.
const shownName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll("_", "-")
    .replace(/[a-z]+/g, (word) => word.charAt(0).toUpperCase() + word.slice(1));

function readHeaders(rawHeaders: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = shownName(rawHeaders[index] ?? "");
    const value = rawHeaders[index + 1] ?? "";
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  if (headers.get("Content-Type") === "") headers.delete("Content-Type");
  return headers;
}

const DEFAULT_PORT = { http: /:80$/, https: /:443$/ };

interface Target {
  readonly path: string;
  readonly query: string;
}

/** The path and query of a request target, in origin form or absolute form (RFC 9112 §3.2). */
export function readTarget(target: string): Target {
  const origin = target.replace(/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#]*/, "").replace(/#.*$/, "");
  const mark = origin.indexOf("?");
  const path = mark === -1 ? origin : origin.slice(0, mark);
  return { path: decodePercent(path).replace(/^\/*/, "/"), query: mark === -1 ? "" : origin.slice(mark + 1) };
}

/** What the endpoints see of a message from node:http. */
export function describeRequest(message: IncomingMessage, received: { body: Buffer; signal: AbortSignal }): HttpbinRequest {
  const { socket } = message;
  const target = readTarget(message.url ?? "/");
  const headers = readHeaders(message.rawHeaders);
  const scheme = socket instanceof TLSSocket ? "https" : "http";
  return {
    method: message.method ?? "GET",
    ...target,
    args: readPairs(target.query),
    headers,
    scheme,
    host: (headers.get("Host") ?? `${socket.localAddress}:${socket.localPort}`).replace(DEFAULT_PORT[scheme], ""),
    remoteAddress: (socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
    ...received,
  };
}

/** The first value of a query parameter, whose name is compared without case. */
export const parameter = (request: HttpbinRequest, name: string): string | undefined =>
  request.args.find(([other]) => other.toLowerCase() === name)?.[1];
