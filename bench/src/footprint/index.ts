/** What the package takes beside time: memory, its start, its size. */
import { median } from "../statistics.ts";
import { find, type Figure, type Finding } from "./finding.ts";
import { askFreshProcess } from "./fresh-process.ts";
import { dependencyCount, packedSize } from "./package-size.ts";

export { keeps, type Finding } from "./finding.ts";

/** How much of it. */
export interface Scale {
  /** Bodies of 100 MB, one after the other. */
  readonly streams: number;
  readonly connections: number;
  readonly requests: number;
  /** Fresh processes per package. */
  readonly imports: number;
}

export const FULL_SCALE: Scale = { streams: 5, connections: 10_000, requests: 200_000, imports: 15 };

/** Where it is measured. */
export interface Site {
  readonly origin: string;
  readonly core: number | undefined;
  readonly scale: Scale;
  readonly onProgress: (what: string) => void;
}

const PEER = "undici";
const DOORS = ["nodemcu-http", "nodemcu-http/client"];

interface Measurement {
  readonly limit: Pick<Finding, "what" | "unit" | "atMost">;
  readonly measure: (site: Site) => Promise<Figure>;
}

const probing = (probe: string, scaleOf: (scale: Scale) => number, divisor: number): Measurement["measure"] => {
  return async ({ origin, core, scale }) => {
    const count = scaleOf(scale);
    return { value: (await askFreshProcess("memory-probe", [probe, origin, String(count)], core)) / divisor, note: `${count} of them` };
  };
};

const MEASUREMENTS: readonly Measurement[] = [
  {
    limit: { what: "100 MB streamed add to the resident set", unit: "MB", atMost: 16 },
    measure: probing("stream", ({ streams }) => streams, 1_000_000),
  },
  {
    limit: { what: "heap of an idle connection", unit: "bytes", atMost: 8192 },
    measure: probing("idle", ({ connections }) => connections, 1),
  },
  {
    // A leak of two bytes per request would be found; a request leaves more or nothing.
    limit: { what: "heap that the second half of many requests adds", unit: "kB", atMost: 200 },
    measure: probing("growth", ({ requests }) => requests, 1000),
  },
  {
    limit: { what: "packed size", unit: "kB", atMost: 120 },
    measure: async () => ({ value: (await packedSize()) / 1000, note: "npm pack" }),
  },
  {
    limit: { what: "dependencies", unit: "packages", atMost: 0 },
    measure: async () => ({ value: dependencyCount(), note: "package.json" }),
  },
];

const importLimit = (name: string): Measurement["limit"] => ({ what: `import "${name}"`, unit: "of undici's", atMost: 0.5 });

/** Milliseconds to import each, in turn A B C, A B C, … */
async function importTimes({ core, scale, onProgress }: Site): Promise<Readonly<Record<string, number>>> {
  const times = new Map<string, number[]>([...DOORS, PEER].map((name) => [name, []]));
  for (let turn = 1; turn <= scale.imports; turn++) {
    onProgress(`import: ${turn} of ${scale.imports}`);
    for (const [name, taken] of times) taken.push(await askFreshProcess("import-time", [name], core));
  }
  return Object.fromEntries([...times].map(([name, taken]) => [name, median(taken)]));
}

async function findImports(site: Site): Promise<Finding[]> {
  const times = importTimes(site);
  const compare = async (name: string): Promise<Figure> => {
    const { [name]: own = Number.NaN, [PEER]: peer = Number.NaN } = await times;
    return { value: own / peer, note: `${own.toFixed(1)} ms of ${peer.toFixed(1)} ms, medians of ${site.scale.imports}` };
  };
  return Promise.all(DOORS.map((name) => find(importLimit(name), () => compare(name))));
}

/** Measures all of it, one after the other. */
export async function measureFootprint(site: Site): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { limit, measure } of MEASUREMENTS) {
    site.onProgress(limit.what);
    findings.push(await find(limit, () => measure(site)));
  }
  return [...findings, ...(await findImports(site))];
}
