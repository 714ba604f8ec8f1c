import { basename } from "node:path";
import { Device } from "../device/index.ts";
import type { Diagnostic, NetworkSettings, Outcome } from "../device/index.ts";
import { openFolderFlash, openOverlayFlash } from "../flash/index.ts";
import { Console } from "./console.ts";
import { diagnosticText } from "./diagnostic-text.ts";
import type { DiagnosticStyle } from "./diagnostic-text.ts";
import { Interruption, NOT_WRITTEN } from "./interruption.ts";
import type { Io } from "./io.ts";
import type { ParsedArguments } from "./options.ts";
import { pendingText } from "./pending-text.ts";
import { Progress } from "./progress.ts";
import { Recorder, writeReport } from "./report.ts";
import { fileReason, runSettings } from "./run-settings.ts";
import type { RunSettings, Script } from "./run-settings.ts";

/** One `nodemcu run`: its scripts, one after the other, each on a device of its own. */
class Runs {
  readonly recorder = new Recorder();
  readonly #settings: RunSettings;
  readonly #network: NetworkSettings;
  readonly #console: Console;
  readonly #interruption: Interruption;

  constructor(settings: RunSettings, network: NetworkSettings, outside: { console: Console; interruption: Interruption }) {
    this.#settings = settings;
    this.#network = network;
    this.#console = outside.console;
    this.#interruption = outside.interruption;
  }

  /** The highest exit of all scripts. */
  async all(): Promise<number> {
    let exit = 0;
    for (const script of this.#settings.scripts) {
      if (this.#interruption.exit !== undefined) break;
      if (this.#settings.scripts.length > 1) this.#console.say(`== ${script.path}\n`);
      const outcome = await this.#run(script);
      this.recorder.ended(script.path, outcome);
      exit = Math.max(exit, outcome.exit);
    }
    return exit;
  }

  async #run(script: Script): Promise<Outcome> {
    const device = this.#device(script);
    const progress = new Progress(this.#console, () => device.pending);
    const limit = this.#settings.limitMs;
    const timer = limit === undefined ? undefined : setTimeout(() => device.stop(limitReason(limit)), limit);
    this.#interruption.stop = (reason) => device.stop(reason);
    try {
      const outcome = await device.run(script.source, basename(script.path));
      if (outcome.end === "stopped" && this.#interruption.readable) this.#report(script, stoppedNote(outcome));
      return outcome;
    } catch (error) {
      this.#report(script, hostFault(error));
      return { end: "error", exit: 1, reason: HOST_FAULT, pending: [] };
    } finally {
      clearTimeout(timer);
      progress.stop();
    }
  }

  #device(script: Script): Device {
    const { flash, heap, watchdogMs, limitMs = Infinity } = this.#settings;
    const began = performance.now();
    return new Device({
      flash: flash === undefined ? openOverlayFlash(script.folder) : openFolderFlash(flash),
      heap,
      watchdogMs,
      network: this.#network,
      interrupted: (busyMs) => (performance.now() - began >= limitMs ? limitReason(limitMs) : this.#interruption.whileBusy(busyMs)),
      events: {
        print: (bytes) => this.#print(bytes),
        diagnostic: (diagnostic) => this.#report(script, diagnostic),
        exchange: (exchange) => this.recorder.exchange(script.path, exchange),
      },
    });
  }

  #print(bytes: Uint8Array): void {
    this.#console.print(bytes);
    if (this.#settings.report !== undefined) this.recorder.printed(bytes);
  }

  #report(script: Script, diagnostic: Diagnostic): void {
    this.recorder.diagnostic(script.path, diagnostic);
    this.#console.say(diagnosticText(diagnostic, this.#style(script)));
  }

  #style(script: Script): DiagnosticStyle {
    const name = basename(script.path);
    return { color: this.#console.color, script: script.path, fileName: (file) => (file === name ? script.path : file) };
  }
}

const limitReason = (limitMs: number): string => `--for ${limitMs / 1000}s`;

const HOST_FAULT = "host-fault";

function hostFault(error: unknown): Diagnostic {
  const origin = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const [what, stack] = origin instanceof Error ? [origin.message, origin.stack ?? ""] : [String(origin), ""];
  const message = `this is a fault of nodemcu-host, not of the script; please report it. ${what}`;
  return { code: HOST_FAULT, severity: "error", message, traceback: stack };
}

function stoppedNote({ reason, pending }: Outcome): Diagnostic {
  const waiting = pending.length > 0 ? `; still pending: ${pendingText(pending)}` : "";
  return { code: "stopped", severity: "note", message: `ended by ${reason ?? "the host"}${waiting}.` };
}

/** Without the embedded server the network is as the command line says. */
async function withHttpbin(settings: RunSettings, work: (network: NetworkSettings) => Promise<number>): Promise<number> {
  const { connectTo, insecure, ca } = settings;
  if (!settings.httpbin) return work({ connectTo, insecure, ca });
  const { startHttpbin } = await import("../httpbin/index.ts");
  const server = await startHttpbin();
  const mapped = { "httpbin.org:80": `127.0.0.1:${server.port}`, "httpbin.org:443": `127.0.0.1:${server.tlsPort}` };
  try {
    return await work({
      connectTo: { ...mapped, ...connectTo },
      insecure,
      ca: [server.certificate, ca].filter((pem) => pem !== undefined),
    });
  } finally {
    await server.close();
  }
}

/** Writes the report; the exit code that counts. */
function finish(runs: Runs, settings: RunSettings, outcome: { exit: number; console: Console }): number {
  if (settings.report === undefined) return outcome.exit;
  try {
    writeReport(settings.report, runs.recorder.report(outcome.exit));
    return outcome.exit;
  } catch (error) {
    outcome.console.say(`nodemcu: the report cannot be written to ${settings.report}: ${fileReason(error)}\n`);
    return outcome.exit || NOT_WRITTEN;
  }
}

/** `nodemcu run FILE…` */
export async function runCommand(parsed: ParsedArguments, io: Io): Promise<number> {
  const settings = runSettings(parsed, io.cwd);
  const console = new Console(io);
  const interruption = new Interruption(io);
  try {
    return await withHttpbin(settings, async (network) => {
      const runs = new Runs(settings, network, { console, interruption });
      const exit = await runs.all();
      return finish(runs, settings, { exit: interruption.exit ?? exit, console });
    });
  } finally {
    interruption.dispose();
  }
}
