import { connect, type Socket } from "node:net";
import type { Address } from "./connection.ts";

/** What a TCP socket tells. Until it is connected only `connected` or `failed` comes, once. */
export interface TcpEvents {
  readonly connected: () => void;
  readonly failed: (error: NodeJS.ErrnoException) => void;
  /** A view into a buffer that is used again. */
  readonly data: (bytes: Uint8Array) => void;
  readonly end: () => void;
  readonly drain: () => void;
}

const READ_SIZE = 65_536;

/**
 * One buffer for the reads of every socket: a read is handed on before the next one begins, on one thread. On Windows a read that waits
 * for data holds on to its buffer, so there each socket has its own.
 */
const sharedBuffer: Uint8Array | undefined = process.platform === "win32" ? undefined : new Uint8Array(READ_SIZE);

/**
 * Opens a TCP connection. `onread` hands bytes over without the stream machinery: no allocation per read. The socket stays open for
 * writing when the peer ends, so that an answer to a half-closed connection can be read to its end.
 */
export function openTcp(address: Address, port: number, events: TcpEvents): Socket {
  const buffer = sharedBuffer ?? new Uint8Array(READ_SIZE);
  const onread = {
    buffer,
    callback: (length: number): boolean => {
      events.data(buffer.subarray(0, length));
      return true;
    },
  };
  const socket = connect({
    host: address.address,
    family: address.family,
    port,
    noDelay: true,
    allowHalfOpen: true,
    autoSelectFamily: false,
    onread,
    // Node would take one from a polluted Object.prototype.
    signal: undefined,
  });
  socket.once("connect", events.connected);
  socket.on("error", events.failed);
  socket.once("end", events.end);
  socket.on("drain", events.drain);
  return socket;
}
