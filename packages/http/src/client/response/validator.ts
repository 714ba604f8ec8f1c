import type { Fields } from "../../protocol/index.ts";
import type { Answer } from "../exchange/answer.ts";
import { codingsOf } from "./content-codings.ts";

/** What tells that a resource is byte for byte the same as before (RFC 9110 §8.8). */
export interface Validator {
  readonly kind: "etag" | "lastModified";
  readonly value: string;
}

/** A weak one says only that the meaning is the same (RFC 9110 §8.8.3). */
const STRONG_ETAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/;

/**
 * What If-Range can be asked with (RFC 9110 §13.1.5): a strong ETag; or without any ETag a Last-Modified that is at least a second older than the
 * Date of the answer, so that no second change can hide in the same second (§8.8.2.2).
 */
export function strongValidator(fields: Fields): Validator | undefined {
  const etags = fields.getAll("etag");
  const [etag = ""] = etags;
  if (etags.length > 0) return etags.length === 1 && STRONG_ETAG.test(etag) ? { kind: "etag", value: etag } : undefined;
  const modified = fields.get("last-modified") ?? "";
  const age = Date.parse(fields.get("date") ?? "") - Date.parse(modified);
  return age >= 1000 ? { kind: "lastModified", value: modified } : undefined;
}

/** Whether a part is of what the validator stands for. Every 206 has the ETag of its 200, but not always Last-Modified (RFC 9110 §15.3.7). */
export function confirms(fields: Fields, { kind, value }: Validator): boolean {
  if (kind === "etag") return fields.get("etag") === value;
  return !fields.has("etag") && (fields.get("last-modified") ?? value) === value;
}

export const isIdentity = ({ head }: Answer): boolean => codingsOf(head.fields.get("content-encoding"))?.length === 0;

/** What the rest of an answer can be asked for with; undefined when parts of it could not be put together. */
export function resumableBy(answer: Answer): Validator | undefined {
  const { request, head } = answer;
  return request.method === "GET" && head.status === 200 && isIdentity(answer) ? strongValidator(head.fields) : undefined;
}
