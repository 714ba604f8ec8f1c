import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Identity } from "../../../../test/helpers/certificates.ts";

/** A request as a server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  /** Field lines in their order and case. */
  readonly lines: readonly (readonly [string, string])[];
  /** Values by lower-case name; lines of one name are a list. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** A server that notes what it is asked. */
export interface EchoServer {
  readonly url: string;
  readonly host: string;
  readonly seen: Seen[];
  /** Connections that came. */
  connections(): number;
  /** Resolves when the clients have closed every connection. */
  left(): Promise<void>;
  close(): Promise<void>;
}

/** Answers with whatever `answer` writes, without it with an empty 200; with an identity over TLS. */
export async function startEchoServer(
  answer: (response: ServerResponse, seen: Seen) => void = (response) => response.end(),
  identity?: Identity,
): Promise<EchoServer> {
  const seen: Seen[] = [];
  let connections = 0;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void noted(request, response);
  };
  const noted = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = await note(request);
    seen.push(one);
    answer(response, one);
  };
  const server = identity ? createTlsServer({ ...identity }, listener) : createServer(listener);
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    connections++;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const left = async (): Promise<void> => {
    for (const socket of sockets) await once(socket, "close");
  };
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { url: `${identity ? "https" : "http"}://${host}`, host, seen, connections: () => connections, left, close };
}

async function note(request: IncomingMessage): Promise<Seen> {
  const { method = "", url = "", rawHeaders } = request;
  const lines = rawHeaders.flatMap((name, index): [string, string][] => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""]] : []));
  const headers: Record<string, string> = {};
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
  }
  return { method, url, lines, headers, body: await buffer(request) };
}
