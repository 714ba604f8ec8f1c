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
  refuseFraming(fields, bodyLength);
  return {
    fields: fields.filter(([name]) => lowerCase(name) !== "content-length"),
    reserved: all.filter(([name]) => RESERVED.has(lowerCase(name))),
  };
}

/** Every line with its own CRLF (P2), so that nothing can be glued to the next one. */
function fieldLines(text: string): Field[] {
  if (text === "") return [];
  if (!text.endsWith("\r\n")) throw invalid('the last header line does not end with "\\r\\n"', text.slice(text.lastIndexOf("\n") + 1));
  return text.slice(0, -2).split("\r\n").map(fieldLine);
}

function fieldLine(line: string): Field {
  const colon = line.indexOf(":");
  if (line === "") throw invalid("there is an empty line between the headers, which would end them", line);
  if (colon < 0) throw invalid("a header line has no colon", line);
  return checkedField(line.slice(0, colon), trimOws(line.slice(colon + 1)), line);
}

function objectFields(headers: Readonly<Record<string, string>>): Field[] {
  return Object.entries(headers).map(([name, value]) => {
    if (typeof value !== "string")
      throw new TypeError(`headers: the value of ${JSON.stringify(name)} must be a string, not ${typeof value}`);
    return checkedField(name, trimOws(value), name);
  });
}

function checkedField(name: string, value: string, line: string): Field {
  if (!isToken(name)) throw invalid(`the header name ${JSON.stringify(name)} is not a token: letters, digits and !#$%&'*+-.^_\`|~`, line);
  if (isFieldValue(value)) return [name, value];
  const index = value.search(/[^\t\x20-\x7e\x80-\xff]/);
  throw invalid(`${characterName(value, index)} cannot stand in the value of ${name}`, line);
}

/** The module frames the body itself; a second opinion about its length would let two readers disagree (RFC 9112 §6.3). */
function refuseFraming(fields: readonly Field[], bodyLength: number | undefined): void {
  for (const [name, value] of fields) {
    const key = lowerCase(name);
    if (key === "transfer-encoding")
      throw invalid("Transfer-Encoding cannot be set: the body is sent whole, with its length", `${name}: ${value}`);
    if (key === "content-length" && value !== String(bodyLength ?? 0)) {
      throw invalid(
        `Content-Length says ${JSON.stringify(value)}, but the body has ${bodyLength ?? 0} bytes. Leave the line out: it is written for you`,
        `${name}: ${value}`,
      );
    }
  }
}

function invalid(what: string, line: string): HttpFailure {
  const shown = line.length > 60 ? `${line.slice(0, 60)}…` : line;
  // The value may be a secret; the name is enough to find the line.
  const name = shown.includes(":") ? `${shown.slice(0, shown.indexOf(":"))}: …` : shown;
  return new HttpFailure("invalid-headers", {
    phase: "request",
    reason: `the headers cannot be sent: ${what} (at ${JSON.stringify(name)}). Nothing was sent.`,
  });
}
