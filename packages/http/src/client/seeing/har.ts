import { HttpFailure } from "../../protocol/index.ts";
import { writeTextAtomically } from "../../system/index.ts";
import type { Client } from "../client.ts";
import type { Answer } from "../exchange/answer.ts";
import { ownMembers } from "../request/members.ts";
import { watchersOf, type Watcher } from "../rungs/watchers.ts";
import type { Har } from "./har-format.ts";
import { HarExchange } from "./har-exchange.ts";
import { NOTHING_HIDDEN, secretsHidden } from "./har-redaction.ts";
import { tappedBody, tappedRequestBody } from "./tapped.ts";

/** What an archive holds. */
export interface HarOptions {
  /**
   * Leaves secrets out: values of headers, cookies, query parameters, and of members of JSON, forms and multipart bodies, whose names are
   * known as secret, look like it or are among the option `secrets` of the request. Default true.
   */
  readonly redact?: boolean | undefined;
  /** Whether bodies are kept; a number is the bytes of the largest that is. Default true: 1 MiB. */
  readonly bodies?: boolean | number | undefined;
}

/** An archive that grows as its client is used. */
export interface HarRecording extends AsyncDisposable {
  /** The exchanges so far that have an answer or have failed, in the order in which they began. */
  toJSON(): Har;
  /** Writes the archive in one step: no reader sees half of it. Fails with `file-failed`. */
  saveTo(path: string): Promise<void>;
  /** Takes nothing more in, but what belongs to exchanges that have begun. */
  stop(): void;
}

const LARGEST = 1_048_576;

/** Of the package; its test keeps it so. */
const CREATOR = { name: "nodemcu-http", version: "0.1.0" };

/**
 * Records what a client sends and gets as an HTTP archive (HAR 1.2): each hop of a redirect and each repetition is an entry, failures too. A
 * body is recorded as far as the program reads it, and costs no reading of its own. Everything is held in memory. The clients that `extend` makes of this
 * one are not recorded with it.
 *
 * @example
 * await using recording = recordHar(client);
 * await (await client.get("https://example.com/")).text();
 * await recording.saveTo("example.har");
 */
export function recordHar(client: Client, options: HarOptions = {}): HarRecording {
  const { redact = true, bodies = true } = ownMembers(options);
  const limit = typeof bodies === "number" ? bodies : Number(bodies) * LARGEST;
  const exchanges: HarExchange[] = [];
  const watching = watchersOf(client);
  const watch: Watcher = (send, request, call) => {
    const hidden = redact ? secretsHidden(call.setup.secrets) : NOTHING_HIDDEN;
    const exchange = new HarExchange({ request, clock: call.setup.clock, hidden, limit });
    exchanges.push(exchange);
    return recorded(exchange, () => send({ ...request, body: tappedRequestBody(request.body, exchange.sent) }, call));
  };
  const toJSON = (): Har => ({
    log: { version: "1.2", creator: CREATOR, entries: exchanges.map(({ entry }) => entry).filter((entry) => entry !== undefined) },
  });
  const stop = (): void => void watching.delete(watch);
  watching.add(watch);
  return {
    toJSON,
    stop,
    saveTo: (path) => writeTextAtomically(path, `${JSON.stringify(toJSON(), undefined, 2)}\n`),
    [Symbol.asyncDispose]: async () => stop(),
  };
}

async function recorded(exchange: HarExchange, answer: () => Promise<Answer>): Promise<Answer> {
  try {
    const answered = await answer();
    exchange.answered(answered.head, answered.exchange);
    const failed = (failure: HttpFailure): void => exchange.failed(failure);
    const body = tappedBody(answered, { tap: exchange.received, ended: () => exchange.ended(), failed });
    return { ...answered, body };
  } catch (error) {
    if (error instanceof HttpFailure) exchange.failed(error);
    throw error;
  }
}
