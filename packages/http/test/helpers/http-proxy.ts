import { createServer, request as forward, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Identity } from "../../../../test/helpers/certificates.ts";
import { listen } from "../../../../test/helpers/listen.ts";

/** A request as a proxy saw it. */
export interface Asked {
  readonly method: string;
  /** As it stood in the request line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Which of the proxy's connections it came on, from 1. */
  readonly connection: number;
}

/** An HTTP proxy as they are: it forwards, and opens tunnels, both to loopback whatever the host is. */
export interface HttpProxy {
  readonly port: number;
  readonly url: string;
  readonly asked: Asked[];
  /** Connections that came. */
  connections(): number;
  close(): Promise<void>;
}

/** With an identity it speaks TLS. */
export async function startHttpProxy(identity?: Identity): Promise<HttpProxy> {
  const asked: Asked[] = [];
  const numbers = new Map<Duplex, number>();
  const sockets = new Set<Duplex>();
  const note = ({ method = "", url = "", headers, socket }: IncomingMessage): void => {
    asked.push({ method, target: url, headers, connection: numbers.get(socket) ?? 0 });
  };
  const server = identity ? createTlsServer({ ...identity }) : createServer();
  server.on(identity ? "secureConnection" : "connection", (socket: Socket) => {
    numbers.set(socket, numbers.size + 1);
    sockets.add(socket.on("error", () => {}));
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    note(request);
    relay(request, response);
  });
  server.on("connect", (request: IncomingMessage, client: Duplex) => {
    note(request);
    const upstream = connect({ host: "127.0.0.1", port: Number(request.url?.split(":").at(-1)) }, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
    sockets.add(upstream.on("error", () => client.destroy()));
    client.once("close", () => upstream.destroy());
  });
  const port = await listen(server);
  const close = (): Promise<void> =>
    new Promise((closed) => {
      server.close(() => closed());
      for (const socket of sockets) socket.destroy();
    });
  return { port, url: `${identity ? "https" : "http"}://127.0.0.1:${port}`, asked, connections: () => numbers.size, close };
}

/** RFC 9110 §7.6.1 and §11.7.1: what was meant for this hop goes no further. */
function relay(request: IncomingMessage, response: ServerResponse): void {
  const { host, port, pathname, search } = new URL(request.url ?? "");
  const { connection: _connection, "proxy-authorization": _proof, ...headers } = request.headers;
  const path = pathname + search;
  const upstream = forward({ host: "127.0.0.1", port, method: request.method, path, headers: { ...headers, host } }, (answer) => {
    response.writeHead(answer.statusCode ?? 0, answer.headers);
    answer.pipe(response);
  });
  upstream.on("error", () => response.writeHead(502).end());
  request.pipe(upstream);
}
