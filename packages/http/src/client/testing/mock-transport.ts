import { transportFailure } from "../exchange/transport-answer.ts";
import type { Transport, TransportRequest, TransportResponse } from "../rungs/transport.ts";
import { mockFailure } from "./mock-fault.ts";
import { MockRequest, wholeOf } from "./mock-request.ts";
import { checkedRoute, responseOf, RouteUse, type MockReply, type MockRoute } from "./mock-route.ts";
import { missWords, requestWords } from "./nearest.ts";

/** A transport that answers as it was told, and remembers what it was asked. */
export interface MockTransport extends Transport {
  /** Every request so far, in order: each hop, each repetition. */
  readonly requests: readonly MockRequest[];
  /** The routes that have answered nothing yet. */
  readonly unused: readonly MockRoute[];
}

/**
 * Answers a client's requests from a list, for tests without a network: the first route that is for a request and not used up answers it. A
 * request that none is for fails with `transport-failed`, whose message lists the routes and names the nearest. Throws a TypeError for what
 * is no route.
 *
 * @example
 * const transport = mockTransport([
 *   { method: "GET", url: "https://api.example.com/devices", reply: { json: [{ name: "lamp" }] } },
 *   { method: "POST", url: "/devices", times: 1, fault: "connection-reset" },
 *   { method: "POST", url: "/devices", reply: (request) => ({ status: 201, json: request.json() }) },
 * ]);
 * const client = new Client({ transport });
 */
export function mockTransport(routes: readonly MockRoute[]): MockTransport {
  const uses = routes.map((route) => new RouteUse(checkedRoute(route)));
  const requests: MockRequest[] = [];
  return {
    requests,
    get unused(): readonly MockRoute[] {
      return routes.filter((_route, index) => uses[index]?.uses === 0);
    },
    async send(asked: TransportRequest): Promise<TransportResponse> {
      const request = new MockRequest(asked, await wholeOf(asked.body));
      requests.push(request);
      const { route } = uses.find((use) => use.take(request)) ?? unexpected(request, uses);
      await delay(route.delay ?? 0, asked.signal);
      return answer(route, request);
    },
  };
}

async function answer({ reply, fault }: MockRoute, request: MockRequest): Promise<TransportResponse> {
  if (reply === undefined && fault) throw mockFailure(fault, false);
  const given: MockReply = typeof reply === "function" ? await reply(request) : (reply ?? {});
  return responseOf(given, fault);
}

function unexpected(request: MockRequest, uses: readonly RouteUse[]): never {
  const candidates = uses.map((use) => use.candidate(request.url));
  throw transportFailure(`no answer is declared for ${requestWords(request)}; ${missWords(request, candidates)}`, { phase: "headers" });
}

/** The longest that `setTimeout` waits. */
const MAX_TIMEOUT = 2_147_483_647;

/** A client that gives up is not kept waiting, nor is its process. */
function delay(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, Math.min(ms, MAX_TIMEOUT));
    const give = (): void => {
      clearTimeout(timer);
      reject(new Error("the request was given up"));
    };
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
}
