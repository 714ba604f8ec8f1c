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

/** From this Node on, Node's own fetch and its kin are about twice as fast as before. */
const FASTER_FETCH = 24;

const over = (slower: string, atLeast: number, [work, faster]: readonly [work: string, faster: string]): Target => ({
  work,
  faster,
  slower,
  atLeast,
});

const SEQUENTIAL = ["keep-alive", CLIENT] as const;
const ONE_SHOT = ["one-shot", CONTRACT] as const;

/** What this package promises to reach on that Node. */
export const targetsOn = (major: number): readonly Target[] => {
  const layers = major < FASTER_FETCH ? 6 : 3;
  return [
    over("undici.request", 1.8, SEQUENTIAL),
    over("undici.dispatch", 1.4, SEQUENTIAL),
    ...["axios", "got", "ky", "global fetch"].map((layer) => over(layer, layers, SEQUENTIAL)),
    over("raw socket", 0.7, SEQUENTIAL),
    over("undici.request", 1.9, ["keep-alive-50", CLIENT]),
    over("undici.request", 3.5, ONE_SHOT),
    over("node:http", 2.2, ONE_SHOT),
    over("raw socket", 0.8, ONE_SHOT),
    over("undici.request", 1.4, ["tls", CLIENT]),
    over("undici.request", 1.8, ["download-stream", CLIENT]),
    over("curl", 0.6, ["download-stream", CLIENT]),
    over("undici.request", 1.6, ["download-whole", CLIENT]),
  ];
};

/** The targets that these results say something about; `node` is a version such as `v20.19.0`. */
export function judge(results: readonly Result[], node: string): Verdict[] {
  return targetsOn(Number.parseInt(node.slice(1), 10)).flatMap((target) => {
    const rows = results.find(({ work }) => work.id === target.work)?.rows ?? [];
    const reached = rows.find(({ subject }) => subject === target.slower)?.over[target.faster]?.median;
    return reached === undefined ? [] : [{ ...target, reached }];
  });
}
