import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { listen } from "../../../../test/helpers/listen.ts";

/** What a request came down to, with everything left out that two clients may do differently. */
export interface SeenCall {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly type: string | undefined;
  readonly length: string | undefined;
  readonly coding: string | undefined;
  /** Headers whose names begin with `x-`, and those of who asks. */
  readonly named: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A server that a fetch is tried against. */
export interface FetchServer {
  readonly url: string;
  readonly seen: SeenCall[];
  close(): Promise<void>;
}

type Answer = (response: ServerResponse, body: Buffer, path: string) => void;

const redirect =
  (status: number, location: string | undefined): Answer =>
  (response) =>
    void response.writeHead(status, location === undefined ? {} : { Location: location }).end("moved");

const ANSWERS: Readonly<Record<string, Answer>> = {
  text: (response) => void response.writeHead(200, "As Asked", { "Content-Type": "text/plain", "X-Word": "one" }).end("Grüße"),
  json: (response) => void response.writeHead(200, { "Content-Type": "application/json" }).end('{"a":[1,2]}'),
  form: (response) => void response.writeHead(200, { "Content-Type": "application/x-www-form-urlencoded" }).end("a=1&b=%20"),
  typed: (response) => void response.writeHead(200, { "Content-Type": "image/png" }).end(Buffer.from([0, 1, 255])),
  echo: (response, body) => void response.end(body),
  cookies: (response) => void response.writeHead(200, { "Set-Cookie": ["a=1; Path=/", "b=2, c"], "X-Twice": ["1", "2"] }).end(),
  gzip: (response) => void response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync("packed")),
  "bad-gzip": (response) => void response.writeHead(200, { "Content-Encoding": "gzip" }).end("not packed"),
  large: (response) => void response.end(Buffer.alloc(1_000_000, "x")),
  status: (response, _body, path) => void response.writeHead(Number(path.split(/[/?]/)[2])).end("words"),
  empty: (response, _body, path) => void response.writeHead(Number(path.split(/[/?]/)[2])).end(),
  "301": redirect(301, "/echo"),
  "302": redirect(302, "/echo"),
  "303": redirect(303, "/echo"),
  "307": redirect(307, "/echo"),
  "308": redirect(308, "/echo?x#y"),
  nowhere: redirect(302, undefined),
  ftp: redirect(302, "ftp://127.0.0.1/"),
  loop: redirect(302, "/loop"),
  cut: (response) => void response.writeHead(200, { "Content-Length": "100" }).write("half", () => response.destroy()),
  reset: (response) => void response.destroy(),
  never: () => {},
  stuck: (response) => void response.write("first"),
};

/** Paths are the keys of what is answered. */
export async function startFetchServer(): Promise<FetchServer> {
  const seen: SeenCall[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const call = seenCall(request, body);
    seen.push(call);
    const path = request.url ?? "/";
    ANSWERS[/^\/([\w-]*)/.exec(path)?.[1] ?? ""]?.(response, Buffer.from(call.body, "latin1"), path);
  };
  const server = createServer((request, response) => {
    // A client that gives up in the middle of its request is part of what is tried.
    answer(request, response).catch(() => {});
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { url, seen, close };
}

function seenCall({ method, url, headers }: IncomingMessage, body: Buffer): SeenCall {
  const type = headers["content-type"];
  const boundary = /boundary=(.*)/.exec(type ?? "")?.[1] ?? "\0";
  const named = Object.entries(headers).filter(([name]) => name.startsWith("x-") || name === "authorization" || name === "cookie");
  return {
    method,
    path: url,
    type: type?.replace(boundary, "BOUNDARY"),
    // The boundaries of two clients have different lengths.
    length: boundary === "\0" ? headers["content-length"] : headers["content-length"] && "some",
    coding: headers["transfer-encoding"],
    named: Object.fromEntries(named),
    body: body.toString("latin1").replaceAll(boundary, "BOUNDARY"),
  };
}
