import type { Sample } from "./messages.ts";
import type { Subject } from "./subject.ts";
import { SubjectProcess, type Surroundings } from "./subject-process.ts";
import type { Work } from "./work.ts";

/** How long to measure. */
export interface Plan {
  readonly rounds: number;
  /** Milliseconds of requests that are not measured, per subject and work. */
  readonly warmUp: number;
  /** Milliseconds that one measurement is to take, about. */
  readonly slice: number;
  /** Requests per lane that one measurement has at least. */
  readonly leastRequests: number;
}

/** What a subject did in a work. */
export interface Entry {
  readonly subject: string;
  /** One sample per round. */
  readonly samples: readonly Sample[];
  /** Bytes of the resident set before the first request, and at its peak. */
  readonly memory: { readonly before: number; readonly peak: number };
}

/** A subject that could not do a work. */
export interface Failure {
  readonly subject: string;
  readonly reason: string;
}

/** How a work ended: those who did it in every round, and the others. */
export interface Standing {
  readonly entries: readonly Entry[];
  readonly failures: readonly Failure[];
}

/** Where the work is done and who hears of it. */
export interface Arena extends Surroundings {
  readonly plan: Plan;
  readonly originOf: (work: Work) => string;
  readonly onProgress: (what: string) => void;
}

const MOST_REQUESTS = 50_000;

interface Contestant {
  readonly name: string;
  readonly process: SubjectProcess;
  readonly before: number;
  readonly count: number;
  readonly samples: Sample[];
  peak: number;
}

/** Lets every subject do the work, each in its own process, in turn: A B C, A B C, … One that fails takes no further part. */
export async function compete(work: Work, subjects: readonly Subject[], arena: Arena): Promise<Standing> {
  const failures: Failure[] = [];
  const contestants: Contestant[] = [];
  const fail = (subject: string, error: unknown): void => void failures.push({ subject, reason: String(error) });
  try {
    for (const { name } of subjects)
      await enter(name, work, arena).then(
        (contestant) => contestants.push(contestant),
        (error) => fail(name, error),
      );
    for (let round = 1; round <= arena.plan.rounds; round++) {
      for (const contestant of contestants.filter(({ samples }) => samples.length === round - 1)) {
        arena.onProgress(`${work.id}: round ${round} of ${arena.plan.rounds}, ${contestant.name}`);
        await play(contestant).catch((error: unknown) => fail(contestant.name, error));
      }
    }
  } finally {
    await Promise.all(contestants.map(({ process }) => process.stop()));
  }
  const complete = contestants.filter(({ samples }) => samples.length === arena.plan.rounds);
  return { entries: complete.map(({ name, samples, before, peak }) => ({ subject: name, samples, memory: { before, peak } })), failures };
}

async function play(contestant: Contestant): Promise<void> {
  const { sample, memory } = await contestant.process.measure(contestant.count);
  contestant.samples.push(sample);
  contestant.peak = memory;
}

async function enter(name: string, work: Work, arena: Arena): Promise<Contestant> {
  arena.onProgress(`${work.id}: ${name} warms up`);
  const process = new SubjectProcess({ subject: name, work, origin: arena.originOf(work) }, arena);
  try {
    const before = await process.ready();
    const count = requestsPerSlice(await process.warmUp(arena.plan.warmUp), work, arena.plan);
    return { name, process, before, count, samples: [], peak: before };
  } catch (error) {
    await process.stop();
    throw error;
  }
}

/** As many requests as fill the slice, so that slow subjects take no longer than fast ones. */
function requestsPerSlice(perRequest: number, { concurrency }: Work, { slice, leastRequests }: Plan): number {
  const filling = Math.min(MOST_REQUESTS, Math.round(slice / perRequest));
  return Math.max(leastRequests * concurrency, filling);
}
