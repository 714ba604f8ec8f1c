import { characterName, HttpFailure, isFieldValue, isToken, lowerCase, trimOws, type Field } from "../protocol/index.ts";
import type { RequestHeaders } from "./types.ts";

/** The fields that the module writes itself (P7, P8). */
const RESERVED: ReadonlySet<string> = new Set(["host", "connection", "user-agent"]);

/** A caller's header fields, sorted out. */
export interface CallerFields {
  readonly fields: readonly Field[];
  /** Lines that were left out because the module writes these fields itself. */
  readonly reserved: readonly Field[];
}

/** Takes the headers argument apart; throws `invalid-headers` with the rule and the line that broke it. */
export function callerFields(headers: RequestHeaders, bodyLength: number | undefined): CallerFields {
  const all = typeof headers === "string" ? fieldLines(headers) : objectFields(headers ?? {});
  const fields = all.filter(([name]) => !RESERVED.has(lowerCase(name)));
  refuseFraming(fields, bodyLength ?? 0);
  return {
    fields: fields.filter(([name]) => lowerCase(name) !== "content-length"),
    reserved: all.filter(([name]) => RESERVED.has(lowerCase(name))),
  };
}

/** Every line with its own CRLF (P2), so that nothing can be glued to the next one. */
function fieldLines(text: string): Field[] {
  if (text === "") return [];
  const lines = text.split("\r\n");
  if (lines.pop() !== "") throw invalid('the last header line does not end with "\\r\\n"', `line ${lines.length + 1}`);
  return lines.map(fieldLine);
}

function fieldLine(line: string, index: number): Field {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0));
  const place = `line ${index + 1}${isToken(name) ? `, ${shortened(name)}` : ""}`;
  if (line === "") throw invalid("there is an empty line between the headers, which would end them", place);
  if (colon < 0) throw invalid("a header line has no colon", place);
  return checkedField([name, trimOws(line.slice(colon + 1))], place);
}

function objectFields(headers: Readonly<Record<string, string>>): Field[] {
  return Object.entries(headers).map(([name, value], index) => {
    if (typeof value !== "string")
      throw new TypeError(`headers: the value of ${JSON.stringify(name)} must be a string, not ${typeof value}`);
    return checkedField([name, trimOws(value)], isToken(name) ? shortened(name) : `entry ${index + 1}`);
  });
}

function checkedField([name, value]: Field, place: string): Field {
  if (name === "") throw invalid("a header has no name", place);
  const inName = name.search(/[^!#$%&'*+\-.^_`|~0-9A-Za-z]/);
  if (inName >= 0) throw invalid(`${characterName(name, inName)} cannot stand in a header's name`, place);
  if (isFieldValue(value)) return [name, value];
  const index = value.search(/[^\t\x20-\x7e\x80-\xff]/);
  throw invalid(`${characterName(value, index)} cannot stand in a header's value`, place);
}

/** The module frames the body itself; a second opinion about its length would let two readers disagree (RFC 9112 §6.3). */
function refuseFraming(fields: readonly Field[], length: number): void {
  for (const [name, value] of fields) {
    const key = lowerCase(name);
    if (key === "transfer-encoding") throw invalid("Transfer-Encoding cannot be set: the body is sent whole, with its length", name);
    if (key !== "content-length" || value === String(length)) continue;
    const said = JSON.stringify(shortened(value));
    throw invalid(`Content-Length says ${said}, but the body has ${length} bytes. Leave the line out: it is written for you`, name);
  }
}

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** `place` is never more than a line's number and a field's name: everything else may be a secret. */
function invalid(what: string, place: string): HttpFailure {
  return new HttpFailure("invalid-headers", {
    phase: "request",
    reason: `the headers cannot be sent: ${what} (${place}). Nothing was sent.`,
  });
}
