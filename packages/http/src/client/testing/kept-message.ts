import { lowerCase, type Field } from "../../protocol/index.ts";
import { inflate } from "../../system/index.ts";
import { multipartBoundary, redactBody, redactField, redactMembers, redactText } from "../errors/redact-message.ts";
import type { SecretNames } from "../errors/redact.ts";
import { codingsOf } from "../response/content-codings.ts";
import type { CassetteRequest, CassetteResponse } from "./cassette.ts";

/** What stands for a boundary that was made up for one request. */
const BOUNDARY = "boundary";

/** Decoded bytes of an answer at most; one with more is kept as it came. */
const MAX_DECODED = 67_108_864;

/** A request as a cassette keeps it: the same request, asked again with other secrets, gives the same. */
export function keptRequest({ method, url, headers, body }: CassetteRequest, secrets: SecretNames): CassetteRequest {
  const type = fieldOf(headers, "content-type");
  const boundary = multipartBoundary(type);
  const redacted = redactBody(body, type, secrets) ?? redactMembers(body, secrets);
  const kept = headers.map((field) => redactField(field, secrets));
  const same = { method, url: redactText(url, secrets) };
  if (boundary === undefined) return { ...same, headers: withLength(kept, redacted), body: redacted };
  const text = Buffer.from(redacted).toString("latin1").replaceAll(boundary, BOUNDARY);
  const bytes = Buffer.from(text, "latin1");
  const fields = kept.map(([name, value]): Field => [name, value.replaceAll(boundary, BOUNDARY)]);
  return { ...same, headers: withLength(fields, bytes), body: bytes };
}

/** An answer as a cassette keeps it: decoded, so that it can be read and what is secret in it be found. */
export async function keptResponse(response: CassetteResponse, secrets: SecretNames): Promise<CassetteResponse> {
  const { status, statusText } = response;
  const { headers, body } = await decoded(response);
  const redacted = redactBody(body, fieldOf(headers, "content-type"), secrets) ?? redactMembers(body, secrets);
  const kept = headers.map((field) => redactField(field, secrets));
  return { status, statusText, headers: redacted === response.body ? kept : withLength(kept, redacted), body: redacted };
}

async function decoded({ headers, body }: CassetteResponse): Promise<Pick<CassetteResponse, "headers" | "body">> {
  const codings = codingsOf(fieldOf(headers, "content-encoding"));
  if (!codings?.length || body.length === 0) return { headers, body };
  try {
    let bytes = body;
    for (const coding of codings) bytes = await inflate(coding, bytes, MAX_DECODED);
    return { headers: headers.filter(([name]) => lowerCase(name) !== "content-encoding"), body: bytes };
  } catch {
    // That it cannot be decoded is what the program is to see again.
    return { headers, body };
  }
}

/** Content-Length says what is kept, where it was said at all. */
const withLength = (headers: readonly Field[], body: Uint8Array): Field[] =>
  headers.map(([name, value]): Field => [name, lowerCase(name) === "content-length" ? String(body.length) : value]);

export const fieldOf = (headers: readonly Field[], wanted: string): string | undefined =>
  headers.find(([name]) => lowerCase(name) === wanted)?.[1];
