import type { Progress } from "nodemcu-http/client";
import type { Console } from "../console.ts";

/** What takes no longer than this needs no bar. */
const MOMENT_MS = 1000;
const REFRESH_MS = 100;
const WIDTH = 24;

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `512 B`, `1.5 MiB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return `${power === 0 ? Math.round(bytes) : (bytes / 1024 ** power).toFixed(1)} ${UNITS[power]}`;
}

/** `0:07`, `1:02:03`. */
export function timeText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** One line: how much of a body has gone or come, how fast, and how long the rest takes at that pace. */
export function progressText({ direction, transferred, total }: Progress, elapsedMs: number): string {
  const pace = elapsedMs > 0 ? (transferred / elapsedMs) * 1000 : 0;
  const speed = `${sizeText(pace)}/s`;
  if (!total) return `${direction} ${sizeText(transferred)}  ${speed}`;
  const part = Math.min(1, transferred / total);
  const bar = "━".repeat(Math.floor(part * WIDTH)).padEnd(WIDTH, "─");
  const left = pace > 0 ? `  ${timeText(((total - transferred) / pace) * 1000)} left` : "";
  return `${direction} ${String(Math.floor(part * 100)).padStart(3)}% ${bar} ${sizeText(transferred)} of ${sizeText(total)}  ${speed}${left}`;
}

/** The line on the terminal, where there is one. */
export class ProgressBar {
  readonly #console: Console;
  readonly #now: () => number;
  readonly #began: number;
  #shown = 0;

  constructor(console: Console, now: () => number = () => performance.now()) {
    this.#console = console;
    this.#now = now;
    this.#began = now();
  }

  update(progress: Progress): void {
    const elapsed = this.#now() - this.#began;
    if (!this.#console.interactive || elapsed < MOMENT_MS || elapsed - this.#shown < REFRESH_MS) return;
    this.#shown = elapsed;
    this.#console.status(progressText(progress, elapsed));
  }
}
