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

/** Only a complete run replaces the figures that are shown to readers. */
async function save(results: Results, complete: boolean): Promise<void> {
  const major = process.version.slice(1).split(".")[0];
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(complete ? `${major}.json` : `partial-${major}.json`, RESULTS), `${JSON.stringify(results, undefined, 2)}\n`);
  const charted = results.results.find(({ work }) => work.id === CHARTED);
  if (!complete || charted === undefined) return;
  const { node, cpu, cores } = results.machine;
  const note = `Node ${node}, ${results.server} on the loopback, ${cpu}, ${cores} cores; longer is faster`;
  await writeFile(new URL(`${CHARTED}.svg`, RESULTS), drawChart(charted, note));
}

const all = await loadSubjects();
const { works, subjects, plan, complete } = select(process.argv.slice(2), all);
const results = await runBench({ works, subjects, plan, versions: readVersions() }, listener);
print(formatVerdicts(results.results));
await save(results, complete);
if (results.results.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
