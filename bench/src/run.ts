import { findCores } from "./cores.ts";
import { measureFootprint } from "./footprint/index.ts";
import { describeMachine } from "./machine.ts";
import type { Selection } from "./options.ts";
import { summarize, type Cast, type Facts, type Result, type Results } from "./results.ts";
import { startServer, type BenchServer } from "./server/index.ts";
import { compete, type Arena } from "./tournament.ts";

/** Who hears how the run goes on. */
export interface Listener {
  readonly onStart: (facts: Facts) => void;
  readonly onProgress: (what: string) => void;
  readonly onResult: (result: Result) => void;
}

interface Options extends Pick<Selection, "works" | "plan" | "footprint">, Cast {
  readonly start?: (core: number | undefined) => Promise<BenchServer>;
}

/** Measures the works one after the other on one server. */
export async function runBench(options: Options, listener: Listener): Promise<Results> {
  const { works, plan, subjects, footprint: scale, start = startServer } = options;
  const machine = describeMachine();
  const cores = findCores();
  const server = await start(cores?.server);
  try {
    const facts = { machine, server: server.name, pinned: cores !== undefined, plan };
    listener.onStart(facts);
    const arena: Arena = {
      plan,
      core: cores?.client,
      certificate: server.certificate,
      originOf: ({ tls }) => (tls ? server.tlsOrigin : server.origin),
      onProgress: listener.onProgress,
    };
    const results: Result[] = [];
    for (const work of works) {
      const able = subjects.filter((subject) => subject.does(work));
      const result = summarize(work, await compete(work, able, arena), options);
      listener.onResult(result);
      results.push(result);
    }
    const site = { origin: server.origin, core: cores?.client, onProgress: listener.onProgress };
    return { ...facts, results, footprint: scale === undefined ? [] : await measureFootprint({ ...site, scale }) };
  } finally {
    await server.close();
  }
}
