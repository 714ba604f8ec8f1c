import { secretNames } from "../errors/redact.ts";
import { ClientExchange } from "../exchange/client-exchange.ts";
import type { RequestOptions } from "../options/options.ts";
import { withCookies } from "./cookies.ts";
import { withExpectation } from "./expectation.ts";
import { withRequestHook } from "./hooks.ts";
import { withRedirects } from "./redirects.ts";
import { withRetries } from "./retry.ts";
import { retryRules } from "./retry-rules.ts";
import type { Send } from "./send.ts";

/** The foot of the ladder: one request and its answer on a connection of the pool. */
import { throughTransport } from "./through-transport.ts";
const exchange: Send = (request, call) =>
  new Promise((answered, failed) => {
    new ClientExchange(request, call, { answered, failed }).start();
  });

/** The rungs that these options ask for, one upon the other; a call comes in at the top. */
export function ladder(options: RequestOptions): Send {
  const { redirect = "follow", maxRedirects = 20, allowDowngrade, secrets, cookies, hooks = {}, expectContinue } = options;
  const retry = retryRules(options.retry);
  let send = options.transport ? throughTransport(options.transport) : exchange;
  if (expectContinue) send = withExpectation(send);
  if (retry) send = withRetries(send, retry, hooks.beforeRetry);
  if (hooks.beforeRequest) send = withRequestHook(send, hooks.beforeRequest);
  if (cookies) send = withCookies(send, cookies);
  if (redirect === "manual") return send;
  const safety = { allowDowngrade, secrets: secretNames(secrets) };
  return withRedirects(send, { mode: redirect, maximum: maxRedirects, hook: hooks.beforeRedirect, ...safety });
}
