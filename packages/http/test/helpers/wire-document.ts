import { readdirSync, readFileSync } from "node:fs";
import { DEFAULT_LIMITS, type ResponseLimits } from "../../src/protocol/index.ts";
import { textToBytes } from "./byte-text.ts";

/** How the stream ends behind the bytes: not at all, in order, or cut. */
export type StreamEnd = "open" | "end" | "cut";

/** What node:http does differently from this reader with default limits. */
export type NodeVerdict = "node-accepts" | "node-rejects" | "node-differs";

/** One case of a wire document; test/wire/README.md describes the form. */
export interface WireCase {
  readonly title: string;
  readonly prose: string;
  readonly bytes: Uint8Array;
  readonly end: StreamEnd;
  readonly method: string;
  readonly lenient: boolean;
  readonly limits: Partial<ResponseLimits>;
  readonly node: NodeVerdict | undefined;
  /** One event a line. */
  readonly expected: readonly string[];
}

const FOLDER = new URL("../wire/", import.meta.url);

/** Names of the documents. */
export const wireDocuments = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .toSorted();

export const readWireDocument = (name: string): WireCase[] => parseWireDocument(readFileSync(new URL(name, FOLDER), "utf8"));

/** Reads a document. Whatever is not of the form throws: no case is ever skipped. */
export function parseWireDocument(text: string): WireCase[] {
  const [intro = "", ...cases] = text.split(/^## /m);
  if (!/^# \S/.test(intro)) throw new SyntaxError("a wire document begins with a title");
  if (intro.includes("```")) throw new SyntaxError("a fence before the first case");
  if (cases.length === 0) throw new SyntaxError("a wire document without a case");
  return cases.map(parseCase);
}

const CASE =
  /^(?<title>[^\n]+)\n\n(?<prose>[^`][^]*?)\n\n```response(?<info>[^\n]*)\n(?<bytes>[^]*?)```\n\n```events\n(?<events>[^]+?)```\n*$/;

function parseCase(text: string): WireCase {
  const { title = "", prose = "", info = "", bytes = "", events = "" } = CASE.exec(text)?.groups ?? {};
  try {
    if (title === "") throw new SyntaxError("not of the form: title, prose, ```response, ```events");
    if (!/\bRFC \d{4} §|Decided here: /.test(prose)) throw new SyntaxError("the prose names no source");
    const stream = parseStream(bytes);
    const parameters = parseInfo(info);
    if (parameters.node && !/\bnode\b/.test(prose)) throw new SyntaxError(`${parameters.node}, but the prose does not say why`);
    const expected = events.trimEnd().split("\n");
    for (const line of expected) if (!EVENT.test(line)) throw new SyntaxError(`unknown event ${JSON.stringify(line)}`);
    return { title, prose, ...stream, ...parameters, expected };
  } catch (error) {
    throw new SyntaxError(`case ${JSON.stringify(text.slice(0, text.indexOf("\n")))}: ${String(error)}`, { cause: error });
  }
}

const EVENT =
  /^(?:interim 1\d\d ".*"|head \d{3} ".*"(?: HTTP\/1\.0)? (?:none|length \d+|chunked|until-close)|(?:field|trailer) [^\s:]+: .*|data ".+"|complete (?:reusable|close)|error [a-z-]+ (?:headers|body)|waiting)$/;

/** Lines joined; `<end>` or `<cut>` may be the last one; `<N times> text` repeats the text. */
function parseStream(block: string): { bytes: Uint8Array; end: StreamEnd } {
  const lines = block.split("\n").filter((line) => line !== "");
  const end = STREAM_ENDS[lines.at(-1) ?? ""];
  const text = (end ? lines.slice(0, -1) : lines).map((line) => {
    const [, times, repeated] = /^<(\d+) times> (.*)$/.exec(line) ?? [];
    if (repeated !== undefined) return repeated.repeat(Number(times));
    if (/^<(?:end|cut|\d)/.test(line)) throw new SyntaxError(`${line} cannot stand here`);
    return line;
  });
  return { bytes: textToBytes(text.join("")), end: end ?? "open" };
}

const STREAM_ENDS: Readonly<Record<string, StreamEnd>> = { "<end>": "end", "<cut>": "cut" };

interface Parameters {
  method: string;
  lenient: boolean;
  limits: Partial<Record<keyof ResponseLimits, number>>;
  node: NodeVerdict | undefined;
}

function parseInfo(info: string): Parameters {
  const parameters: Parameters = { method: "GET", lenient: false, limits: {}, node: undefined };
  for (const word of info.split(" ").filter(Boolean)) parseParameter(parameters, word);
  return parameters;
}

function parseParameter(parameters: Parameters, word: string): void {
  const [key = "", value] = word.split("=");
  if (word === "lenient") parameters.lenient = true;
  else if (isVerdict(word)) parameters.node = word;
  else if (key === "method" && value) parameters.method = value;
  else if (isLimit(key) && /^\d+$/.test(value ?? "")) parameters.limits[key] = Number(value);
  else throw new SyntaxError(`unknown parameter ${JSON.stringify(word)}`);
}

const isVerdict = (word: string): word is NodeVerdict => /^node-(?:accepts|rejects|differs)$/.test(word);
const isLimit = (word: string): word is keyof ResponseLimits => Object.hasOwn(DEFAULT_LIMITS, word);
