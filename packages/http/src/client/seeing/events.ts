import { HttpFailure, type HttpUrl } from "../../protocol/index.ts";
import type { Endpoint, TlsFacts } from "../../transport/index.ts";
import { redactField, redactText } from "../errors/redact-message.ts";
import type { Answer } from "../exchange/answer.ts";
import type { Call } from "../exchange/call.ts";
import type { WireRequest } from "../request/wire-request.ts";
import type { RedirectTurn, RetryTurn } from "../rungs/hooks.ts";
import type { Send } from "../rungs/send.ts";
import { ByteTap } from "./byte-tap.ts";
import { CHANNELS } from "./channels.ts";
import type {
  CompleteMessage,
  ConnectMessage,
  ErrorMessage,
  RedirectMessage,
  RequestMessage,
  ResponseMessage,
  RetryMessage,
} from "./event-messages.ts";
import { tappedBody } from "./tapped.ts";

/** Numbers of calls that somebody has heard of. */
const ids = new WeakMap<Call, number>();
let lastId = 0;

function idOf(call: Call): number {
  const id = ids.get(call) ?? ++lastId;
  ids.set(call, id);
  return id;
}

/** The top of the ladder: tells of a call as long as somebody listens, else costs a look whether anybody does. */
export function withEvents(send: Send): Send {
  const { request, response, complete, error } = CHANNELS;
  return (wire, call) => {
    const heard = request.hasSubscribers || response.hasSubscribers || complete.hasSubscribers || error.hasSubscribers;
    return heard ? tellOf(send, wire, call) : send(wire, call);
  };
}

async function tellOf(send: Send, request: WireRequest, call: Call): Promise<Answer> {
  const { method, url, fields } = request;
  const message: RequestMessage = {
    ...about(call, { method, url }),
    headers: fields.map((field) => redactField(field, call.setup.secrets)),
  };
  CHANNELS.request.publish(message);
  try {
    const answer = await send(request, call);
    return answered(answer, call);
  } catch (error) {
    if (error instanceof HttpFailure) failed(error, { method, url, call });
    throw error;
  }
}

const about = (call: Call, { method, url }: { method: string; url: HttpUrl }): Pick<RequestMessage, "id" | "method" | "url"> => ({
  id: idOf(call),
  method,
  url: call.shown(url),
});

function answered(answer: Answer, call: Call): Answer {
  const { request, head, exchange } = answer;
  const headers = [...head.fields].map((field) => redactField(field, call.setup.secrets));
  const { attempts, elapsed } = call;
  const { reused, connection } = exchange;
  const facts = { peer: connection?.peer, reused, attempts: attempts.length, elapsed };
  const message: ResponseMessage = { ...about(call, request), status: head.status, headers, ...facts };
  CHANNELS.response.publish(message);
  const tap = new ByteTap(0);
  const ended = once(() => completed(answer, tap.length, call));
  if (isBodiless(answer)) ended();
  const body = tappedBody(answer, { tap, ended, failed: once((failure) => failed(failure, { ...request, call })) });
  return { request, head, body, exchange };
}

function completed({ request, head, exchange }: Answer, bytes: number, call: Call): void {
  const { timings } = exchange;
  const message: CompleteMessage = { ...about(call, request), status: head.status, bytes, timings, elapsed: call.elapsed };
  CHANNELS.complete.publish(message);
}

function once<Arguments extends readonly unknown[]>(work: (...given: Arguments) => void): (...given: Arguments) => void {
  let done = false;
  return (...given) => {
    if (!done) work(...given);
    done = true;
  };
}

/** Nobody may read a body that is known to be empty. */
const isBodiless = ({ request, head }: Answer): boolean =>
  request.method === "HEAD" || head.status === 204 || head.status === 304 || head.fields.get("content-length") === "0";

interface Failed {
  readonly method: string;
  readonly url: HttpUrl;
  readonly call: Call;
}

function failed({ code, phase, blame, message: text }: HttpFailure, { method, url, call }: Failed): void {
  const { elapsed, setup } = call;
  const words = redactText(text, setup.secrets);
  const message: ErrorMessage = { ...about(call, { method, url }), code, phase, blame, message: words, elapsed };
  CHANNELS.error.publish(message);
}

/** A redirect is about to be followed. */
export function tellRedirect(call: Call, { method, from, to, status }: RedirectTurn): void {
  if (!CHANNELS.redirect.hasSubscribers) return;
  const { secrets } = call.setup;
  const message: RedirectMessage = { id: idOf(call), method, url: redactText(from, secrets), to: redactText(to, secrets), status };
  CHANNELS.redirect.publish(message);
}

/** A request is about to wait before it is sent again. */
export function tellRetry(call: Call, { method, url, repetition, delay, status, error }: RetryTurn): void {
  if (!CHANNELS.retry.hasSubscribers) return;
  const where = { id: idOf(call), method, url: redactText(url, call.setup.secrets) };
  const message: RetryMessage = { ...where, repetition, delay, status, code: error?.code };
  CHANNELS.retry.publish(message);
}

/** A connection is open. */
export function tellConnect(
  { host, port }: Endpoint,
  made: { peer: Endpoint | undefined; security: TlsFacts | undefined; elapsed: number },
): void {
  if (!CHANNELS.connect.hasSubscribers) return;
  const { peer, security, elapsed } = made;
  const tls = security && { version: security.version, cipher: security.cipher, alpn: security.alpn, resumed: security.resumed };
  const message: ConnectMessage = { host, port, peer, tls, elapsed };
  CHANNELS.connect.publish(message);
}
