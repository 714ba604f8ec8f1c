import { fork, type ChildProcess } from "node:child_process";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** A port on loopback that answers no SYN: its queue of connections nobody accepts is full. */
export interface FullBacklog {
  readonly port: number;
  close(): void;
}

const CHILD = fileURLToPath(new URL("full-backlog-child.mjs", import.meta.url));

/** Starts a process that listens with the smallest queue, stops it, and fills the queue. */
export async function fillBacklog(): Promise<FullBacklog> {
  const child = fork(CHILD, { execArgv: [] });
  const port = await new Promise<number>((resolve) => child.once("message", (message) => resolve(Number(message))));
  child.kill("SIGSTOP");
  const sockets = await fill(port);
  return { port, close: () => end(child, sockets) };
}

/** Connects until a connection is not made within 300 ms. */
async function fill(port: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let made = true; made && sockets.length < 10;) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    sockets.push(socket);
    made = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      setTimeout(() => resolve(false), 300);
    });
  }
  return sockets;
}

function end(child: ChildProcess, sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.destroy();
  child.kill("SIGKILL");
}
