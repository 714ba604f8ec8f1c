import { Agent as PlainAgent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import type { NeedleResponse } from "needle";
import { countPassing, records } from "../body.ts";
import { inPromisedLanes } from "../lanes.ts";
import type { Run, Subject, Target } from "../subject.ts";

const COUNT: Readonly<Record<Target["work"]["consume"], (body: unknown) => number>> = {
  text: (body) => String(body).length,
  bytes: (body) => (Buffer.isBuffer(body) ? body.byteLength : -1),
  json: records,
  stream: () => -1,
};

const setup = async ({ work, url, upload }: Target): Promise<Run> => {
  const { default: needle } = await import("needle");
  const Agent = work.tls ? TlsAgent : PlainAgent;
  const agent = work.connection === "keep-alive" ? new Agent({ keepAlive: true, maxSockets: work.concurrency }) : false;
  const options = { agent, compressed: work.consume === "json" };
  if (work.consume === "stream") return inPromisedLanes(() => countPassing(needle.get(url, options)), work.expects);
  const send = (): Promise<NeedleResponse> => {
    const body = upload();
    return body === undefined ? needle("get", url, options) : needle("post", url, body, options);
  };
  return inPromisedLanes(async () => COUNT[work.consume]((await send()).body), work.expects);
};

/** needle with Node's agents. */
export const subjects: readonly Subject[] = [{ name: "needle", dependency: "needle", does: () => true, setup }];
