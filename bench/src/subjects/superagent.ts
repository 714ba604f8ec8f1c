import { Agent as PlainAgent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { Writable } from "node:stream";
import type { SuperAgentRequest, SuperAgentStatic } from "superagent";
import { inPromisedLanes } from "../lanes.ts";
import type { Run, Subject, Target } from "../subject.ts";
import { records } from "../body.ts";

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

const setup = async ({ work, url, body }: Target): Promise<Run> => {
  const { default: superagent } = await import("superagent");
  const Agent = work.tls ? TlsAgent : PlainAgent;
  const agent = new Agent({ keepAlive: work.connection === "keep-alive", maxSockets: work.concurrency });
  const make = (): SuperAgentRequest =>
    body === undefined ? superagent.get(url).agent(agent) : superagent.post(url).agent(agent).type("application/octet-stream").send(body);
  return inPromisedLanes(() => CONSUME[work.consume](make(), superagent), work.expects);
};

/** superagent with Node's agents. */
export const subjects: readonly Subject[] = [{ name: "superagent", dependency: "superagent", does: () => true, setup }];
