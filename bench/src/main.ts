import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { loadSubjects } from "./catalogue.ts";
import { select } from "./options.ts";
import { drawChart } from "./report/chart.ts";
import { formatHeading, formatResult, formatVerdicts } from "./report/text.ts";
import type { Results } from "./results.ts";
import { runBench, type Listener } from "./run.ts";

const PACKAGE = new URL("../package.json", import.meta.url);
const RESULTS = new URL("../results/", import.meta.url);
const CHARTED = "one-shot";
const CLEAR_LINE = "\r\u001b[K";

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** One line that is written over, on a terminal alone. */
const progress = (what: string): void => void (process.stderr.isTTY && process.stderr.write(CLEAR_LINE + what));

const listener: Listener = {
  onStart: (facts) => print(`${formatHeading(facts)}\n`),
  onProgress: progress,
  onResult: (result) => {
    progress("");
    print(`${formatResult(result)}\n`);
  },
};

function readVersions(): Record<string, string> {
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(readFileSync(PACKAGE, "utf8"));
  return devDependencies;
}

/** Five digits: more would be noise. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;

/** Only a complete run replaces the figures that are shown to readers. */
async function save(results: Results, complete: boolean): Promise<void> {
  const major = process.version.slice(1).split(".")[0];
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(complete ? `${major}.json` : `partial-${major}.json`, RESULTS), `${JSON.stringify(results, rounded, 1)}\n`);
  const charted = results.results.find(({ work }) => work.id === CHARTED);
  if (!complete || charted === undefined) return;
  const { node, cpu, cores } = results.machine;
  const note = `Node ${node}, ${results.server} on the loopback, ${cpu}, ${cores} cores; longer is faster`;
  await writeFile(new URL(`${CHARTED}.svg`, RESULTS), drawChart(charted, note));
}

async function main(args: readonly string[]): Promise<number> {
  const { works, subjects, plan, complete } = select(args, await loadSubjects());
  const results = await runBench({ works, subjects, plan, versions: readVersions() }, listener);
  print(formatVerdicts(results.results));
  await save(results, complete);
  return results.results.some(({ failures }) => failures.length > 0) ? 1 : 0;
}

// What was started and made for the run goes with this process, but only when it exits.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
