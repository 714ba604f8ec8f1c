import { renameSync, rmSync, writeFileSync } from "node:fs";
import type { Diagnostic, Exchange, Outcome } from "../device/index.ts";

type ScriptEntry = { readonly script: string };

/** What `--report` writes, as JSON. */
export interface Report {
  exit: number;
  scripts: (ScriptEntry & Pick<Outcome, "end" | "exit" | "reason">)[];
  /** What the scripts printed. */
  output: string;
  /** The same bytes in base64, when they are not UTF-8. */
  outputBase64?: string;
  exchanges: (ScriptEntry & Omit<Exchange, "failure"> & { failure: { code: string; phase: string; message: string } | undefined })[];
  diagnostics: (ScriptEntry & Diagnostic)[];
}

/** Collects what happens during the runs of one command. */
export class Recorder {
  readonly #output: Uint8Array[] = [];
  readonly #scripts: Report["scripts"] = [];
  readonly #exchanges: Report["exchanges"] = [];
  readonly #diagnostics: Report["diagnostics"] = [];

  printed(bytes: Uint8Array): void {
    this.#output.push(Uint8Array.from(bytes));
  }

  exchange(script: string, { failure, ...exchange }: Exchange): void {
    const reason = failure && { code: failure.code, phase: failure.phase, message: failure.message };
    this.#exchanges.push({ script, ...exchange, failure: reason });
  }

  diagnostic(script: string, diagnostic: Diagnostic): void {
    this.#diagnostics.push({ script, ...diagnostic });
  }

  ended(script: string, { end, exit, reason }: Outcome): void {
    this.#scripts.push({ script, end, exit, reason });
  }

  report(exit: number): Report {
    const output = Buffer.concat(this.#output);
    const text = output.toString("utf8");
    const lossless = Buffer.from(text, "utf8").equals(output);
    return {
      exit,
      scripts: this.#scripts,
      output: text,
      ...(lossless ? {} : { outputBase64: output.toString("base64") }),
      exchanges: this.#exchanges,
      diagnostics: this.#diagnostics,
    };
  }
}

/** Writes the whole file or nothing: readers never see half of it. Throws Node's error. */
export function writeReport(path: string, report: Report): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(report, undefined, 2)}\n`);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
