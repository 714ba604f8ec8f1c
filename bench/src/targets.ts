import type { Result } from "./results.ts";

/** A ratio to reach: `slower` takes at least `atLeast` times as long as `faster`, or, below 1, that share of its time. */
export interface Target {
  readonly work: string;
  readonly faster: string;
  readonly slower: string;
  readonly atLeast: number;
}

/** A target with what was found. */
export interface Verdict extends Target {
  readonly reached: number;
}

const CONTRACT = "nodemcu-http http.get";
const CLIENT = "nodemcu-http client";

/** What this package promises to reach. */
export const TARGETS: readonly Target[] = [
  { work: "one-shot", faster: CONTRACT, slower: "undici.request", atLeast: 3.5 },
  { work: "one-shot", faster: CONTRACT, slower: "node:http", atLeast: 2.2 },
  { work: "one-shot", faster: CONTRACT, slower: "raw socket", atLeast: 0.8 },
  { work: "keep-alive", faster: CLIENT, slower: "undici.request", atLeast: 1.8 },
  { work: "keep-alive", faster: CLIENT, slower: "undici.dispatch", atLeast: 1.4 },
  { work: "keep-alive", faster: CLIENT, slower: "raw socket", atLeast: 0.7 },
  { work: "keep-alive-50", faster: CLIENT, slower: "undici.request", atLeast: 1.9 },
];

/** The targets that these results say something about. */
export function judge(results: readonly Result[]): Verdict[] {
  return TARGETS.flatMap((target) => {
    const rows = results.find(({ work }) => work.id === target.work)?.rows ?? [];
    const reached = rows.find(({ subject }) => subject === target.slower)?.over[target.faster]?.median;
    return reached === undefined ? [] : [{ ...target, reached }];
  });
}
