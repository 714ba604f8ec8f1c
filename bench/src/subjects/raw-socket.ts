import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { connect as connectTls } from "node:tls";
import { BodyCounter } from "../body.ts";
import { inLanes, type Done, type Exchange } from "../lanes.ts";
import type { Run, Subject, Target } from "../subject.ts";

const SMALL_READ = 128 * 1024;
const LARGE_READ = 1024 * 1024;
const HEAD_END = "\r\n\r\n";
const LENGTH = "content-length:";

/** One connection at a time, and no more knowledge of HTTP than where a body with a Content-Length begins and ends. */
class Lane {
  readonly #target: Target;
  readonly #request: Buffer;
  readonly #address: { readonly host: string; readonly port: number };
  readonly #scratch: Buffer;
  readonly #counter: BodyCounter;
  #socket: Socket | undefined;
  #done: Done = () => undefined;
  /** Bytes of body still to come; undefined before the head is there. */
  #missing: number | undefined;
  /** Where a body in one piece is read to, without a copy. */
  #whole: Buffer | undefined;

  constructor(target: Target, request: Buffer) {
    this.#target = target;
    this.#request = request;
    const { hostname, port } = new URL(target.origin);
    this.#address = { host: hostname, port: Number(port) };
    this.#scratch = Buffer.allocUnsafeSlow(target.work.moves === undefined ? SMALL_READ : LARGE_READ);
    this.#counter = new BodyCounter(target.work);
  }

  exchange(done: Done): void {
    this.#done = done;
    this.#missing = undefined;
    this.#socket ??= this.#connect();
    this.#socket.write(this.#request);
    const body = this.#target.work.streamed ? this.#target.upload() : undefined;
    if (body instanceof Readable) sendChunked(this.#socket, body);
  }

  #connect(): Socket {
    const onread = { buffer: () => this.#buffer(), callback: (length: number, bytes: Uint8Array) => this.#read(length, bytes) };
    const options = { ...this.#address, noDelay: true, onread };
    const socket = this.#target.work.tls ? connectTls(options) : connect(options);
    socket.on("error", (error) => this.#done(error, 0));
    // Between requests the server may close a connection: the next request opens another.
    socket.once("end", () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      if (this.#missing !== 0) this.#done(new Error("the connection ended before the body"), 0);
    });
    return socket;
  }

  #buffer(): Buffer {
    return this.#whole?.subarray(this.#whole.length - (this.#missing ?? 0)) ?? this.#scratch;
  }

  #read(length: number, bytes: Uint8Array): boolean {
    const start = this.#missing === undefined ? this.#readHead(Buffer.from(bytes.buffer, bytes.byteOffset, length)) : 0;
    if (this.#whole === undefined && start < length) this.#counter.add(this.#own(bytes, start, length));
    this.#missing = (this.#missing ?? 0) - (length - start);
    if (this.#missing === 0) this.#finish();
    return true;
  }

  /** The scratch buffer is read into again: pieces that wait for the rest of a body must be copied out of it. */
  #own(bytes: Uint8Array, start: number, length: number): Buffer {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset + start, length - start);
    const kept = this.#target.work.consume !== "stream" && view.length < (this.#missing ?? 0);
    return kept ? Buffer.from(view) : view;
  }

  /** Where the body begins. A head comes in one read, for the server writes it in one. */
  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END);
    const head = bytes.toString("latin1", 0, end).toLowerCase();
    this.#missing = Number.parseInt(head.slice(head.indexOf(LENGTH) + LENGTH.length), 10);
    const start = end + HEAD_END.length;
    if (this.#target.work.consume === "bytes") {
      this.#whole = Buffer.allocUnsafeSlow(this.#missing);
      bytes.copy(this.#whole, 0, start);
    }
    return start;
  }

  #finish(): void {
    if (this.#target.work.connection === "close") {
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    const counted = this.#whole?.length ?? this.#counter.end();
    this.#whole = undefined;
    this.#done(undefined, counted);
  }
}

/** Chunks that are made as the socket takes them (RFC 9112 §7.1). */
function sendChunked(socket: Socket, body: Readable): void {
  body.on("data", (piece: Buffer) => {
    socket.cork();
    socket.write(`${piece.length.toString(16)}\r\n`);
    socket.write(piece);
    const taken = socket.write("\r\n");
    socket.uncork();
    if (taken) return;
    body.pause();
    socket.once("drain", () => body.resume());
  });
  body.once("end", () => socket.write("0\r\n\r\n"));
}

function requestBytes({ work, origin, upload }: Target): Buffer {
  const made = upload();
  const body = Buffer.isBuffer(made) ? made : undefined;
  const length = body === undefined ? "" : `Content-Length: ${body.length}\r\n`;
  const framing = work.streamed ? "Transfer-Encoding: chunked\r\n" : length;
  const connection = work.connection === "close" ? "Connection: close\r\n" : "";
  const head = `${work.method} ${work.path} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\n${connection}${framing}\r\n`;
  return Buffer.concat([Buffer.from(head), body ?? Buffer.alloc(0)]);
}

/** Lanes with a connection each, made on first use. */
function lanes(target: Target): Exchange {
  const request = requestBytes(target);
  const open: Lane[] = [];
  return (lane, done) => (open[lane] ??= new Lane(target, request)).exchange(done);
}

const setup = async (target: Target): Promise<Run> => inLanes(lanes(target), target.work.expects);

/** The ceiling: what a TypeScript program can reach on Node's sockets when it does not care what the server says. */
export const subjects: readonly Subject[] = [{ name: "raw socket", does: () => true, setup }];
