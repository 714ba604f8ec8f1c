import type { ClientResponse } from "nodemcu-http/client";
import { countPassing, records } from "../body.ts";
import { inPromisedLanes } from "../lanes.ts";
import type { Run, Subject, Target } from "../subject.ts";
import type { Work } from "../work.ts";

const CONSUME: Readonly<Record<Work["consume"], (answer: ClientResponse) => Promise<number>>> = {
  text: async (answer) => (await answer.text()).length,
  bytes: async (answer) => (await answer.bytes()).byteLength,
  stream: (answer) => countPassing(answer),
  json: async (answer) => records(await answer.json()),
};

async function setup({ work, url, upload }: Target): Promise<Run> {
  const { Client } = await import("nodemcu-http/client");
  const client = new Client({ maxConnectionsPerOrigin: work.concurrency });
  const consume = CONSUME[work.consume];
  return inPromisedLanes(async () => {
    const body = upload();
    return consume(await client.request(work.method, url, body && { body }));
  }, work.expects);
}

/** The client that keeps its connections. It has no way to ask for one connection per request: that is the contract's. */
export const subjects: readonly Subject[] = [
  { name: "nodemcu-http client", ours: true, does: ({ connection }) => connection !== "close", setup },
];
