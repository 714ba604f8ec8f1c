import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Identity } from "../../../../test/helpers/certificates.ts";
import { listen } from "../../../../test/helpers/listen.ts";

/** A server on loopback for one test file, and what it has seen. */
export interface Seen {
  readonly port: number;
  /** The bytes of each connection so far, as Latin-1 text. */
  readonly received: readonly string[];
  /** Connections that are open. */
  open(): number;
  /** Resolves when no connection is open any more. */
  quiet(): Promise<void>;
}

const servers: Server[] = [];
const sockets = new Set<Socket>();

/** For `after`: closes all that was started here. */
export function closeAll(): void {
  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
}

/** What happens on a connection; `read` gives what has come so far. */
export type Talk = (socket: Socket, read: () => string) => void;

/** Listens, with TLS if there is an identity. Half-open connections stay open until `talk` ends them. */
export async function serve(talk: Talk, identity?: Identity, { allowHalfOpen = false } = {}): Promise<Seen> {
  const received: string[] = [];
  const open = new Set<Socket>();
  const accept = (socket: Socket): void => {
    const index = received.push("") - 1;
    socket.on("error", () => {});
    socket.on("data", (bytes) => (received[index] += bytes.toString("latin1")));
    talk(socket, () => received[index] ?? "");
  };
  const server = identity ? createTlsServer({ ...identity, allowHalfOpen }, accept) : createServer({ allowHalfOpen }, accept);
  server.on("tlsClientError", () => {});
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => {});
    for (const set of [sockets, open]) {
      set.add(socket);
      socket.once("close", () => set.delete(socket));
    }
  });
  servers.push(server);
  const quiet = async (): Promise<void> => {
    while (open.size > 0) await Promise.all([...open].map((socket) => once(socket, "close")));
  };
  return { port: await listen(server), received, open: () => open.size, quiet };
}

/** Joins two sockets, whichever way the bytes go, and their ends. */
function join(one: Socket, other: Socket): void {
  one.pipe(other);
  other.pipe(one);
  one.once("close", () => other.destroy());
  other.once("close", () => one.destroy());
}

/** An HTTP proxy that lets everybody through, to the asked-for port on loopback; it has seen the heads. */
export function connectProxy(identity?: Identity): Promise<Seen & { readonly heads: readonly string[] }> {
  const heads: string[] = [];
  const talk: Talk = (socket, read) => {
    const listener = (): void => {
      if (!read().includes("\r\n\r\n")) return;
      socket.off("data", listener);
      heads.push(read());
      const port = Number(/^CONNECT \S+:(\d+) /.exec(read())?.[1]);
      const upstream = connect({ host: "127.0.0.1", port, allowHalfOpen: true }, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        join(socket, upstream);
      });
      upstream.on("error", () => socket.destroy());
    };
    socket.on("data", listener);
  };
  return serve(talk, identity, { allowHalfOpen: true }).then((seen) => Object.assign(seen, { heads }));
}

/** A SOCKS5 proxy for names, to the asked-for port on loopback; with credentials it asks for them. */
export function socksProxy(credentials?: { readonly username: string; readonly password: string }): Promise<Seen> {
  const method = credentials ? 2 : 0;
  const proof = credentials && Buffer.concat([Buffer.of(1), counted(credentials.username), counted(credentials.password)]);
  const talk: Talk = (socket, read) => {
    const greeting = credentials ? 4 : 3;
    const asked = greeting + (proof?.length ?? 0);
    const steps: readonly { readonly at: number; readonly act: () => void }[] = [
      { at: greeting, act: () => socket.write(Buffer.of(5, method)) },
      { at: asked, act: () => proof && socket.write(Buffer.of(1, Number(read().slice(greeting, asked) !== proof.toString("latin1")))) },
      { at: asked + 5, act: () => {} },
    ];
    let step = 0;
    const listener = (): void => {
      const text = read();
      for (let next = steps[step]; next && text.length >= next.at; next = steps[++step]) next.act();
      const end = asked + 7 + text.charCodeAt(asked + 4);
      if (step < steps.length || text.length < end) return;
      socket.off("data", listener);
      const port = Buffer.from(text, "latin1").readUInt16BE(end - 2);
      const upstream = connect({ host: "127.0.0.1", port, allowHalfOpen: true }, () => {
        socket.write(Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 80));
        join(socket, upstream);
      });
      upstream.on("error", () => socket.destroy());
    };
    socket.on("data", listener);
  };
  return serve(talk, undefined, { allowHalfOpen: true });
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}
