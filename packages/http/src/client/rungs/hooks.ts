import type { Phase } from "../../protocol/index.ts";
import { callbackFailure } from "../errors/callback-failure.ts";
import type { HttpError } from "../errors/http-error.ts";
import type { Call } from "../exchange/call.ts";
import { whileCallLasts } from "../exchange/pause.ts";
import { RequestHeaders } from "../request/request-headers.ts";
import type { ClientResponse } from "../response/response.ts";
import type { Send } from "./send.ts";

type Hook<Turn> = (turn: Turn) => void | Promise<void>;

/** A request before it is sent: its headers may be changed. */
export interface RequestTurn {
  readonly method: string;
  readonly url: string;
  readonly headers: RequestHeaders;
}

/** A redirect before it is followed. */
export interface RedirectTurn {
  readonly status: number;
  readonly from: string;
  readonly to: string;
  /** Of the request that follows. */
  readonly method: string;
}

/** A request before it is sent again. */
export interface RetryTurn {
  readonly method: string;
  readonly url: string;
  /** 1 for the first. */
  readonly repetition: number;
  /** Milliseconds that will be waited. */
  readonly delay: number;
  /** Why: an error, or an answer's status. */
  readonly error: HttpError | undefined;
  readonly status: number | undefined;
}

/**
 * Functions that are called, and waited for, at the turns of a request; the time of the call goes on. What one throws ends the call with
 * `callback-failed`, but for an HttpError, which becomes the call's own.
 */
export interface Hooks {
  /** Before each hop is sent, redirects included; a repetition of it is the same request. */
  readonly beforeRequest?: Hook<RequestTurn> | undefined;
  readonly beforeRedirect?: Hook<RedirectTurn> | undefined;
  /** Before the wait. */
  readonly beforeRetry?: Hook<RetryTurn> | undefined;
  /** When the response that counts has its head. Reading its body is up to the program. */
  readonly afterResponse?: Hook<ClientResponse> | undefined;
  /**
   * When a call fails, before the program hears of it; errors of a body that is being read are not among them. A call whose time is over, or
   * that was given up, does not wait for it. What it throws takes the place of the error.
   */
  readonly onError?: Hook<HttpError> | undefined;
}

/** Every hook, and the phase in which one fails. */
const PHASES: Readonly<Record<keyof Hooks, Phase>> = {
  beforeRequest: "request",
  beforeRedirect: "redirect",
  beforeRetry: "request",
  afterResponse: "headers",
  onError: "request",
};

const NAMES = ["beforeRequest", "beforeRedirect", "beforeRetry", "afterResponse", "onError"] as const;

/** Whether something is hooks and nothing else. */
export const areHooks = (value: object): boolean =>
  Object.entries(value).every(
    ([name, hook]) => NAMES.some((known) => known === name) && (hook === undefined || typeof hook === "function"),
  );

/** The hooks of a client, then those of a request: every name is an own one, so that a polluted Object.prototype adds none. */
export function joinHooks(first: Hooks, second: Hooks): Hooks {
  const joined = NAMES.map((name) => [name, both<never>(own(first, name), own(second, name))] as const);
  return Object.fromEntries(joined);
}

const own = (hooks: Hooks, name: (typeof NAMES)[number]): Hook<never> | undefined => (Object.hasOwn(hooks, name) ? hooks[name] : undefined);

function both<Turn>(first: Hook<Turn> | undefined, second: Hook<Turn> | undefined): Hook<Turn> | undefined {
  if (!first || !second) return first ?? second;
  return async (turn) => {
    await first(turn);
    await second(turn);
  };
}

/** Calls `beforeRequest` before each hop. */
export function withRequestHook(send: Send, hook: NonNullable<Hooks["beforeRequest"]>): Send {
  return async (request, call) => {
    const headers = new RequestHeaders(request.fields);
    await runHook(call, "beforeRequest", () => hook({ method: request.method, url: request.url.href, headers }));
    return send({ ...request, fields: headers.fields }, call);
  };
}

/** Calls a hook and waits for it as long as the call lasts. */
export async function runHook(call: Call, name: keyof Hooks, hook: () => void | Promise<void>): Promise<void> {
  const phase = PHASES[name];
  try {
    await whileCallLasts(call, Promise.resolve(hook()), { phase, words: `while its hook ${name} ran` });
  } catch (cause) {
    throw callbackFailure(`the hook ${name}`, phase, cause);
  }
}
