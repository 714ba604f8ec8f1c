import assert from "node:assert/strict";
import { loadSubjects } from "../../bench/src/catalogue.ts";
import { summarize, type Result } from "../../bench/src/results.ts";
import type { Subject } from "../../bench/src/subject.ts";
import { WORKS, type Work } from "../../bench/src/work.ts";

export const subjects: readonly Subject[] = await loadSubjects();
/** Fails when there is none. */
export const subjectCalled = (name: string): Subject => subjects.find((subject) => subject.name === name) ?? assert.fail(`no ${name}`);
export const workCalled = (id: string): Work => WORKS.find((work) => work.id === id) ?? assert.fail(`no ${id}`);

const sample = (wall: number): { count: number; wall: number; cpu: number; p50: number; p99: number } => ({
  count: 10,
  wall,
  cpu: wall / 2,
  p50: wall,
  p99: wall * 2,
});
export const entry = (subject: string, walls: readonly number[]): Parameters<typeof summarize>[1]["entries"][number] => ({
  subject,
  samples: walls.map(sample),
  memory: { before: 50e6, peak: 60e6 },
});
export const CONTRACT: string = "nodemcu-http http.get";

/** Three rounds in which every ratio can be worked out by heart. */
export const known = (): Result =>
  summarize(
    workCalled("one-shot"),
    { entries: [entry("undici.request", [8, 40, 12]), entry(CONTRACT, [2, 10, 4]), entry("raw socket", [1, 9, 2])], failures: [] },
    { subjects, versions: { undici: "7.1.2" } },
  );
