import { HttpFailure } from "./failure.ts";
import type { Field } from "./fields.ts";
import { characterName, isFieldValue, isToken } from "./grammar.ts";

/** The head of a request, before it is bytes. */
export interface RequestHead {
  readonly method: string;
  /** The request target; see {@link HttpUrl.target}. */
  readonly target: string;
  readonly fields: readonly Field[];
}

/**
 * The bytes of a request's head as Latin-1 text (RFC 9112 §3). Nothing that could begin another line gets through: throws
 * `invalid-method`, `invalid-url` or `invalid-headers`.
 */
export function writeRequestHead({ method, target, fields }: RequestHead): string {
  checkMethod(method);
  const index = target.search(/[^\x21-\x7e]/);
  if (index >= 0) throw requestFault("invalid-url", `${characterName(target, index)} cannot stand in a request target.`);
  let head = `${method} ${target} HTTP/1.1\r\n`;
  for (const field of fields) head += fieldLine(field);
  return `${head}\r\n`;
}

/** method = token (RFC 9110 §9.1), case-sensitive. CONNECT would ask for a tunnel, which is not a request for a resource. */
export function checkMethod(method: string): void {
  if (method === "CONNECT") throw requestFault("invalid-method", "CONNECT asks a proxy for a tunnel; it cannot be used for a resource.");
  if (isToken(method)) return;
  if (method === "") throw requestFault("invalid-method", "the method is empty; give one, such as GET.");
  const index = method.search(/[^!#$%&'*+\-.^_`|~0-9A-Za-z]/);
  throw requestFault("invalid-method", `${characterName(method, index)} at index ${index} cannot stand in a method.`);
}

function fieldLine([name, value]: Field): string {
  if (!isToken(name)) throw requestFault("invalid-headers", `the header name ${JSON.stringify(name)} is not a token.`);
  if (!isFieldValue(value)) {
    const index = value.search(/[^\t\x20-\x7e\x80-\xff]/);
    throw requestFault("invalid-headers", `${characterName(value, index)} cannot stand in the value of the header ${name}.`);
  }
  return `${name}: ${value}\r\n`;
}

function requestFault(code: "invalid-url" | "invalid-method" | "invalid-headers", reason: string): HttpFailure {
  return new HttpFailure(code, { phase: "request", reason });
}
