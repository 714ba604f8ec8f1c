import http from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { readBody } from "./body-reader.ts";
import { makeCertificate } from "./certificate.ts";
import { errorReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import { describeRequest } from "./request.ts";
import type { HttpbinRequest } from "./request.ts";
import { refuseMessage } from "./refusal.ts";
import { route } from "./router.ts";
import { sendReply } from "./sender.ts";

/** Where the server listens. */
export interface HttpbinOptions {
  /** The port of plain HTTP; any free one unless set or when 0. */
  readonly port?: number;
  /** The port of HTTPS; any free one unless set or when 0. */
  readonly tlsPort?: number;
  /** The address to listen on; 127.0.0.1 unless set. */
  readonly host?: string;
}

/** A running server. */
export interface Httpbin {
  /** Its address over HTTP, without a slash at the end. */
  readonly url: string;
  /** Its address over HTTPS, without a slash at the end. */
  readonly tlsUrl: string;
  readonly port: number;
  readonly tlsPort: number;
  /** The certificate to trust for HTTPS, in PEM; made anew at every start. */
  readonly certificate: string;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

/** The answer to a request; an unforeseen error becomes a 500, so that no request can end the process. */
async function answer(request: HttpbinRequest, complete: boolean): Promise<Reply> {
  if (!complete) return errorReply(413, "The body is larger than 16 MiB.");
  try {
    return await route(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    return errorReply(500, error instanceof Error ? error.message : String(error));
  }
}

async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const body = await readBody(message);
  if (body === undefined) response.shouldKeepAlive = false;
  const request = describeRequest(message, { body: body ?? Buffer.alloc(0), signal: gone.signal });
  await sendReply(response, request, await answer(request, body !== undefined));
}

const listener: RequestListener = (message, response) => {
  // What fails here is the connection, in the middle of a body; there is nobody left to tell.
  serve(message, response).catch(() => response.destroy());
};

function prepare<Server extends http.Server>(server: Server): Server {
  server.on("clientError", refuseMessage);
  // RFC 9110 §9.3.6: this server is no proxy.
  server.on("connect", (_message: IncomingMessage, socket: Duplex) =>
    socket.end("HTTP/1.1 405 METHOD NOT ALLOWED\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
  );
  return server;
}

function listen(server: http.Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      // A text is the path of a local socket, which a server with a port never has.
      if (address !== null && typeof address !== "string") resolve(address.port);
    });
  });
}

function close(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/**
 * Starts the embedded httpbin on plain HTTP and on HTTPS.
 * @throws the error of node:net when a port cannot be had
 */
export async function startHttpbin({ port = 0, tlsPort = 0, host = "127.0.0.1" }: HttpbinOptions = {}): Promise<Httpbin> {
  const { certificate, key } = await makeCertificate();
  const plain = prepare(http.createServer(listener));
  const secure = prepare(https.createServer({ cert: certificate, key }, listener));
  const stop = async (): Promise<void> => void (await Promise.all([close(plain), close(secure)]));
  const shown = host.includes(":") ? `[${host}]` : host;
  try {
    const ports = [await listen(plain, port, host), await listen(secure, tlsPort, host)] as const;
    const [url, tlsUrl] = [`http://${shown}:${ports[0]}`, `https://${shown}:${ports[1]}`];
    return { url, tlsUrl, port: ports[0], tlsPort: ports[1], certificate, close: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
