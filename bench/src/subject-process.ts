import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { onCore } from "./cores.ts";
import type { Assignment, Order, Report } from "./messages.ts";

const WORKER = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url));
const PATIENCE = 20_000;

/** Where a worker runs and whom it trusts. */
export interface Surroundings {
  readonly core: number | undefined;
  /** A file with the certificate of the server. */
  readonly certificate: string;
}

type ReportOf<Kind extends Report["kind"]> = Extract<Report, { kind: Kind }>;

/** One subject in its own process, for one work. */
export class SubjectProcess {
  readonly #child: ChildProcess;
  readonly #name: string;

  constructor(assignment: Assignment, { core, certificate }: Surroundings) {
    this.#name = `${assignment.subject}, ${assignment.work.id}`;
    const node = { program: process.execPath, args: [...process.execArgv, "--expose-gc", WORKER, JSON.stringify(assignment)] };
    const { program, args } = onCore(core, node);
    const env = { ...withoutProxies(), NODE_EXTRA_CA_CERTS: certificate };
    this.#child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit", "ipc"], env });
  }

  /** Bytes of the resident set before the first request. */
  async ready(): Promise<number> {
    return (await this.#next("ready")).memory;
  }

  /** Milliseconds that a request takes, about. */
  async warmUp(milliseconds: number): Promise<number> {
    return (await this.#ask({ warm: { milliseconds } }, "warm")).perRequest;
  }

  measure(count: number): Promise<ReportOf<"sample">> {
    return this.#ask({ measure: { count } }, "sample");
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  #ask<Kind extends Report["kind"]>(order: Order, kind: Kind): Promise<ReportOf<Kind>> {
    const answer = this.#next(kind);
    this.#child.send(order);
    return answer;
  }

  #next<Kind extends Report["kind"]>(kind: Kind): Promise<ReportOf<Kind>> {
    return new Promise((resolve, reject) => {
      const give = (action: () => void): void => {
        clearTimeout(timer);
        this.#child.removeAllListeners("message").removeAllListeners("exit").removeAllListeners("error");
        action();
      };
      const fail = (reason: string): void => give(() => reject(new Error(`${this.#name}: ${reason}`)));
      const timer = setTimeout(fail, PATIENCE, `no ${kind} within ${PATIENCE} ms`);
      this.#child.once("error", (error) => fail(error.message));
      this.#child.once("exit", (code, signal) => fail(`ended with ${signal ?? code}`));
      this.#child.once("message", (report: Report) => {
        if (isOfKind(report, kind)) give(() => resolve(report));
        else fail(report.kind === "failed" ? report.reason : `${report.kind} in place of ${kind}`);
      });
    });
  }
}

const isOfKind = <Kind extends Report["kind"]>(report: Report, kind: Kind): report is ReportOf<Kind> => report.kind === kind;

/** Nothing leaves the loopback, even where a proxy is configured. */
function withoutProxies(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)));
}
