import { parseArgs } from "node:util";
import { FULL_SCALE, type Scale } from "./footprint/index.ts";
import type { Subject } from "./subject.ts";
import type { Plan } from "./tournament.ts";
import { WORKS, type Work } from "./work.ts";

/** What to measure, and how long. */
export interface Selection {
  readonly works: readonly Work[];
  readonly subjects: readonly Subject[];
  readonly plan: Plan;
  /** Whether every work and subject takes part, at full length. */
  readonly complete: boolean;
  /** How much of memory and start to measure; undefined for nothing of it. */
  readonly footprint: Scale | undefined;
}

// Node 20 needs some 7500 requests, 1.5 s or more, until what they run through is compiled for good: a quick run ends before that.
const FULL: Plan = { rounds: 5, warmUp: 2600, slice: 250, leastRequests: 2 };
const QUICK: Plan = { rounds: 3, warmUp: 600, slice: 80, leastRequests: 1 };

const SWITCH = { type: "boolean", default: false } as const;
const CEILING = "raw socket";

/**
 * Reads `--quick`, `--memory` and `--only WORD`. `--memory` is memory, start and size, and no work. WORD chooses the works whose id contains it, or, where none does, the subjects whose name
 * contains it, beside our own and the ceiling.
 * @throws TypeError for other arguments; RangeError for a WORD that chooses nothing
 */
export function select(args: readonly string[], subjects: readonly Subject[]): Selection {
  const options = { quick: SWITCH, memory: SWITCH, only: { type: "string" } } as const;
  const { quick, memory, only } = parseArgs({ args: [...args], options }).values;
  const plan = quick ? QUICK : FULL;
  if (memory) return { works: [], subjects, plan, complete: false, footprint: FULL_SCALE };
  const chosen = only === undefined ? { works: WORKS.filter((work) => !quick || work.quick), subjects } : selectOnly(only, subjects);
  const complete = !quick && only === undefined;
  return { ...chosen, plan, complete, footprint: complete ? FULL_SCALE : undefined };
}

function selectOnly(word: string, subjects: readonly Subject[]): Pick<Selection, "works" | "subjects"> {
  const works = WORKS.filter(({ id }) => id.includes(word));
  if (works.length > 0) return { works, subjects };
  const wanted = subjects.filter(({ name }) => name.includes(word));
  if (wanted.length === 0) throw new RangeError(`no work and no subject has "${word}" in its name`);
  return { works: WORKS, subjects: subjects.filter((subject) => subject.ours || subject.name === CEILING || wanted.includes(subject)) };
}
