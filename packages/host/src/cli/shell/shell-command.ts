import { Client, HttpStatusError, recordHar } from "nodemcu-http/client";
import type { ClientOptions, ClientResponse, HarRecording, Progress } from "nodemcu-http/client";
import { Console } from "../console.ts";
import { Interruption } from "../interruption.ts";
import type { Io } from "../io.ts";
import type { ParsedArguments } from "../options.ts";
import { tooLarge, writeBody, writeOut } from "./body-output.ts";
import { EXITS, exitOf, ShellError } from "./exit-codes.ts";
import { ProgressBar } from "./progress-bar.ts";
import { openData } from "./request-data.ts";
import { headBytes } from "./response-head.ts";
import type { ShellVerb } from "./shell-options.ts";
import { shellSettings } from "./shell-settings.ts";
import type { ShellSettings } from "./shell-settings.ts";
import { interimText, responseText, transcriptHooks } from "./transcript.ts";
import { waterfall } from "./waterfall.ts";

/** One `nodemcu get` or kin: a request, and what becomes of its answer. */
class ShellRequest {
  readonly #settings: ShellSettings;
  readonly #io: Io;
  readonly #console: Console;
  readonly #interruption: Interruption;
  readonly #controller = new AbortController();
  readonly #bar: ProgressBar;
  #recording: HarRecording | undefined;

  constructor(settings: ShellSettings, outside: { io: Io; console: Console; interruption: Interruption }) {
    this.#settings = settings;
    this.#io = outside.io;
    this.#console = outside.console;
    this.#interruption = outside.interruption;
    this.#interruption.stop = (reason) => this.#controller.abort(new Error(reason));
    this.#bar = new ProgressBar(this.#console);
  }

  async run(): Promise<void> {
    const { data, method, url, har } = this.#settings;
    const client = new Client(this.#options());
    if (har !== undefined) this.#recording = recordHar(client);
    const opened = data && (await openData(data, this.#io, this.#controller.signal));
    try {
      const response = await client.request(method, url, { body: opened?.body });
      await this.#deliver(response);
    } catch (error) {
      if (error instanceof HttpStatusError) this.#refused(error.response);
      throw error;
    } finally {
      client.close();
      await opened?.close();
      this.#console.clearStatus();
    }
  }

  /** Writes what --har asks for. */
  async archive(): Promise<void> {
    const { har } = this.#settings;
    if (har !== undefined) await this.#recording?.saveTo(har);
  }

  #options(): ClientOptions {
    const { options, verbose } = this.#settings;
    return {
      ...options,
      signal: this.#controller.signal,
      onProgress: (progress) => this.#progress(progress),
      ...(verbose && {
        hooks: transcriptHooks((text) => this.#console.say(text)),
        onInformational: (interim) => this.#console.say(interimText(interim)),
      }),
    };
  }

  #progress(progress: Progress): void {
    const { target, maxFileSize, quiet } = this.#settings;
    const upload = progress.direction === "upload";
    if (!upload && progress.transferred > (maxFileSize ?? Infinity)) this.#controller.abort(tooLarge(maxFileSize));
    // A body that goes to stdout is its own progress.
    if (!quiet && (upload || target.file !== undefined)) this.#bar.update(progress);
  }

  /** Head and body where they belong. */
  async #deliver(response: ClientResponse): Promise<void> {
    const { target, timing, maxFileSize } = this.#settings;
    this.#showHead(response);
    if (Number(response.headers.get("content-length") ?? 0) > (maxFileSize ?? Infinity)) throw tooLarge(maxFileSize);
    if (target.file === undefined) await writeBody(response, this.#settings, { io: this.#io, interruption: this.#interruption });
    else await response.saveTo(target.file, { resume: target.resume });
    if (timing) this.#console.say(waterfall(response.timings, { color: this.#console.color }));
  }

  #showHead(response: ClientResponse): void {
    const { verbose, include } = this.#settings;
    if (verbose) this.#console.say(responseText(response));
    if (!include) return;
    const color = this.#io.stdout.isTTY && !this.#io.env["NO_COLOR"];
    writeOut({ io: this.#io, interruption: this.#interruption }, headBytes(response, { color }));
  }

  /** With --fail a head may be shown, and a body is not. */
  #refused(response: ClientResponse): void {
    this.#showHead(response);
    response.discard();
  }
}

/** `nodemcu get URL` and kin; the exit code. */
export async function shellCommand(verb: ShellVerb, parsed: ParsedArguments, io: Io): Promise<number> {
  const settings = shellSettings(verb, parsed, io.cwd);
  const console = new Console(io);
  const interruption = new Interruption(io, EXITS.write);
  const request = new ShellRequest(settings, { io, console, interruption });
  const say = (message: string): void => {
    if (settings.errors) console.say(`nodemcu ${verb}: ${message}\n`);
  };
  try {
    const failed = await failureOf(request.run());
    const told = interruption.exit === undefined || interruption.exit === EXITS.write;
    if (failed && told) say(failed.message);
    const lost = await failureOf(request.archive());
    if (lost) say(lost.message);
    return (interruption.exit ?? failed?.exit ?? 0) || (lost?.exit ?? 0);
  } finally {
    interruption.dispose();
  }
}

interface Failed {
  readonly exit: number;
  readonly message: string;
}

/** Why it failed, or undefined. What is no failure of a request is a fault of this program. */
async function failureOf(work: Promise<void>): Promise<Failed | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    const exit = exitOf(error);
    if (exit === undefined) throw error;
    return { exit, message: messageOf(error) };
  }
}

/** What made the request end is more to the point than that it was ended. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof ShellError ? error.cause.message : error.message;
}
