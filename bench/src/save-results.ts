import { mkdir, writeFile } from "node:fs/promises";
import { drawChart } from "./report/chart.ts";
import type { Results } from "./results.ts";
import { judge } from "./targets.ts";

/** The Node whose figures the README shows. */
const CHARTED_NODE = "20";
const CHART = "chart.svg";

/** Five digits: more would be noise. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;

function chartOf({ machine, server, results }: Results): string {
  const note = `Node ${machine.node}, ${server} on the loopback, ${machine.cpu}, ${machine.cores} cores; longer is faster`;
  return drawChart(
    results.filter(({ work }) => work.charted),
    note,
  );
}

/** Writes the figures, by the major version of Node. Only a complete run replaces those that are shown to readers. */
export async function saveResults(
  results: Results,
  { folder, complete }: { readonly folder: URL; readonly complete: boolean },
): Promise<void> {
  const major = results.machine.node.slice(1).split(".", 1)[0] ?? "";
  const content = { ...results, verdicts: judge(results.results, results.machine.node) };
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(complete ? `${major}.json` : `partial-${major}.json`, folder), `${JSON.stringify(content, rounded, 1)}\n`);
  if (complete && major === CHARTED_NODE) await writeFile(new URL(CHART, folder), chartOf(results));
}
