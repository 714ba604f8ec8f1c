import { secretNames } from "../errors/redact.ts";
import { ClientExchange } from "../exchange/client-exchange.ts";
import { isDigest } from "../options/auth.ts";
import type { RequestOptions } from "../options/options.ts";
import { withCookies } from "./cookies.ts";
import { withDigest, type DigestSessions } from "./digest.ts";
import { withExpectation } from "./expectation.ts";
import { withRequestHook, type Hooks } from "./hooks.ts";
import { withRedirects } from "./redirects.ts";
import { withRetries } from "./retry.ts";
import { retryRules } from "./retry-rules.ts";
import type { Send } from "./send.ts";
import { throughTransport } from "./through-transport.ts";
import { withWatchers, type Watcher } from "./watchers.ts";

/** The foot of the ladder: one request and its answer on a connection of the pool. */
const exchange: Send = (request, call) =>
  new Promise((answered, failed) => {
    new ClientExchange(request, call, { answered, failed }).start();
  });

/** Nothing that it inherits is a hook. */
const NO_HOOKS: Hooks = Object.create(null);

/** The rungs that these options ask for, one upon the other; a call comes in at the top. */
export function ladder(options: RequestOptions, sessions: DigestSessions, watching: ReadonlySet<Watcher>): Send {
  const { redirect = "follow", maxRedirects = 20, allowDowngrade, secrets, cookies, hooks = NO_HOOKS, expectContinue, auth } = options;
  const retry = retryRules(options.retry);
  let send = withWatchers(options.transport ? throughTransport(options.transport) : exchange, watching);
  if (expectContinue) send = withExpectation(send);
  if (auth && isDigest(auth)) send = withDigest(send, auth, sessions);
  if (retry) send = withRetries(send, retry, hooks.beforeRetry);
  if (hooks.beforeRequest) send = withRequestHook(send, hooks.beforeRequest);
  if (cookies) send = withCookies(send, cookies);
  if (redirect === "manual") return send;
  const safety = { allowDowngrade, secrets: secretNames(secrets) };
  return withRedirects(send, { mode: redirect, maximum: maxRedirects, hook: hooks.beforeRedirect, ...safety });
}
