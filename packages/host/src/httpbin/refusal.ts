import type { Duplex } from "node:stream";
import { readTarget } from "./request.ts";
import { errorReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import { refuse } from "./router.ts";
import { statusText } from "./status-text.ts";

/** An error of node:http's parser, with the bytes it stopped at. */
interface ParserError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

const STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

// RFC 9110 §9.1: any token may be a method, yet node:http's parser knows a fixed list; the others come here.
function refuseMethod(packet: Buffer): Reply | undefined {
  const [, method = "", target] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/1\.[01]\r?\n/.exec(packet.toString("latin1", 0, 8192)) ?? [];
  return target === undefined ? undefined : refuse(method, readTarget(target).path);
}

function describe(error: ParserError): Reply {
  const refused = error.code === "HPE_INVALID_METHOD" && error.rawPacket !== undefined ? refuseMethod(error.rawPacket) : undefined;
  return refused ?? errorReply(STATUS[error.code ?? ""] ?? 400, `The request is no HTTP: ${error.message}.`);
}

/** Answers bytes that are no request, then closes. */
export function refuseMessage(error: ParserError, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const { status, headers, body } = describe(error);
  const bytes = body instanceof Uint8Array ? body : Buffer.alloc(0);
  const fields = [...headers, ["Content-Length", String(bytes.length)], ["Connection", "close"]].map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${status} ${statusText(status)}\r\n${fields.join("")}\r\n`, "latin1"), bytes]));
}
