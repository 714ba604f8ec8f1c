import { readMultipart } from "./multipart.ts";
import { object } from "./json-value.ts";
import type { Json, JsonObject } from "./json-value.ts";
import { readJson } from "./json-reader.ts";
import type { HttpbinRequest } from "./request.ts";
import { jsonSafe, utf8Text } from "./text.ts";
import { readPairs } from "./url-text.ts";
import type { Pairs } from "./url-text.ts";

/** A request body taken apart as httpbin reports it. */
export interface Payload {
  readonly form: JsonObject;
  readonly files: JsonObject;
  /** The body as text or data URL; empty when it was a form. */
  readonly data: string;
  readonly json: Json;
}

/** Pairs as a JSON object: the values of a repeated name become a list. */
export function collect(pairs: Pairs): JsonObject {
  const members = new Map<string, string | string[]>();
  for (const [name, value] of pairs) {
    const earlier = members.get(name);
    if (earlier === undefined) members.set(name, value);
    else if (typeof earlier === "string") members.set(name, [earlier, value]);
    else earlier.push(value);
  }
  return members;
}

const formPayload = (form: JsonObject, files: JsonObject = object({})): Payload => ({ form, files, data: "", json: null });

const readUrlencoded = ({ body }: HttpbinRequest): Payload => formPayload(collect(readPairs(body.toString("latin1"))));

function readMultipartPayload({ body, headers }: HttpbinRequest): Payload {
  const parts = readMultipart(body, headers.get("Content-Type") ?? "");
  const fields = parts.filter((part) => !part.isFile);
  // Only the first file of a name is reported.
  const files = parts.filter((part) => part.isFile).toReversed();
  return formPayload(
    collect(fields.map((part) => [part.name, part.content.toString("utf8")])),
    new Map(files.map((part) => [part.name, jsonSafe(part.content, part.type)])),
  );
}

function readData({ body }: HttpbinRequest): Payload {
  const text = utf8Text(body);
  return { form: object({}), files: object({}), data: jsonSafe(body), json: text === undefined ? null : readJson(text) };
}

const READERS: ReadonlyMap<string, (request: HttpbinRequest) => Payload> = new Map([
  ["application/x-www-form-urlencoded", readUrlencoded],
  ["application/x-url-encoded", readUrlencoded],
  ["multipart/form-data", readMultipartPayload],
]);

/** Takes a body apart by its Content-Type. */
export function readPayload(request: HttpbinRequest): Payload {
  const type = /^[^;\s]*/.exec(request.headers.get("Content-Type") ?? "")?.[0].toLowerCase() ?? "";
  return (READERS.get(type) ?? readData)(request);
}
