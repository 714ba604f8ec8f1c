import { basename, resolve } from "node:path";
import type { ClientOptions } from "nodemcu-http/client";
import type { ParsedArguments } from "../options.ts";
import { newFile } from "../run-settings.ts";
import { UsageError } from "../usage-error.ts";
import { connectionOptions } from "./connection-settings.ts";
import type { DataSource } from "./request-data.ts";
import { requestData, requestOptions } from "./request-settings.ts";
import type { ShellVerb } from "./shell-options.ts";
import { parseSize } from "./shell-values.ts";

/** Where a body goes. */
export interface Target {
  /** An absolute path; undefined: stdout. */
  readonly file: string | undefined;
  /** Go on where an earlier transfer broke. */
  readonly resume: boolean;
  /** stdout was named: bytes that are no text go there too when it is a terminal. */
  readonly named: boolean;
}

/** A checked command line of `nodemcu get` and kin. */
export interface ShellSettings {
  readonly verb: ShellVerb;
  readonly method: string;
  readonly url: string;
  readonly data: DataSource | undefined;
  /** Headers, redirects, connection, time: all but the body and what the command itself listens to. */
  readonly options: ClientOptions;
  readonly target: Target;
  readonly include: boolean;
  readonly maxFileSize: number | undefined;
  readonly timing: boolean;
  /** An absolute path. */
  readonly har: string | undefined;
  readonly verbose: boolean;
  /** No progress on the terminal. */
  readonly quiet: boolean;
  readonly errors: boolean;
}

const METHODS: Readonly<Record<Exclude<ShellVerb, "request">, string>> = {
  get: "GET",
  head: "HEAD",
  post: "POST",
  put: "PUT",
  delete: "DELETE",
};

/** Reads and checks the command line. Throws a {@link UsageError}. */
export function shellSettings(verb: ShellVerb, parsed: ParsedArguments, cwd: string): ShellSettings {
  const written = addresses(verb, parsed);
  const { data, defaults } = requestData(parsed);
  if (data && (verb === "get" || verb === "head"))
    throw new UsageError(`${verb} sends no body; use nodemcu post, put or request (nodemcu request ${METHODS[verb]} sends one anyway)`);
  const { method, url } = requestLine(verb, { ...written, hasData: data !== undefined }, parsed);
  const silent = parsed.has("silent");
  return {
    verb,
    method,
    url,
    data,
    options: { ...connectionOptions(parsed, cwd), ...requestOptions(parsed, { cwd, defaults }) },
    target: bodyTarget(parsed, { url, cwd }),
    include: parsed.has("include") || method === "HEAD",
    maxFileSize: parsed.read("max-filesize", parseSize),
    timing: parsed.has("timing"),
    har: parsed.read("har", (path) => newFile(resolve(cwd, path))),
    verbose: parsed.has("verbose"),
    quiet: silent,
    errors: !silent || parsed.has("show-error"),
  };
}

/** The words of the command line: a URL, and for `request` a method before it. `-C -`, as curl has it, means what `-C` does. */
function addresses(verb: ShellVerb, parsed: ParsedArguments): { readonly word: string | undefined; readonly url: string } {
  const words = parsed.words.filter((word) => !(word === "-" && parsed.has("continue-at")));
  const url = words.pop();
  const word = verb === "request" ? words.pop() : undefined;
  const usage = `nodemcu ${verb} ${verb === "request" ? "[METHOD] " : ""}URL`;
  if (url === undefined) throw new UsageError(`${verb} needs a URL: ${usage}`);
  if (words.length > 0) throw new UsageError(`${verb} asks for one URL, not for ${words.length + 1}: ${usage}`);
  return { word, url };
}

interface Written {
  readonly word: string | undefined;
  readonly url: string;
  readonly hasData: boolean;
}

/** As with curl, `request` without a method is a GET, or a POST when there is something to send. */
function requestLine(verb: ShellVerb, { word, url, hasData }: Written, parsed: ParsedArguments): { method: string; url: string } {
  const option = parsed.read("request", String);
  if (verb !== "request") {
    if (option !== undefined) throw new UsageError(`--request goes with the command request: nodemcu request ${option} ${url}`);
    return { method: METHODS[verb], url };
  }
  if (word !== undefined && option !== undefined) throw new UsageError("the method is given twice: as a word, and with --request");
  return { method: word ?? option ?? (hasData ? "POST" : "GET"), url };
}

function bodyTarget(parsed: ParsedArguments, { url, cwd }: { url: string; cwd: string }): Target {
  const output = parsed.read("output", String);
  if (output !== undefined && parsed.has("remote-name")) throw new UsageError("only one of --output and --remote-name can be given");
  const name = parsed.has("remote-name") ? remoteName(url) : output;
  const resume = parsed.has("continue-at");
  if (name === "" || name === "-" || name === undefined) {
    if (resume) throw new UsageError("--continue-at needs a file: --output FILE");
    return { file: undefined, resume, named: name === "-" };
  }
  return { file: resolve(cwd, name), resume, named: true };
}

/** The last segment of the path, as it is written in the URL; never a path of its own. */
function remoteName(url: string): string {
  const name = basename(/^[^?#]*/.exec(url)?.[0].replace(/^[a-z]+:\/\/[^/]*/i, "") ?? "");
  if (url.split(/[?#]/, 1)[0]?.endsWith("/") || name === "" || name === "." || name === "..")
    throw new UsageError("--remote-name: the URL's path ends without a name; use --output FILE");
  return name;
}
