import { keeps, type Finding } from "../footprint/index.ts";
import type { Facts, Result, Results, Row } from "../results.ts";
import { judge, type Verdict } from "../targets.ts";
import type { Work } from "../work.ts";

const MISSING = "–";

/** Three digits that count. */
const digits = (value: number): string => {
  if (value >= 100) return Math.round(value).toString();
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
};

/** Milliseconds, as microseconds where they are short. */
const time = (milliseconds: number | undefined): string => {
  if (milliseconds === undefined) return MISSING;
  return milliseconds < 10 ? `${digits(milliseconds * 1000)} µs` : `${digits(milliseconds)} ms`;
};

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(0);

/** Requests or megabytes per second. */
export const rate = (wall: number, { moves }: Work): string =>
  moves === undefined ? `${Math.round(1000 / wall)}/s` : `${Math.round(moves / 1000 / wall)} MB/s`;

interface Column {
  readonly title: string;
  readonly cell: (row: Row) => string;
}

const ratioColumn = (name: string): Column => ({
  title: `over ${name}`,
  cell: ({ over }) => {
    const ratio = over[name];
    return ratio === undefined ? "1" : `${digits(ratio.median)} (${digits(ratio.lowest)}–${digits(ratio.highest)})`;
  },
});

const columns = ({ work, rows }: Result): Column[] => [
  { title: "subject", cell: ({ subject, version }) => (version === undefined ? subject : `${subject} ${version}`) },
  { title: "wall", cell: ({ wall }) => time(wall) },
  { title: "rate", cell: ({ wall }) => rate(wall, work) },
  { title: "CPU", cell: ({ cpu }) => time(cpu) },
  { title: "p50", cell: ({ p50 }) => time(p50) },
  { title: "p99", cell: ({ p99 }) => time(p99) },
  {
    title: "peak MB (added)",
    cell: ({ cpu, memory }) => (cpu === undefined ? MISSING : `${megabytes(memory.peak)} (${megabytes(memory.peak - memory.before)})`),
  },
  ...[...new Set(rows.flatMap(({ over }) => Object.keys(over)))].map(ratioColumn),
];

/** Lines of equal length: the first column to the left, the others to the right. */
function align(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_title, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0));
  return table.map((cells) => cells.map(pad).join("  "));
}

/** One work as a table, with its title above. */
export function formatResult(result: Result): string {
  const shown = columns(result);
  const table = [shown.map(({ title }) => title), ...result.rows.map((row) => shown.map(({ cell }) => cell(row)))];
  const [head = "", ...lines] = align(table);
  const failed = result.failures.map(({ subject, reason }) => `FAILED ${subject}: ${reason}`);
  return [`## ${result.work.title}`, head, "-".repeat(head.length), ...lines, ...failed].join("\n");
}

const formatVerdict = ({ work, faster, slower, atLeast, reached }: Verdict): string =>
  `${reached >= atLeast ? "reached" : "MISSED "}  ${digits(reached)} of ${atLeast}  ${work}: ${slower} over ${faster}`;

function formatFinding(finding: Finding): string {
  const { what, unit, atMost, value, note } = finding;
  const found = value === undefined ? "not measured" : `${digits(value)} ${unit}`;
  return `${keeps(finding) ? "reached" : "MISSED "}  ${found}, at most ${atMost}  ${what} (${note})`;
}

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [[`## ${title}`, ...lines].join("\n")]);

/** The targets and how far they were reached; empty where none was measured. */
export const formatVerdicts = ({ results, footprint, machine }: Pick<Results, "results" | "footprint" | "machine">): string =>
  [
    ...section("Ratios to reach", judge(results, machine.node).map(formatVerdict)),
    ...section("Memory, start and size", footprint.map(formatFinding)),
  ].join("\n\n");

/** What the figures depend on. */
export const formatHeading = ({ machine, server, pinned, plan }: Facts): string =>
  [
    `Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores, ${machine.kernel}, load before ${machine.loadBefore.toFixed(2)}`,
    `server ${server}; ${pinned ? "server and subject on a core each" : "NOT PINNED: no taskset or one core only"}; medians of ${plan.rounds} rounds`,
  ].join("\n");
