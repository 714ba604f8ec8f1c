import { once } from "node:events";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { listen as listenOn } from "../../../../test/helpers/listen.ts";

/** A server on 127.0.0.1 that a test owns. */
export interface Loopback {
  readonly port: number;
  /** Resolves when every connection that there is now has ended. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Serves each connection with the handler. Errors of the sockets are the other side's business and ignored. */
export function listen(handler: (socket: Socket) => void): Promise<Loopback> {
  return start(createServer({ allowHalfOpen: true }), "connection", handler);
}

/** The same behind TLS. */
export function listenTls(certificate: { certificate: string; key: string }, handler: (socket: Socket) => void): Promise<Loopback> {
  return start(createTlsServer({ cert: certificate.certificate, key: certificate.key }), "secureConnection", handler);
}

async function start(server: Server, event: string, handler: (socket: Socket) => void): Promise<Loopback> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.on(event, (socket: Socket) => {
    socket.on("error", () => {});
    handler(socket);
  });
  const port = await listenOn(server);
  return {
    port,
    idle: async () => {
      await Promise.all(Array.from(sockets, (socket) => new Promise((resolve) => socket.once("close", resolve))));
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
