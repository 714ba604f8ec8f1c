import { HttpFailure, type Field, type HttpUrl, type Phase } from "../../protocol/index.ts";
import type { RequestBody } from "./request-body.ts";

/** A request with nothing left to decide: what goes on the wire. */
export interface WireRequest {
  readonly method: string;
  readonly url: HttpUrl;
  /** Every field line, Host and framing included, in order. */
  readonly fields: readonly Field[];
  readonly body: RequestBody | undefined;
}

/** The same request with more field lines. */
export const addFields = (request: WireRequest, fields: readonly Field[]): WireRequest => ({
  ...request,
  fields: [...request.fields, ...fields],
});

/** The same request with other lines in the place of those of their names. */
export function withFields(request: WireRequest, fields: readonly Field[]): WireRequest {
  const replaced = new Set(fields.map(([name]) => name.toLowerCase()));
  return { ...request, fields: [...request.fields.filter(([name]) => !replaced.has(name.toLowerCase())), ...fields] };
}

/** The same failure with method and URL in its message, and the phase it happened in. */
export function failureOf(request: WireRequest, failure: HttpFailure, phase: Phase = failure.phase): HttpFailure {
  const { code, reason } = failure;
  const cause = Object.hasOwn(failure, "cause") ? { cause: failure.cause } : {};
  return new HttpFailure(code, { phase, reason, ...cause }, { method: request.method, url: request.url.href });
}
