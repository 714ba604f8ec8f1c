import { characterName, HttpFailure, isToken, lowerCase } from "../../protocol/index.ts";
import { printable } from "../errors/printable.ts";
import type { BodyContent } from "./body-init.ts";
import { contentOf, CONTENTS, isContent, listWords, type Content } from "./content.ts";
import { joinBodies } from "./joined-body.ts";
import { hasMethods, isObject, kindName } from "./members.ts";
import { discardBody, type RequestBody } from "./request-body.ts";

/** The value of a part: numbers and booleans are sent as text. */
export type PartValue = BodyContent | number | boolean;

/** What is to be known of a part beside its name. */
export interface PartInit {
  readonly value: PartValue;
  /** Makes of a part a file. Default: the name of a File, `blob` for a Blob, else none. */
  readonly filename?: string | undefined;
  /** Default: the type of a Blob, `application/octet-stream` for what is no text, none for text without a filename. */
  readonly type?: string | undefined;
  /** Further header fields of the part. Content-Disposition and Content-Type are written from the rest. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
}

/** One part of a multipart/form-data body. Names may come twice. */
export interface MultipartPart extends PartInit {
  readonly name: string;
}

/** The parts in their order: by name, or a list. Values that are undefined are left out. */
export type MultipartInit = Readonly<Record<string, PartValue | PartInit | undefined>> | Iterable<MultipartPart> | FormData;

const MEMBERS: ReadonlySet<string> = new Set(["name", "value", "filename", "type", "headers"]);

const VALUE_WORDS = `a number, a boolean, ${listWords(Object.values(CONTENTS))}`;

/** Header fields of a part that are written from its name, filename and type. */
const OWN: ReadonlySet<string> = new Set(["content-disposition", "content-type"]);

interface Part {
  readonly name: string;
  readonly value: Exclude<PartValue, number | boolean>;
  readonly filename: string | undefined;
  readonly type: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * A multipart/form-data body (RFC 7578), written as browsers write it (HTML, "multipart/form-data encoding algorithm"). A TypeError for
 * parts that cannot be meant; `invalid-headers` for names, types and headers that cannot be written.
 */
export function multipartContent(init: MultipartInit): Content {
  // 122 random bits: who writes a value cannot know what would end it.
  const boundary = `----nodemcu-http-${crypto.randomUUID()}`;
  const parts = partsOf(init);
  const heads = parts.map((part, index) => Buffer.from(`${index === 0 ? "" : "\r\n"}--${boundary}\r\n${partHead(part)}`));
  const bodies = bodiesOf(parts);
  const end = Buffer.from(`${parts.length === 0 ? "" : "\r\n"}--${boundary}--\r\n`);
  const body = joinBodies([...heads.flatMap((head, index): RequestBody[] => [head, bodies[index] ?? end]), end]);
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}

function bodiesOf(parts: readonly Part[]): RequestBody[] {
  const bodies: RequestBody[] = [];
  try {
    for (const { value } of parts) bodies.push(contentOf(value).body);
    return bodies;
  } catch (error) {
    for (const body of bodies) discardBody(body);
    throw error;
  }
}

function partsOf(init: MultipartInit): readonly Part[] {
  if (!isObject(init)) throw new TypeError("multipart must be an object of values, a list of parts, or FormData");
  if (init instanceof FormData) return [...init].map(formDataPart);
  const given: unknown[] = isIterable(init) ? [...init] : Object.entries(init).map(namedPart);
  return given
    .map(ownMembers)
    .filter(({ value }) => value !== undefined)
    .map(checkedPart);
}

const isIterable = (init: object): init is Iterable<unknown> => hasMethods(init, Symbol.iterator);

const namedPart = ([name, given]: [string, unknown]): object => (isPart(given) ? { ...given, name } : { name, value: given });

const isPart = (given: unknown): given is object => isObject(given) && !isContent(given) && Object.hasOwn(given, "value");

/** HTML: line ends in the names and in the text of a form are CRLF, whatever they were. */
const crlf = (text: string): string => text.replace(/\r\n?|\n/g, "\r\n");

function formDataPart([name, value]: [string, string | File]): Part {
  return checkedPart({ name: crlf(name), value: typeof value === "string" ? crlf(value) : value });
}

/** As much as it was given itself, and nothing inherited. */
function ownMembers(part: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(part)) throw new TypeError(`multipart: every part must be { name, value }, not ${kindName(part)}`);
  const strange = Object.keys(part).find((member) => !MEMBERS.has(member));
  if (strange !== undefined) throw new TypeError(`multipart: a part has no ${JSON.stringify(strange)}; it has ${[...MEMBERS].join(", ")}`);
  const own: Record<string, unknown> = Object.create(null);
  return Object.assign(own, part);
}

function checkedPart({ name, value: given, filename, type, headers }: Readonly<Record<string, unknown>>): Part {
  if (typeof name !== "string") throw new TypeError("multipart: the name of a part must be a string");
  const value = typeof given === "number" || typeof given === "boolean" ? String(given) : given;
  if (!isContent(value)) throw new TypeError(`multipart: the value of ${shown(name)} must be ${VALUE_WORDS}, not ${kindName(value)}`);
  if (!isText(filename) || !isText(type)) throw new TypeError(`multipart: filename and type of ${shown(name)} must be strings`);
  return { name, value, ...fileFacts(value, { filename, type }), headers: headerFields(headers, name) };
}

const isText = (value: unknown): value is string | undefined => value === undefined || typeof value === "string";

/** HTML: a file without a type is application/octet-stream, and text has no type; FormData: a Blob without a name is "blob". */
function fileFacts(value: Part["value"], { filename, type }: Pick<PartInit, "filename" | "type">): Pick<Part, "filename" | "type"> {
  if (value instanceof Blob)
    return {
      filename: filename ?? (value instanceof File ? value.name : "blob"),
      type: type ?? (value.type || "application/octet-stream"),
    };
  if (typeof value !== "string") return { filename, type: type ?? "application/octet-stream" };
  return { filename, type: type ?? (filename === undefined ? undefined : "text/plain;charset=UTF-8") };
}

function headerFields(headers: unknown, part: string): Part["headers"] {
  if (headers === undefined) return [];
  if (!isObject(headers)) throw new TypeError(`multipart: headers of ${shown(part)} must be an object of strings`);
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  return given.map(([name, value]: [string, unknown]) => {
    if (typeof value !== "string") throw new TypeError(`multipart: headers of ${shown(part)}: every value must be a string`);
    if (!isToken(name)) throw invalid(part, `the header name ${shown(name)} is not a token.`);
    if (OWN.has(lowerCase(name))) throw invalid(part, `${name} is written from its name, filename and type, and cannot be set.`);
    return [name, value];
  });
}

function partHead(part: Part): string {
  const { name, filename, type, headers } = part;
  const file = filename === undefined ? "" : `; filename="${escaped(filename, part)}"`;
  const lines = [`Content-Disposition: form-data; name="${escaped(name, part)}"${file}`];
  if (type !== undefined) lines.push(`Content-Type: ${checkedValue(type, part, "its type")}`);
  for (const [field, value] of headers) lines.push(`${field}: ${checkedValue(value, part, `the value of ${field}`)}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { '"': "%22", "\r": "%0D", "\n": "%0A" };

/** HTML's escapes; NUL, which it lets through, ends the name for some servers. */
function escaped(text: string, part: Part): string {
  if (text.includes("\0")) throw invalid(part.name, "NUL (U+0000) cannot stand in a name or a filename.");
  return text.replace(/["\r\n]/g, (character) => ESCAPES[character] ?? "");
}

/** Text in UTF-8 (RFC 7578 §5.1), without what could end its line. */
function checkedValue(value: string, part: Part, what: string): string {
  const index = value.search(/[\0-\x08\x0a-\x1f\x7f]/);
  if (index < 0) return value;
  throw invalid(part.name, `${characterName(value, index)} cannot stand in ${what}.`);
}

const shown = (text: string): string => JSON.stringify(printable(text));

const invalid = (part: string, reason: string): HttpFailure =>
  new HttpFailure("invalid-headers", {
    phase: "request",
    reason: `the headers of the part ${shown(part)} cannot be sent: ${reason} Nothing was sent.`,
  });
