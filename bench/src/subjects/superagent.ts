import { Agent as PlainAgent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { Readable, Writable } from "node:stream";
import type { Response, SuperAgentRequest, SuperAgentStatic } from "superagent";
import { inPromisedLanes } from "../lanes.ts";
import type { Run, Subject, Target } from "../subject.ts";
import { records } from "../body.ts";

const BYTES = "application/octet-stream";

/** Counts what is piped through; superagent gives the pieces to nothing but a stream. */
const countPiped = (request: SuperAgentRequest): Promise<number> =>
  new Promise((resolve, reject) => {
    let passed = 0;
    const write = (piece: Buffer, _encoding: BufferEncoding, next: () => void): void => {
      passed += piece.byteLength;
      next();
    };
    request.once("error", reject);
    request.pipe(new Writable({ write })).once("finish", () => resolve(passed));
  });

/** Its types do not say so. */
const isWritable = (request: object): request is NodeJS.WritableStream => "write" in request;

/** A request that is piped to is no promise any more. */
const sendPiped = (request: SuperAgentRequest, body: Readable): Promise<number> =>
  new Promise((resolve, reject) => {
    request.once("error", reject);
    request.buffer(true).once("response", ({ text }: Response) => resolve(text.length));
    if (isWritable(request)) body.pipe(request);
  });

const noParser = (): never => {
  throw new Error("superagent has no parser for bytes");
};

const CONSUME: Readonly<Record<Target["work"]["consume"], (request: SuperAgentRequest, client: SuperAgentStatic) => Promise<number>>> = {
  text: async (request) => (await request.buffer(true)).text.length,
  bytes: async (request, client) => {
    const { body } = await request.buffer(true).parse(client.parse["image"] ?? noParser);
    return Buffer.isBuffer(body) ? body.byteLength : -1;
  },
  json: async (request) => records((await request).body),
  stream: countPiped,
};

const setup = async ({ work, url, upload }: Target): Promise<Run> => {
  const { default: superagent } = await import("superagent");
  const Agent = work.tls ? TlsAgent : PlainAgent;
  const agent = new Agent({ keepAlive: work.connection === "keep-alive", maxSockets: work.concurrency });
  return inPromisedLanes(() => {
    const body = upload();
    if (body === undefined) return CONSUME[work.consume](superagent.get(url).agent(agent), superagent);
    const request = superagent.post(url).agent(agent).type(BYTES);
    return body instanceof Readable ? sendPiped(request, body) : CONSUME[work.consume](request.send(body), superagent);
  }, work.expects);
};

/** superagent with Node's agents. */
export const subjects: readonly Subject[] = [{ name: "superagent", dependency: "superagent", does: () => true, setup }];
