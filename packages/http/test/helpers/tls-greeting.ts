import { createServer, type TlsOptions as ServerOptions, type TLSSocket } from "node:tls";
import { dial, type Connection, type DialOptions, type HttpFailure } from "../../src/transport/index.ts";
import type { Identity } from "../../../../test/helpers/certificates.ts";
import { listen } from "../../../../test/helpers/listen.ts";

/** A TLS server on loopback that greets whoever has come through the handshake. */
export interface Greeter {
  readonly port: number;
  /** How many handshakes were completed, and how many of them were taken up again. */
  readonly count: { handshakes: number; resumed: number };
  close(): void;
}

export async function startGreeter(
  identity: Identity,
  rules: ServerOptions & { greeting?: (socket: TLSSocket) => string } = {},
): Promise<Greeter> {
  const { greeting = (): string => "hello", ...options } = rules;
  const count = { handshakes: 0, resumed: 0 };
  const sockets = new Set<TLSSocket>();
  const server = createServer({ ...identity, ...options }, (socket) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    count.handshakes++;
    if (socket.isSessionReused()) count.resumed++;
    socket.write(greeting(socket));
  });
  server.on("tlsClientError", () => {});
  const port = await listen(server);
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, count, close };
}

/** How a connection to a greeter went: it is closed again. */
export interface Greeted {
  readonly text: string;
  readonly failure: HttpFailure | undefined;
  readonly steps: readonly string[];
  readonly connection: Connection;
}

/** Connects to localhost, and waits for the greeting or the failure. */
export function greeted(options: Omit<DialOptions, "host"> & { host?: string }): Promise<Greeted> {
  const steps: string[] = [];
  return new Promise((resolve) => {
    const over = (text: string, failure: HttpFailure | undefined): void => {
      connection.destroy();
      resolve({ text, failure, steps, connection });
    };
    const connection = dial(
      { host: "localhost", lookup: (_host, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]), ...options },
      {
        onStep: (step) => steps.push(step),
        onOpen: () => steps.push("open"),
        onData: (bytes) => over(Buffer.from(bytes).toString("latin1"), undefined),
        onEnd: () => over("", undefined),
        onError: (failure) => over("", failure),
      },
    );
  });
}
