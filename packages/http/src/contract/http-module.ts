import { printable, send, Timeline, withoutCredentials, type Response, type WireRequest } from "../client/index.ts";
import { checkMethod, HttpFailure, parseHttpUrl, type Field } from "../protocol/index.ts";
import { systemClock } from "../transport/index.ts";
import { checkArguments } from "./arguments.ts";
import { callerFields } from "./header-lines.ts";
import { responseHeaders, responseText } from "./response-text.ts";
import { resolveSettings, type ResolvedSettings } from "./settings.ts";
import type { HttpCallback, HttpModule, HttpSettings, RequestBody, RequestHeaders } from "./types.ts";

/** P8. */
const USER_AGENT = "ESP8266";

/** Methods whose requests have a body by their meaning: without one they say so (RFC 9110 §8.6). */
const BODY_METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** One call, its arguments by name. */
interface Call<Data> {
  readonly name: string;
  readonly url: string;
  readonly method: string;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
  readonly callback: HttpCallback<Data> | null | undefined;
}

/**
 * NodeMCU's http module with settings of its own. Throws a RangeError for settings that cannot be meant.
 *
 * @example
 * const http = createHttp({ timeout: 3_000, tls: { ca: pem } });
 * http.get("https://device.local/state", null, (code, data, headers, failure) => {
 *   if (code < 0) console.error(failure?.message);
 *   else console.log(code, data);
 * });
 */
export function createHttp(settings: HttpSettings & { body: "bytes" }): HttpModule<Uint8Array>;
export function createHttp(settings?: HttpSettings): HttpModule;
export function createHttp(given: HttpSettings = {}): HttpModule | HttpModule<Uint8Array> {
  const settings = resolveSettings(given);
  return settings.body === "bytes" ? moduleOf(settings, ({ body }) => body) : moduleOf(settings, responseText);
}

function moduleOf<Data>(settings: ResolvedSettings, dataOf: (response: Response) => Data): HttpModule<Data> {
  const start = (call: Call<Data>): void => perform(call, settings, dataOf);
  return {
    OK: 0,
    ERROR: -1,
    get: (url, headers, callback) => start({ name: "get", url, method: "GET", headers, body: undefined, callback }),
    post: (url, headers, body, callback) => start({ name: "post", url, method: "POST", headers, body, callback }),
    put: (url, headers, body, callback) => start({ name: "put", url, method: "PUT", headers, body, callback }),
    delete: (url, headers, body, callback) => start({ name: "delete", url, method: "DELETE", headers, body, callback }),
    request: (url, method, headers, body, callback) => start({ name: "request", url, method, headers, body, callback }),
  };
}

/** The one place where a failure becomes -1. */
function perform<Data>(call: Call<Data>, settings: ResolvedSettings, dataOf: (response: Response) => Data): void {
  checkArguments(call);
  const timeline = new Timeline(systemClock);
  const count = { sent: 0, received: 0 };
  const { method, url } = call;
  const report = (status: number, finalUrl: string, failure?: HttpFailure): void =>
    settings.onExchange?.({
      method,
      url: withoutCredentials(url),
      finalUrl: withoutCredentials(finalUrl),
      status,
      bytesSent: count.sent,
      bytesReceived: count.received,
      timings: timeline.timings,
      failure,
    });
  const failed = (failure: HttpFailure): void => {
    report(-1, url, failure);
    queueMicrotask(() => call.callback?.(-1, undefined, undefined, failure));
  };
  let request: WireRequest;
  try {
    refuseAborted(settings.signal);
    request = wireRequest(call, settings);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    const { code, phase, reason, cause } = error;
    return failed(
      new HttpFailure(
        code,
        { phase, reason, ...(cause !== undefined && { cause }) },
        { method: printable(method), url: printable(withoutCredentials(url)) },
      ),
    );
  }
  send(
    request,
    {
      ...settings,
      clock: systemClock,
      timeline,
      count,
      lookup: undefined,
      onCertificateProblem: ({ reason }) =>
        settings.onDiagnostic({
          code: "tls-not-verified",
          message: `accepted without verification, although ${reason}`,
          method,
          url: request.url.href,
        }),
    },
    {
      response: (response, last) => {
        report(response.head.status, last.url.href);
        queueMicrotask(() => call.callback?.(response.head.status, dataOf(response), responseHeaders(response), undefined));
      },
      failed,
    },
  );
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new HttpFailure("aborted", {
      phase: "request",
      reason: "the signal had fired before the request was made.",
      cause: signal.reason,
    });
}

/** The request as it goes on the wire: Host, Connection, User-Agent (P8), the caller's lines, Content-Length. */
function wireRequest<Data>(call: Call<Data>, settings: ResolvedSettings): WireRequest {
  checkMethod(call.method);
  const url = parseHttpUrl(call.url);
  const body = typeof call.body === "string" ? Buffer.from(call.body, "utf8") : (call.body ?? undefined);
  const { fields, reserved } = callerFields(call.headers, body?.length);
  for (const [name] of reserved) {
    const message = `the header ${name} was left out: Host, Connection and User-Agent are the module's own and cannot be overridden`;
    settings.onDiagnostic({ code: "reserved-header", message, method: call.method, url: url.href });
  }
  const own: Field[] = [
    ["Host", url.authority],
    ["Connection", "close"],
    ["User-Agent", USER_AGENT],
  ];
  const hasLength = body !== undefined || BODY_METHODS.has(call.method);
  const length: Field[] = hasLength ? [["Content-Length", String(body?.length ?? 0)]] : [];
  return { method: call.method, url, fields: [...own, ...fields, ...length], body };
}

/** NodeMCU's http module with the document's settings. */
export const http: HttpModule = createHttp();
