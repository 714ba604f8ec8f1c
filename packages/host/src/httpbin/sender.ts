import { validateHeaderName, validateHeaderValue } from "node:http";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { errorReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { HttpbinRequest } from "./request.ts";
import { statusText } from "./status-text.ts";
import type { Pairs } from "./url-text.ts";

/** Field names that belong to the connection (RFC 9110 §7.6.1), which gunicorn drops from an application's answer. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "date",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "server",
  "te",
  "trailers",
  "transfer-encoding",
  "upgrade",
]);

// RFC 9110 §8.6: no Content-Length with 204; httpbin sends none with 304 either.
const WITHOUT_LENGTH: ReadonlySet<number> = new Set([204, 304]);

/** The fields of the Fetch standard that httpbin adds to every answer. */
function corsHeaders(request: HttpbinRequest): Pairs {
  const asked = request.headers.get("Access-Control-Request-Headers");
  const always: Pairs = [
    ["Access-Control-Allow-Origin", request.headers.get("Origin") ?? "*"],
    ["Access-Control-Allow-Credentials", "true"],
  ];
  if (request.method !== "OPTIONS") return always;
  return [
    ...always,
    ["Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, PATCH, OPTIONS"],
    ["Access-Control-Max-Age", "3600"],
    ...(asked === undefined ? [] : [["Access-Control-Allow-Headers", asked] as const]),
  ];
}

function lengthHeaders({ status, headers, body }: Reply): Pairs {
  if (!(body instanceof Uint8Array) || WITHOUT_LENGTH.has(status)) return [];
  return headers.some(([name]) => name.toLowerCase() === "content-length") ? [] : [["Content-Length", String(body.length)]];
}

/** The name of the first field that cannot stand in a header section. */
function unsendable(headers: Pairs): string | undefined {
  return headers.find(([name, value]) => {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      return false;
    } catch {
      return true;
    }
  })?.[0];
}

function checked(reply: Reply): Reply {
  const name = unsendable(reply.headers);
  return name === undefined ? reply : errorReply(400, `The answer would need the header ${JSON.stringify(name)}, which HTTP cannot carry.`);
}

/** Writes an answer; settles when it is written or the client is gone. */
export async function sendReply(response: ServerResponse, request: HttpbinRequest, reply: Reply): Promise<void> {
  const { status, headers, body } = checked(reply);
  const own = headers.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()));
  const fields = [["Server", "nodemcu-httpbin"], ...own, ...lengthHeaders({ status, headers, body }), ...corsHeaders(request)];
  response.writeHead(status, statusText(status), fields.flat());
  if (request.method === "HEAD") response.end();
  else if (body instanceof Uint8Array) response.end(body);
  else await pipeline(Readable.from(body, { objectMode: false }), response);
}
