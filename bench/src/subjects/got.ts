import { Agent as PlainAgent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import type { Got } from "got";
import { countPassing, records } from "../body.ts";
import { inPromisedLanes } from "../lanes.ts";
import type { Run, Subject, Target } from "../subject.ts";

const CONSUME: Readonly<Record<Target["work"]["consume"], (client: Got, url: string) => Promise<number>>> = {
  text: async (client, url) => (await client(url).text()).length,
  bytes: async (client, url) => (await client(url).buffer()).byteLength,
  json: async (client, url) => records(await client(url).json()),
  stream: (client, url) => countPassing(client.stream(url)),
};

const setup = async ({ work, url, body }: Target): Promise<Run> => {
  const { default: got } = await import("got");
  const options = { keepAlive: work.connection === "keep-alive", maxSockets: work.concurrency };
  const client = got.extend({
    agent: { http: new PlainAgent(options), https: new TlsAgent(options) },
    retry: { limit: 0 },
    method: work.method,
    ...(body && { body }),
  });
  return inPromisedLanes(() => CONSUME[work.consume](client, url), work.expects);
};

/** got with Node's agents, retries off. */
export const subjects: readonly Subject[] = [{ name: "got", dependency: "got", does: () => true, setup }];
