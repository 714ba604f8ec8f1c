// A process in which one thing happens and its memory is looked at. Its arguments are the name of a probe, the origin and a number.
import { readdirSync, writeFileSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "nodemcu-http/client";
import { countPassing } from "../body.ts";
import { fileLimit } from "../descriptors.ts";
import { inPromisedLanes } from "../lanes.ts";
import { peakMemory } from "../measurement.ts";
import { SIZES, SMALL_BODY } from "../work.ts";

/** What a probe tells, by name. */
type Probe = (origin: string, scale: number) => Promise<number>;

const LANES = 50;
const WARM = 500;
/** Other files that a process has open. */
const SPARE = 100;
// Until a collection, and what it lets finish, has happened.
const SETTLED = 50;

const small = async (client: Client, origin: string): Promise<number> => (await (await client.get(`${origin}/small.txt`)).text()).length;

async function settledHeap(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await sleep(SETTLED);
  }
  return process.memoryUsage().heapUsed;
}

/** Linux forgets the peak of a process when asked to (proc(5), clear_refs); elsewhere the peak so far stays the least there can be. */
function forgetPeak(): void {
  if (process.platform === "linux") writeFileSync("/proc/self/clear_refs", "5");
}

const openFiles = (): number => readdirSync("/proc/self/fd").length;

const PROBES: Readonly<Record<string, Probe>> = {
  /** Bytes that bodies of 100 MB, streamed, add to the resident set at most. */
  stream: async (origin, count) => {
    const client = new Client();
    // What the first requests load and compile is not the body's.
    await inPromisedLanes(() => small(client, origin), SMALL_BODY.length)(WARM, 1);
    await settledHeap();
    forgetPeak();
    const before = process.memoryUsage.rss();
    for (let turn = 0; turn < count; turn++) {
      const passed = await countPassing(await client.get(`${origin}/large.bin`));
      if (passed !== SIZES.large) throw new Error(`${passed} bytes came`);
    }
    return peakMemory() - before;
  },

  /** Bytes of heap per connection that lies idle. */
  idle: async (origin, connections) => {
    if (fileLimit() < connections + SPARE) throw new Error(`only ${fileLimit()} files may be open (ulimit -n)`);
    const limits = { maxConnections: connections, maxConnectionsPerOrigin: connections };
    const client = new Client({ ...limits, idleTimeout: 600_000, maxLifetime: 600_000 });
    await inPromisedLanes(() => small(client, origin), SMALL_BODY.length)(WARM, 1);
    const [before, filesBefore] = [await settledHeap(), openFiles()];
    await Promise.all(Array.from({ length: connections }, () => small(client, origin)));
    const heap = await settledHeap();
    // One was there before.
    const opened = openFiles() - filesBefore;
    if (opened < connections - 1) throw new Error(`${opened + 1} connections are open, not ${connections}`);
    client.close();
    return (heap - before) / opened;
  },

  /** Bytes of heap that the second half of the requests leaves behind. */
  growth: async (origin, requests) => {
    const client = new Client({ maxConnectionsPerOrigin: LANES });
    const run = inPromisedLanes(() => small(client, origin), SMALL_BODY.length);
    await run(requests / 2, LANES);
    const before = await settledHeap();
    await run(requests / 2, LANES);
    return (await settledHeap()) - before;
  },
};

const [, , name = "", origin = "", scale = ""] = process.argv;
const probe = PROBES[name];
if (probe === undefined) throw new Error(`no probe is called ${name}`);
writeSync(1, JSON.stringify(await probe(origin, Number(scale))));
process.exit();
