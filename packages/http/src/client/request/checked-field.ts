import { characterName, HttpFailure, isFieldValue, isToken, lowerCase, trimOws, type Field } from "../../protocol/index.ts";
import { printable } from "../errors/printable.ts";

/** Fields that say where a message ends or what becomes of its connection: the client writes them itself. */
const OWN: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Throws `invalid-headers` for a field that cannot be sent, or is not for the program to set. */
export function checkedField([name, value]: readonly [string, string]): Field {
  if (!isToken(name)) throw invalid(`the header name ${JSON.stringify(printable(name))} is not a token.`);
  if (OWN.has(lowerCase(name))) throw invalid(`${name} is written by the client itself and cannot be set.`);
  const trimmed = trimOws(value);
  if (isFieldValue(trimmed)) return [name, trimmed];
  const index = trimmed.search(/[^\t\x20-\x7e\x80-\xff]/);
  throw invalid(`${characterName(trimmed, index)} cannot stand in the value of the header ${name}.`);
}

const invalid = (reason: string): HttpFailure =>
  new HttpFailure("invalid-headers", { phase: "request", reason: `the headers cannot be sent: ${reason} Nothing was sent.` });
