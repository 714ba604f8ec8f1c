import type { Field } from "../../protocol/index.ts";
import { redactUrl } from "../errors/redact.ts";
import { headerPairs } from "../options/merge-options.ts";
import type { HeadersInit } from "../options/options.ts";
import { hasMethods, isObject, ownMembers } from "../request/members.ts";
import type { TransportResponse } from "../rungs/transport.ts";
import { FAULT_NAMES, isMockFault, mockFailure, type MockFault } from "./mock-fault.ts";
import type { MockRequest } from "./mock-request.ts";
import type { Candidate } from "./nearest.ts";

/** An answer. */
export interface MockReply {
  /** From 200 to 599. Default 200. */
  readonly status?: number | undefined;
  readonly statusText?: string | undefined;
  readonly headers?: HeadersInit | undefined;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** In place of a body: sent as JSON (application/json). */
  readonly json?: unknown;
}

/** A request that is expected, and what becomes of it. */
export interface MockRoute {
  /** Default: any method. */
  readonly method?: string | undefined;
  /**
   * A whole URL, or a path on any host, which begins with a slash; without a query it is for every query. A RegExp, a URLPattern or anything
   * else with a function `test`, or a function: they get the whole URL.
   */
  readonly url: string | { test(url: string): boolean } | ((url: string) => boolean);
  /** The answer, or what gives it. Default: 200 without a body. */
  readonly reply?: MockReply | ((request: MockRequest) => MockReply | Promise<MockReply>) | undefined;
  /** Milliseconds before the answer; Infinity: it never comes, so that the client's own time ends. Default 0. */
  readonly delay?: number | undefined;
  /** How many requests it answers; then the next one that fits does. Default: any number. */
  readonly times?: number | undefined;
  /** The request fails with this code at once; with a `reply`, behind the pieces of its body. */
  readonly fault?: MockFault | undefined;
}

const MEMBERS: ReadonlySet<string> = new Set(["method", "url", "reply", "delay", "times", "fault"]);

/** A TypeError for what can be no route. */
export function checkedRoute(given: MockRoute): MockRoute {
  const route = ownMembers(given);
  const unknown = Object.keys(route).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) throw new TypeError(`a mock's route has no ${JSON.stringify(unknown)}; it has ${[...MEMBERS].join(", ")}`);
  const { url, times, fault } = route;
  if (typeof url !== "string" && typeof url !== "function" && !hasMethods(url, "test"))
    throw new TypeError("the url of a mock's route must be a string, a function or a pattern with a function test");
  if (times !== undefined && !(Number.isInteger(times) && times > 0))
    throw new TypeError("times of a mock's route must be a whole number from 1");
  if (fault !== undefined && !isMockFault(fault)) throw new TypeError(`fault of a mock's route must be one of ${FAULT_NAMES}`);
  return route;
}

/** A route and how often it was asked. */
export class RouteUse {
  readonly route: MockRoute;
  #uses = 0;

  constructor(route: MockRoute) {
    this.route = route;
  }

  get uses(): number {
    return this.#uses;
  }

  /** Takes the request when it is for it. */
  take({ method, url }: { method: string; url: string }): boolean {
    if (this.#uses >= (this.route.times ?? Number.POSITIVE_INFINITY)) return false;
    if ((this.route.method ?? method).toUpperCase() !== method.toUpperCase() || !isForUrl(this.route.url, url)) return false;
    this.#uses++;
    return true;
  }

  candidate(url: string): Candidate {
    const { route } = this;
    const text = typeof route.url === "string" ? absolute(route.url, url) : "";
    const words = `${route.method ?? "any method"} ${patternWords(route.url)}`;
    const used = `it was declared for ${route.times} request${route.times === 1 ? "" : "s"}, and has had ${this.#uses}`;
    return { words, method: route.method?.toUpperCase(), isFor: isForUrl(route.url, url), text, obstacle: used };
  }
}

function patternWords(pattern: MockRoute["url"]): string {
  if (typeof pattern === "string") return redactUrl(pattern);
  return pattern instanceof RegExp ? String(pattern) : "a pattern";
}

/** A path is one on the host that was asked. */
const absolute = (written: string, url: string): string =>
  written.startsWith("/") || URL.canParse(written) ? new URL(written, url).href : written;

function isForUrl(pattern: MockRoute["url"], url: string): boolean {
  if (typeof pattern === "function") return pattern(url);
  // Not `test`: a RegExp with the flag g would go on where it stopped.
  if (pattern instanceof RegExp) return url.search(pattern) >= 0;
  if (isObject(pattern)) return pattern.test(url);
  const wanted = absolute(pattern, url);
  const asked = new URL(url).href;
  return asked === wanted || (!wanted.includes("?") && asked.split("?", 1)[0] === wanted);
}

/** What goes to the client: the reply, and behind its body the fault. */
export function responseOf(reply: MockReply, fault: MockFault | undefined): TransportResponse {
  const { status = 200, statusText, headers: given, body: content, json } = ownReply(reply);
  const headers: Field[] = [...headerPairs(given)];
  const typed = headers.some(([name]) => name.toLowerCase() === "content-type");
  if (json !== undefined && !typed) headers.unshift(["Content-Type", "application/json"]);
  const body = json === undefined ? content : JSON.stringify(json);
  return { status, statusText, headers, body: fault ? broken(body, fault) : body };
}

function ownReply(reply: MockReply): MockReply {
  if (!isObject(reply)) throw new TypeError("the reply of a mock's route must be an object with a status, headers and a body");
  return ownMembers(reply);
}

async function* broken(body: MockReply["body"], fault: MockFault): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof body === "string") yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else if (body) yield* body;
  throw mockFailure(fault, true);
}
