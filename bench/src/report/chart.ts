import type { Result, Row } from "../results.ts";
import { rate } from "./text.ts";

const WIDTH = 720;
const LABELS = 210;
const FIGURES = 90;
const ROW = 26;
const BAR = 16;
const TOP = 52;
const FOOT = 30;

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

function bar(row: Row, index: number, scale: { readonly fastest: number; readonly label: string }): string {
  const top = TOP + index * ROW;
  const width = Math.max(1, ((WIDTH - LABELS - FIGURES) * scale.fastest) / row.wall);
  const name = row.version === undefined ? row.subject : `${row.subject} ${row.version}`;
  const baseline = top + BAR - 3;
  return [
    `<text x="${LABELS - 10}" y="${baseline}" text-anchor="end">${escape(name)}</text>`,
    `<rect class="${row.ours ? "ours" : "peer"}" x="${LABELS}" y="${top}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
    `<text x="${(LABELS + width + 8).toFixed(1)}" y="${baseline}">${escape(scale.label)}</text>`,
  ].join("\n");
}

/** A work as bars from the fastest to the slowest; the longer, the more per second. Zero is where the bars begin. */
export function drawChart({ work, rows }: Result, note: string): string {
  const height = TOP + rows.length * ROW + FOOT;
  const sorted = rows.toSorted((a, b) => a.wall - b.wall);
  const fastest = sorted[0]?.wall ?? 1;
  const title = `${work.title}: ${work.moves === undefined ? "requests" : "megabytes"} per second`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="10" y="26">${escape(title)}</text>`,
    ...sorted.map((row, index) => bar(row, index, { fastest, label: rate(row.wall, work) })),
    `<text class="note" x="10" y="${height - 10}">${escape(note)}</text>`,
    "</svg>\n",
  ].join("\n");
}
