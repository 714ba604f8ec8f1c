import { readFileSync } from "node:fs";
import { loadSubjects } from "./catalogue.ts";
import { select } from "./options.ts";
import { formatHeading, formatResult, formatVerdicts } from "./report/text.ts";
import { runBench, type Listener } from "./run.ts";
import { saveResults } from "./save-results.ts";

const PACKAGE = new URL("../package.json", import.meta.url);
const RESULTS = new URL("../results/", import.meta.url);
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

async function main(args: readonly string[]): Promise<number> {
  const { complete, ...chosen } = select(args, await loadSubjects());
  const results = await runBench({ ...chosen, versions: readVersions() }, listener);
  progress("");
  const verdicts = formatVerdicts(results);
  if (verdicts !== "") print(verdicts);
  await saveResults(results, { folder: RESULTS, complete });
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
