import { createServer, type Socket } from "node:net";
import { listen } from "./listen.ts";

/** A server that answers with whatever bytes a test wants. */
export interface RawServer {
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Every request that was complete, as Latin-1 text, in order of arrival. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Calls `answer` with each connection's socket once its request (head and Content-Length) is complete; with `anyRequest` at its first bytes. */
export async function startRawServer(answer: (socket: Socket, request: string) => void, { anyRequest = false } = {}): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // Clients that give up in the middle are part of what is tested.
    socket.on("error", () => {});
    let text = "";
    socket.on("data", (bytes) => {
      const before = text;
      text += bytes.toString("latin1");
      const complete = (seen: string): boolean => (anyRequest ? seen !== "" : isComplete(seen));
      if (complete(before) || !complete(text)) return;
      requests.push(text);
      answer(socket, text);
    });
  });
  const port = await listen(server);
  const close = (): Promise<void> =>
    new Promise((closed) => {
      server.close(() => closed());
      for (const socket of sockets) socket.destroy();
    });
  return { port, url: `http://127.0.0.1:${port}`, requests, close };
}

function isComplete(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length >= end + 4 + length;
}
