import { Agent as PlainAgent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import type { Got } from "got";
import { countPassing, records } from "../body.ts";
import { inPromisedLanes } from "../lanes.ts";
import type { Run, Subject, Target } from "../subject.ts";
import type { Upload } from "../upload.ts";

type Body = { readonly body: Upload } | undefined;

const CONSUME: Readonly<Record<Target["work"]["consume"], (client: Got, url: string, body: Body) => Promise<number>>> = {
  text: async (client, url, body) => (await client(url, body).text()).length,
  bytes: async (client, url, body) => (await client(url, body).buffer()).byteLength,
  json: async (client, url, body) => records(await client(url, body).json()),
  stream: (client, url, body) => countPassing(client.stream(url, body)),
};

const setup = async ({ work, url, upload }: Target): Promise<Run> => {
  const { default: got } = await import("got");
  const options = { keepAlive: work.connection === "keep-alive", maxSockets: work.concurrency };
  const client = got.extend({
    agent: { http: new PlainAgent(options), https: new TlsAgent(options) },
    retry: { limit: 0 },
    method: work.method,
  });
  return inPromisedLanes(() => {
    const body = upload();
    return CONSUME[work.consume](client, url, body && { body });
  }, work.expects);
};

/** got with Node's agents, retries off. */
export const subjects: readonly Subject[] = [{ name: "got", dependency: "got", does: () => true, setup }];
