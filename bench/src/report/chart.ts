import type { Result, Row } from "../results.ts";
import { rate } from "./text.ts";

const WIDTH = 720;
const LABELS = 210;
const FIGURES = 90;
const ROW = 22;
const BAR = 14;
const TOP = 40;
const FOOT = 26;

/** One door of each package, so that a reader sees it at a glance; the tables have them all. */
const SHOWN: ReadonlySet<string> = new Set([
  "nodemcu-http client",
  "nodemcu-http http.get",
  "raw socket",
  "undici.request",
  "node:http",
  "global fetch",
  "axios",
  "got",
  "ky",
]);

// An image inside a page cannot take the page's colours, but it is told of the reader's preference.
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 15px; }
  .note { font-size: 11px; fill: #57606a; }
  .ours { fill: #0969da; }
  .peer { fill: #8c959f; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note { fill: #9198a1; }
    .ours { fill: #58a6ff; }
    .peer { fill: #6e7681; }
  }
`;

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "");

function bar(row: Row, top: number, scale: { readonly fastest: number; readonly label: string }): string {
  const width = Math.max(1, ((WIDTH - LABELS - FIGURES) * scale.fastest) / row.wall);
  const name = row.version === undefined ? row.subject : `${row.subject} ${row.version}`;
  const baseline = top + BAR - 2;
  return [
    `<text x="${LABELS - 10}" y="${baseline}" text-anchor="end">${escape(name)}</text>`,
    `<rect class="${row.ours ? "ours" : "peer"}" x="${LABELS}" y="${top}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
    `<text x="${(LABELS + width + 8).toFixed(1)}" y="${baseline}">${escape(scale.label)}</text>`,
  ].join("\n");
}

interface Panel {
  readonly title: string;
  readonly height: number;
  readonly lines: (top: number) => readonly string[];
}

/** A work as bars from the fastest to the slowest; the longer, the more per second. Zero is where the bars begin. */
function panel({ work, rows }: Result): Panel {
  const shown = rows.filter(({ subject }) => SHOWN.has(subject)).toSorted((a, b) => a.wall - b.wall);
  const fastest = shown[0]?.wall ?? 1;
  const title = `${work.title}: ${work.moves === undefined ? "requests" : "megabytes"} per second`;
  const lines = (top: number): string[] => [
    `<text class="title" x="10" y="${top + 24}">${escape(title)}</text>`,
    ...shown.map((row, index) => bar(row, top + TOP + index * ROW, { fastest, label: rate(row.wall, work) })),
  ];
  return { title, height: TOP + shown.length * ROW, lines };
}

/** The works one below the other, and a note at the foot. */
export function drawChart(results: readonly Result[], note: string): string {
  const lines: string[] = [];
  const panels = results.map(panel);
  let height = 0;
  for (const each of panels) {
    lines.push(...each.lines(height));
    height += each.height;
  }
  height += FOOT;
  const label = panels.map(({ title }) => title).join("; ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(label)}">`,
    `<style>${STYLE}</style>`,
    ...lines,
    `<text class="note" x="10" y="${height - 9}">${escape(note)}</text>`,
    "</svg>\n",
  ].join("\n");
}
