import { median, pairedRatio, type Ratio } from "./statistics.ts";
import type { Subject } from "./subject.ts";
import type { Finding } from "./footprint/index.ts";
import type { Machine } from "./machine.ts";
import type { Entry, Failure, Plan, Standing } from "./tournament.ts";
import type { Work } from "./work.ts";

/** What one subject did in one work. Times are milliseconds per request, medians of the rounds; memory is bytes. */
export interface Row {
  readonly subject: string;
  readonly ours: boolean;
  readonly version: string | undefined;
  readonly requestsPerRound: number;
  readonly wall: number;
  /** The wall time of each round. */
  readonly rounds: readonly number[];
  /** Undefined where another process did the work. */
  readonly cpu: number | undefined;
  readonly p50: number;
  readonly p99: number;
  readonly memory: Entry["memory"];
  /** Wall time over that of the subject named, pair by pair: above 1, the one named is faster. */
  readonly over: Readonly<Record<string, Ratio>>;
}

/** One work with its rows, the fastest first. */
export interface Result {
  readonly work: Work;
  readonly rows: readonly Row[];
  /** Those who could not do it. */
  readonly failures: readonly Failure[];
}

/** All that a run found out; the content of a results file. */
export interface Results {
  readonly machine: Machine;
  readonly server: string;
  readonly pinned: boolean;
  readonly plan: Plan;
  readonly results: readonly Result[];
  /** Memory, start and size; empty when they were not asked for. */
  readonly footprint: readonly Finding[];
}

/** What is known before the first measurement. */
export type Facts = Omit<Results, "results" | "footprint">;

/** Who took part. */
export interface Cast {
  readonly subjects: readonly Subject[];
  /** Versions by name of the dependency. */
  readonly versions: Readonly<Record<string, string>>;
}

const CEILING = "raw socket";

/** What the others are compared with: all that is ours; where nothing is, the ceiling. */
function references(entries: readonly Entry[], subjects: readonly Subject[]): Entry[] {
  const isOurs = (name: string): boolean => subjects.some((subject) => subject.ours && subject.name === name);
  const ours = entries.filter(({ subject }) => isOurs(subject));
  return ours.length > 0 ? ours : entries.filter(({ subject }) => subject === CEILING);
}

const wallOf = ({ samples }: Entry): number[] => samples.map(({ wall }) => wall);

const cpuOf = ({ samples }: Entry): number | undefined => {
  const known = samples.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu]));
  return known.length === 0 ? undefined : median(known);
};

/** Boils the samples of a work down to rows. */
export function summarize(work: Work, { entries, failures }: Standing, { subjects, versions }: Cast): Result {
  const compared = references(entries, subjects);
  const rows = entries.map((entry): Row => {
    const subject = subjects.find(({ name }) => name === entry.subject);
    const others = compared.filter((other) => other !== entry);
    return {
      subject: entry.subject,
      ours: subject?.ours ?? false,
      version: versions[subject?.dependency ?? ""],
      requestsPerRound: entry.samples[0]?.count ?? 0,
      wall: median(wallOf(entry)),
      rounds: wallOf(entry),
      cpu: cpuOf(entry),
      p50: median(entry.samples.map(({ p50 }) => p50)),
      p99: median(entry.samples.map(({ p99 }) => p99)),
      memory: entry.memory,
      over: Object.fromEntries(others.map((other) => [other.subject, pairedRatio(wallOf(entry), wallOf(other))])),
    };
  });
  return { work, rows: rows.toSorted((a, b) => a.wall - b.wall), failures };
}
