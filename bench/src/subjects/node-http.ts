import { request as plainRequest, Agent as PlainAgent } from "node:http";
import { request as tlsRequest, Agent as TlsAgent } from "node:https";
import { Readable } from "node:stream";
import { BodyCounter } from "../body.ts";
import { inLanes } from "../lanes.ts";
import type { Run, Subject, Target } from "../subject.ts";

const setup = async ({ work, url, upload }: Target): Promise<Run> => {
  const [request, Agent] = work.tls ? [tlsRequest, TlsAgent] : [plainRequest, PlainAgent];
  const agent = work.connection === "keep-alive" && new Agent({ keepAlive: true, maxSockets: work.concurrency });
  return inLanes((_lane, done) => {
    const counter = new BodyCounter(work);
    const body = upload();
    const headers = Buffer.isBuffer(body) ? { "content-length": body.length } : {};
    const sent = request(url, { method: work.method, agent, headers }, (response) => {
      response.on("data", (piece: Buffer) => counter.add(piece));
      response.once("end", () => done(undefined, counter.end()));
    });
    sent.once("error", (error) => done(error, 0));
    if (body instanceof Readable) body.pipe(sent);
    else sent.end(body);
  }, work.expects);
};

/** Node's own client: `agent: false` for one connection per request, else a keep-alive agent. */
export const subjects: readonly Subject[] = [{ name: "node:http", does: () => true, setup }];
