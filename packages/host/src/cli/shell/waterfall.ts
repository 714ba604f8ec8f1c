import type { Timings } from "nodemcu-http/client";

const WIDTH = 40;
const COLOR = "36";

interface Row {
  readonly name: string;
  readonly start: number;
  readonly length: number;
}

/** The phases of an exchange one below the other, each beginning where the one before ended. */
export function waterfall({ total, ...phases }: Timings, { color }: { readonly color: boolean }): string {
  const rows: Row[] = [];
  let start = 0;
  for (const [name, length] of Object.entries(phases)) {
    rows.push({ name, start, length });
    start += length;
  }
  const scale = Math.max(total, start);
  return [...rows, { name: "total", start: 0, length: total }].map((row) => `${rowText(row, scale, color)}\n`).join("");
}

function rowText({ name, start, length }: Row, scale: number, color: boolean): string {
  const column = (ms: number): number => (scale > 0 ? Math.round((ms / scale) * WIDTH) : 0);
  const left = Math.min(column(start), WIDTH - 1);
  const bar = "█".repeat(Math.max(1, Math.min(column(start + length), WIDTH) - left));
  return `${name.padEnd(8)}${`${length.toFixed(1)} ms`.padStart(12)}  ${" ".repeat(left)}${color ? `\u001b[${COLOR}m${bar}\u001b[0m` : bar}`;
}
