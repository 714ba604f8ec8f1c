import { Agent as PlainAgent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import type { ResponseType } from "axios";
import { countPassing, records } from "../body.ts";
import { inPromisedLanes } from "../lanes.ts";
import type { Run, Subject, Target } from "../subject.ts";

const RESPONSE_TYPES: Readonly<Record<Target["work"]["consume"], ResponseType>> = {
  text: "text",
  bytes: "arraybuffer",
  json: "json",
  stream: "stream",
};

const COUNT: Readonly<Record<Target["work"]["consume"], (data: never) => number | Promise<number>>> = {
  text: (data: string) => data.length,
  bytes: (data: Buffer) => data.byteLength,
  json: (data: unknown) => records(data),
  stream: (data: AsyncIterable<Uint8Array>) => countPassing(data),
};

const setup = async ({ work, url, upload }: Target): Promise<Run> => {
  const { default: axios } = await import("axios");
  const options = { keepAlive: work.connection === "keep-alive", maxSockets: work.concurrency };
  const client = axios.create({
    httpAgent: new PlainAgent(options),
    httpsAgent: new TlsAgent(options),
    responseType: RESPONSE_TYPES[work.consume],
    maxBodyLength: Infinity,
  });
  const request = { url, method: work.method };
  return inPromisedLanes(async () => COUNT[work.consume]((await client.request<never>({ ...request, data: upload() })).data), work.expects);
};

/** axios with Node's agents. */
export const subjects: readonly Subject[] = [{ name: "axios", dependency: "axios", does: () => true, setup }];
