import http from "node:http";
import https from "node:https";

/** A request as it goes to a server, without the fields that {@link exchange} adds. */
export interface TestRequest {
  /** GET unless set. */
  readonly method?: string;
  readonly path: string;
  /** A list holds names and values in turn. */
  readonly headers?: http.OutgoingHttpHeaders | readonly string[];
  readonly body?: string | Buffer;
}

/** Where a request goes. */
export interface Destination {
  readonly port: number;
  /** What Host says; the same for every server, so that nothing in an answer names the port. */
  readonly host?: string;
  /** The certificate to trust; set, the request goes over TLS. */
  readonly ca?: string;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Lower-case names, repeated values joined by a bar, without the fields that are no part of the resource. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const MASKED = new Set(["date", "server", "keep-alive", "last-modified"]);

// The order of methods in Allow says nothing.
const joined = (name: string, values: readonly string[]): string =>
  name === "allow" ? values.join(",").split(/, */).toSorted().join(",") : values.join("|");

function describeAnswer(response: http.IncomingMessage, body: Buffer): Answer {
  const names = Object.keys(response.headersDistinct).filter((name) => !MASKED.has(name));
  const headers = names.toSorted().map((name) => [name, joined(name, response.headersDistinct[name] ?? [])] as const);
  return { status: response.statusCode ?? 0, text: response.statusMessage ?? "", headers: Object.fromEntries(headers), body };
}

function fields({ headers = {}, body }: TestRequest, host: string): string[] {
  const own = Array.isArray(headers) ? headers : Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
  const length = body === undefined ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  return ["Host", host, ...own, ...length, "Connection", "close"];
}

/** Makes one request on a connection of its own; rejects after fifteen seconds without an answer. */
export function exchange({ port, host = "httpbin.test", ca }: Destination, item: TestRequest): Promise<Answer> {
  const { method = "GET", path, body } = item;
  const options = { host: "127.0.0.1", port, method, path, agent: false, headers: fields(item, host) };
  return new Promise((resolve, reject) => {
    const request = ca === undefined ? http.request(options) : https.request({ ...options, ca, servername: host });
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve(describeAnswer(response, Buffer.concat(chunks))));
    });
    request.setTimeout(15_000, () => request.destroy(new Error(`no answer to ${method} ${path}`)));
    request.on("error", reject);
    request.end(body);
  });
}

/** The JSON object in an answer. */
export function parse({ body }: Answer): Record<string, unknown> {
  const value: Record<string, unknown> = JSON.parse(body.toString());
  return value;
}
