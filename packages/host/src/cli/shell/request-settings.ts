import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { RequestOptions } from "nodemcu-http/client";
import type { ParsedArguments } from "../options.ts";
import { fileReason } from "../run-settings.ts";
import { UsageError } from "../usage-error.ts";
import { dataSource } from "./request-data.ts";
import type { DataSource } from "./request-data.ts";
import { parseCount, parseHeader, parseUser } from "./shell-values.ts";

type Header = readonly [name: string, value: string];

/** What is sent, and the headers that go with it unless others are given (curl's --data and --json). Throws a {@link UsageError}. */
export function requestData(parsed: ParsedArguments): { readonly data: DataSource | undefined; readonly defaults: readonly Header[] } {
  const [json, ...more] = parsed.all("json");
  const data = parsed.all("data");
  if (json === undefined && data.length === 0) return { data: undefined, defaults: [] };
  if (data.length > 0 && json !== undefined) throw new UsageError("only one of --data and --json can be given");
  if (more.length > 0) throw new UsageError("--json can be given once");
  if (json === undefined) return { data: joinedData(data), defaults: [["Content-Type", "application/x-www-form-urlencoded"]] };
  const type = "application/json";
  return {
    data: dataSource(json),
    defaults: [
      ["Content-Type", type],
      ["Accept", type],
    ],
  };
}

function joinedData(written: readonly string[]): DataSource {
  const [first = "", ...more] = written;
  if (more.length === 0) return dataSource(first);
  if (written.some((text) => !("text" in dataSource(text))))
    throw new UsageError("--data can be repeated for texts; a file and stdin are sent alone");
  return { text: written.join("&") };
}

/** Headers, authentication, redirects and repetitions. Throws a {@link UsageError}. */
export function requestOptions(parsed: ParsedArguments, { cwd, defaults }: { cwd: string; defaults: readonly Header[] }): RequestOptions {
  const given = parsed.all("header").flatMap((text) => headersOf(text, cwd));
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const retry = parsed.read("retry", parseCount);
  const maxRedirects = parsed.read("max-redirs", parseCount);
  const auth = authentication(parsed);
  if (auth && names.has("authorization")) throw new UsageError("--user and --bearer are one way, a header Authorization another; give one");
  return {
    headers: [...defaults.filter(([name]) => !names.has(name.toLowerCase())), ...given],
    redirect: parsed.has("location") ? "follow" : "manual",
    ...(maxRedirects !== undefined && { maxRedirects }),
    ...(retry !== undefined && { retry }),
    auth,
    // Parts of a compressed body cannot be told to belong together.
    decompress: !parsed.has("raw") && !parsed.has("continue-at"),
    throwHttpErrors: parsed.has("fail"),
  };
}

/** What is wrong with a header or a user is said without showing it: it may be a secret. */
function withoutValue<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--${option}: ${error.message}`);
  }
}

function headersOf(text: string, cwd: string): Header[] {
  const lines = text.startsWith("@") ? fileLines(text.slice(1), cwd) : [text];
  return lines.map((line) => withoutValue("header", () => parseHeader(line)));
}

function fileLines(path: string, cwd: string): string[] {
  try {
    return readFileSync(resolve(cwd, path), "utf8")
      .split(/\r?\n/)
      .filter((line) => line !== "");
  } catch (error) {
    throw new UsageError(`--header @${path}: ${fileReason(error)}`);
  }
}

function authentication(parsed: ParsedArguments): RequestOptions["auth"] {
  const user = withoutValue("user", () => parsed.all("user").map(parseUser).at(-1));
  const bearer = parsed.all("bearer").at(-1);
  if (user && bearer !== undefined) throw new UsageError("only one of --user and --bearer can be given");
  if (parsed.has("digest") && !user) throw new UsageError("--digest needs --user USER:PASSWORD");
  if (bearer !== undefined) return { bearer };
  return user && { ...user, scheme: parsed.has("digest") ? "digest" : "basic" };
}
