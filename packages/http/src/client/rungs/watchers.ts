import type { Answer } from "../exchange/answer.ts";
import type { Call } from "../exchange/call.ts";
import type { WireRequest } from "../request/wire-request.ts";
import type { Send } from "./send.ts";

/** Sees one exchange: what is sent by `send`, and what comes of it. */
export type Watcher = (send: Send, request: WireRequest, call: Call) => Promise<Answer>;

/** Who watches the exchanges of a client. */
const watchers = new WeakMap<object, Set<Watcher>>();

/** The watchers of a client: always the same set, which may be changed while requests are under way. */
export function watchersOf(client: object): Set<Watcher> {
  const known = watchers.get(client) ?? new Set();
  watchers.set(client, known);
  return known;
}

/** Lets them see every exchange: each hop, each repetition. Without any it costs nothing. */
export function withWatchers(send: Send, watching: ReadonlySet<Watcher>): Send {
  return (request, call) => {
    if (watching.size === 0) return send(request, call);
    let watched = send;
    for (const watch of watching) {
      const below = watched;
      watched = (each, of) => watch(below, each, of);
    }
    return watched(request, call);
  };
}
