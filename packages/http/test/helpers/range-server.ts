import type { ServerResponse } from "node:http";
import { startEchoServer, type EchoServer, type Seen } from "./echo-server.ts";

/** What a server of parts says and does to one request. */
export interface RangeBehaviour {
  /** All of it. */
  readonly content: Buffer;
  /** Beside Content-Length and Content-Range. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body is cut off behind so many bytes. */
  readonly cut?: number | undefined;
  /** What If-Range must say for a part. */
  readonly validator: string;
  /** Answers in another way; true when it has. */
  readonly instead?: ((response: ServerResponse, seen: Seen) => boolean) | undefined;
}

/** A server that gives parts of what a test wants (RFC 9110 §14), and is as unreliable. `behaviour` is asked at each request, with its number from 0. */
export function startRangeServer(behaviour: (count: number) => RangeBehaviour): Promise<EchoServer> {
  let count = 0;
  return startEchoServer((response, seen) => {
    const rules = behaviour(count++);
    if (!rules.instead?.(response, seen)) answer(response, seen, rules);
  });
}

function answer(response: ServerResponse, { headers: asked }: Seen, { content, headers, cut, validator }: RangeBehaviour): void {
  const first = Number(/^bytes=(\d+)-$/.exec(asked["range"] ?? "")?.[1] ?? -1);
  if (first < 0 || asked["if-range"] !== validator) {
    response.writeHead(200, { "Content-Length": content.length, ...headers });
    return write(response, content, cut);
  }
  if (first >= content.length) return void response.writeHead(416, { "Content-Range": `bytes */${content.length}` }).end();
  const part = content.subarray(first);
  response.writeHead(206, {
    "Content-Length": part.length,
    "Content-Range": `bytes ${first}-${content.length - 1}/${content.length}`,
    ...headers,
  });
  write(response, part, cut);
}

/** All of it, or so many bytes and then the end of the connection. */
export function write(response: ServerResponse, bytes: Uint8Array, cut = bytes.length): void {
  if (cut >= bytes.length) return void response.end(bytes);
  response.write(bytes.subarray(0, cut), () => response.destroy());
  if (cut === 0) response.flushHeaders();
}
