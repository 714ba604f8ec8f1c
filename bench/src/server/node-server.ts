import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Page } from "./pages.ts";

const HEAD_END = "\r\n\r\n";
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;
/** The last chunk and no trailers: the bodies of the bench are text in which this does not come. */
const BODY_END = "0\r\n\r\n";

/** A server on node:net, listening. */
export interface NodeServer {
  readonly port: number;
  readonly tlsPort: number;
  /** How many connections have been accepted so far. */
  readonly connections: () => number;
  /** Bytes that have come so far, of heads and bodies. */
  readonly received: () => number;
  close(): Promise<void>;
}

/** Answers requests one after the other; of a request body it looks at nothing but the length. */
class Peer {
  readonly #pages: Readonly<Record<string, Page>>;
  readonly #socket: Socket;
  #head = "";
  /** Bytes of request body still to come before the answer. */
  #missing = 0;
  /** The end of what has come of a body in chunks. */
  #tail: string | undefined;

  constructor(pages: Readonly<Record<string, Page>>, socket: Socket) {
    this.#pages = pages;
    this.#socket = socket.setNoDelay(true);
    // Clients close connections as they like.
    socket.on("error", () => socket.destroy());
  }

  read(bytes: Buffer): void {
    if (this.#tail !== undefined) return this.#readChunks(bytes);
    if (this.#missing > 0) return this.#readBody(bytes.length);
    this.#head += bytes.toString("latin1");
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) return;
    const after = this.#head.length - end - HEAD_END.length;
    this.#head = this.#head.slice(0, end);
    if (CHUNKED.test(this.#head)) {
      this.#tail = "";
      return this.#readChunks(bytes.subarray(bytes.length - after));
    }
    this.#missing = Number(/\r\ncontent-length: *([0-9]+)/i.exec(this.#head)?.[1] ?? 0);
    this.#readBody(after);
  }

  #readBody(length: number): void {
    this.#missing -= length;
    if (this.#missing <= 0) this.#answer();
  }

  #readChunks(bytes: Buffer): void {
    this.#tail = (this.#tail + bytes.toString("latin1", Math.max(0, bytes.length - BODY_END.length))).slice(-BODY_END.length);
    if (this.#tail !== BODY_END) return;
    this.#tail = undefined;
    this.#answer();
  }

  #answer(): void {
    const path = this.#head.split(" ", 2)[1] ?? "";
    const page = this.#pages[path === "/sink" ? "/small.txt" : path];
    const closing = /\r\nconnection: *close/i.test(this.#head);
    this.#head = "";
    const connection = closing ? "close" : "keep-alive";
    const answer =
      page === undefined ? Buffer.from("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") : responseBytes(page, connection);
    this.#socket.write(answer);
    if (page !== undefined) this.#socket.write(page.body);
    if (closing) this.#socket.end();
  }
}

function responseBytes({ type, encoding, body }: Page, connection: string): Buffer {
  const coding = encoding === undefined ? "" : `Content-Encoding: ${encoding}\r\n`;
  const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n${coding}Content-Length: ${body.length}\r\nConnection: ${connection}${HEAD_END}`;
  return Buffer.from(head);
}

async function listen(server: Server): Promise<number> {
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
  await once(server, "listening");
  const address = server.address();
  return address !== null && typeof address !== "string" ? address.port : 0;
}

/** What to serve; certificate and key are PEM. */
export interface NodeServerOptions {
  readonly cert: string;
  readonly key: string;
  readonly pages: Readonly<Record<string, Page>>;
}

/** Listens on free ports of the loopback. */
export async function listenOnNode({ pages, ...credentials }: NodeServerOptions): Promise<NodeServer> {
  const sockets = new Set<Socket>();
  let [accepted, received] = [0, 0];
  const serve = (socket: Socket): void => {
    accepted++;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const peer = new Peer(pages, socket);
    socket.on("data", (bytes: Buffer) => {
      received += bytes.length;
      peer.read(bytes);
    });
  };
  const [plain, tls] = [createServer(serve), createTlsServer(credentials, serve)];
  const [port, tlsPort] = [await listen(plain), await listen(tls)];
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await Promise.all([plain, tls].map((server) => new Promise((resolve) => server.close(resolve))));
  };
  return { port, tlsPort, connections: () => accepted, received: () => received, close };
}
