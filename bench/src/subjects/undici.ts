import { Writable } from "node:stream";
import type { Dispatcher, Pool } from "undici";
import { BodyCounter, consumeResponse, countPassing } from "../body.ts";
import { inLanes, inPromisedLanes } from "../lanes.ts";
import { fetchBody } from "../upload.ts";
import type { Run, Subject, Target } from "../subject.ts";

const DEPENDENCY = "undici";
const ALWAYS = (): boolean => true;

async function openPool({ work, origin }: Target): Promise<Pool> {
  const { Pool } = await import("undici");
  return new Pool(origin, { connections: work.concurrency, pipelining: 1 });
}

const optionsOf = ({ work, origin, upload }: Target): (() => Dispatcher.DispatchOptions) => {
  const options = { origin, path: work.path, method: work.method, reset: work.connection === "close", body: upload() ?? null };
  return work.streamed ? () => ({ ...options, body: upload() ?? null }) : () => options;
};

const CONSUME: Readonly<
  Record<Target["work"]["consume"], (body: Dispatcher.ResponseData["body"], counter: BodyCounter) => Promise<number>>
> = {
  text: async (body) => (await body.text()).length,
  bytes: async (body) => (await body.arrayBuffer()).byteLength,
  stream: (body) => countPassing(body),
  json: async (body, counter) => {
    counter.add(Buffer.from(await body.arrayBuffer()));
    return counter.end();
  },
};

const request = async (target: Target): Promise<Run> => {
  const pool = await openPool(target);
  const options = optionsOf(target);
  const consume = CONSUME[target.work.consume];
  return inPromisedLanes(async () => consume((await pool.request(options())).body, new BodyCounter(target.work)), target.work.expects);
};

const stream = async (target: Target): Promise<Run> => {
  const pool = await openPool(target);
  const options = optionsOf(target);
  return inPromisedLanes(async () => {
    const counter = new BodyCounter(target.work);
    const write = (piece: Buffer, _encoding: BufferEncoding, next: () => void): void => {
      counter.add(piece);
      next();
    };
    await pool.stream(options(), () => new Writable({ write }));
    return counter.end();
  }, target.work.expects);
};

const dispatch = async (target: Target): Promise<Run> => {
  const pool = await openPool(target);
  const options = optionsOf(target);
  return inLanes((_lane, done) => {
    const counter = new BodyCounter(target.work);
    pool.dispatch(options(), {
      // Its presence tells undici which of two kinds of handler this is.
      onRequestStart: () => undefined,
      onResponseData: (_controller, piece) => counter.add(piece),
      onResponseEnd: () => done(undefined, counter.end()),
      onResponseError: (_controller, error) => done(error, 0),
    });
  }, target.work.expects);
};

const fetchIt = async (target: Target): Promise<Run> => {
  const undici = await import("undici");
  const { work, url, upload } = target;
  const dispatcher = new undici.Agent({ connections: work.concurrency, pipelining: 1 });
  const headers: Record<string, string> = work.connection === "close" ? { connection: "close" } : {};
  const init = { method: work.method, dispatcher, headers };
  return inPromisedLanes(
    async () => consumeResponse(await undici.fetch(url, { ...init, ...fetchBody(upload()) }), work.consume),
    work.expects,
  );
};

/** undici by each of its doors; `reset` or `connection: close` for one connection per request, else a pool with a connection per lane. */
export const subjects: readonly Subject[] = [
  { name: "undici.request", dependency: DEPENDENCY, does: ALWAYS, setup: request },
  { name: "undici.stream", dependency: DEPENDENCY, does: ALWAYS, setup: stream },
  { name: "undici.dispatch", dependency: DEPENDENCY, does: ALWAYS, setup: dispatch },
  { name: "undici.fetch", dependency: DEPENDENCY, does: ALWAYS, setup: fetchIt },
];
