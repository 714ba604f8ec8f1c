import { connect, type Socket } from "node:net";
import { UNSET } from "./unset.ts";

/** Where a socket connects to: an address, from a local one if that matters, or the path of a Unix socket. */
export type SocketTarget =
  | { readonly host: string; readonly family: 4 | 6; readonly port: number; readonly localAddress: string | undefined }
  | { readonly path: string };

/** What a socket tells. Until it is connected only `connected` or `failed` comes, once. */
export interface TcpEvents {
  readonly connected: () => void;
  readonly failed: (error: NodeJS.ErrnoException) => void;
  /** A view into a buffer that is used again. */
  readonly data: (bytes: Uint8Array) => void;
  readonly end: () => void;
  readonly drain: () => void;
  /** Where the bytes of the next read are to go; none or nothing: the buffer that is used again. */
  readonly place: () => Uint8Array | undefined;
}

/** Bytes that one read takes, if nobody has asked for another place for them. */
export const READ_SIZE = 65_536;

/**
 * One buffer for the reads of every socket: a read is handed on before the next one begins, on one thread. On Windows a read that waits
 * for data holds on to its buffer, so there each socket has its own.
 */
const sharedBuffer: Uint8Array | undefined = process.platform === "win32" ? undefined : new Uint8Array(READ_SIZE);

/**
 * Opens a TCP connection, or one to a Unix socket. `onread` hands bytes over without the stream machinery: no allocation per read. The socket stays open for
 * writing when the peer ends, so that an answer to a half-closed connection can be read to its end.
 */
export function openSocket(target: SocketTarget, events: TcpEvents): Socket {
  const onread = {
    buffer: readBuffers(events),
    callback: (length: number, buffer: Uint8Array): boolean => {
      events.data(buffer.subarray(0, length));
      return true;
    },
  };
  const socket = connect({
    noDelay: true,
    allowHalfOpen: true,
    autoSelectFamily: false,
    ...UNSET,
    localAddress: undefined,
    ...target,
    onread,
  });
  socket.once("connect", events.connected);
  socket.on("error", events.failed);
  socket.once("end", () => {
    const error = brokenBy.get(socket);
    if (error) events.failed(error);
    else confirmEnd(socket, events);
  });
  socket.on("drain", events.drain);
  return socket;
}

/** Node asks for a buffer before each read, and goes on with the one it has when it gets none. */
function readBuffers({ place }: TcpEvents): Uint8Array | (() => Uint8Array) {
  if (!sharedBuffer) return new Uint8Array(READ_SIZE);
  const shared = sharedBuffer;
  return () => {
    const wanted = place();
    return wanted && wanted.length > 0 ? wanted : shared;
  };
}

const NOTHING = new Uint8Array(0);

/**
 * Reports an end, or the reset that libuv takes for one when it is polled together with the last data (its stream code reports EOF after a
 * partial read with POLLHUP). The kernel still knows: it fails a write of no bytes, which sends nothing, on a connection that was reset.
 */
function confirmEnd(socket: Socket, events: TcpEvents): void {
  if (!socket.writable || socket.writableLength > 0) return events.end();
  socket.write(NOTHING, (error) => {
    if (!error) events.end();
  });
}

/** How a write fails on a connection that the peer has reset. */
const RESET: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

type Write = (error?: NodeJS.ErrnoException | null) => void;

/** The error that a write had on a socket that is read to its end all the same. */
const brokenBy = new WeakMap<Socket, NodeJS.ErrnoException>();

/**
 * Lets a socket that was reset be read to its end. A server that refuses an upload answers and closes, which resets the connection while
 * the client still writes. Node would destroy the socket at once, and with it the answer that has come before the reset (RFC 9112 §9.6
 * describes the case). To be called once, before what may fail is written; a socket costs more for it.
 */
export function keepReading(socket: Socket): void {
  const unlessReset =
    (done: Write): Write =>
    (error) => {
      // Behind the end there is nothing left to be read.
      if (!error || !RESET.has(error.code) || socket.isPaused() || socket.readableEnded) done(error);
      else brokenBy.set(socket, error);
    };
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, unlessReset(done));
  const writev = socket._writev?.bind(socket);
  if (writev) socket._writev = (chunks, done) => writev(chunks, unlessReset(done));
}
