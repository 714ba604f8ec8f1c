// The process that one subject is measured in. Its orders and its reports are messages of the process that started it.
import { loadSubjects } from "./catalogue.ts";
import { measure, peakMemory, warmUp } from "./measurement.ts";
import type { Assignment, Order, Report } from "./messages.ts";
import type { Run } from "./subject.ts";
import { uploadsOf } from "./upload.ts";

const send = (report: Report): void => void process.send?.(report);
const fail = (error: unknown): void => send({ kind: "failed", reason: error instanceof Error ? `${error.stack}` : String(error) });

const assignment: Assignment = JSON.parse(process.argv[2] ?? "{}");
const { concurrency } = assignment.work;

async function prepare({ subject: name, work, origin }: Assignment): Promise<Run> {
  const subject = (await loadSubjects()).find((candidate) => candidate.name === name);
  if (subject === undefined) throw new Error(`no subject is called ${name}`);
  return subject.setup({ work, origin, url: origin + work.path, upload: uploadsOf(work) });
}

async function obey(run: Run, order: Order): Promise<void> {
  if ("warm" in order) {
    const { milliseconds } = order.warm;
    return send({ kind: "warm", perRequest: await warmUp(run, { concurrency, milliseconds }) });
  }
  const { count } = order.measure;
  // Connections may have been closed while other subjects were measured.
  if (assignment.work.moves === undefined) await run(concurrency, concurrency);
  send({ kind: "sample", sample: await measure(run, { count, concurrency }), memory: peakMemory() });
}

process.once("disconnect", () => process.exit());
process.once("uncaughtException", fail);
try {
  const run = await prepare(assignment);
  process.on("message", (order: Order) => void obey(run, order).catch(fail));
  send({ kind: "ready", memory: peakMemory() });
} catch (error) {
  fail(error);
}
