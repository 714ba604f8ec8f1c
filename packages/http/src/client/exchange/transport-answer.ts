import { Fields, HttpFailure, isFieldValue, isToken, type Field, type Phase, type ResponseHead } from "../../protocol/index.ts";
import { printable } from "../errors/printable.ts";
import { isObject, kindName, memberOf } from "../request/members.ts";
import { isAsyncIterable } from "../request/stream-source.ts";

/** What a transport has answered, checked. */
export interface TransportAnswer {
  readonly head: ResponseHead;
  /** Undefined when there is none, or none can be. */
  readonly body: AsyncIterator<unknown> | undefined;
  /** What Content-Length says of it. */
  readonly length: number | undefined;
}

/** Statuses whose answers have no body (RFC 9110 §15.3.5, §15.4.5). */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** Checks what a transport gave for a request with that method. Throws `transport-failed` for what is no response. */
export function transportAnswer(given: unknown, method: string): TransportAnswer {
  if (!isObject(given)) throw wrong(`it gave ${kindName(given)} in place of a response.`);
  const fields = new Fields(checkedFields(memberOf(given, "headers")));
  const head: ResponseHead = { minorVersion: 1, status: checkedStatus(given), reason: checkedReason(given), fields };
  const source = bodySource(memberOf(given, "body"));
  if (method !== "HEAD" && !BODILESS.has(head.status)) return { head, body: source, length: announced(fields) };
  letGo(source);
  return { head, body: undefined, length: undefined };
}

/** Without waiting: a transport that is stuck must not hold the request up, nor may one that throws now. */
export function letGo(pieces: AsyncIterator<unknown> | undefined): void {
  const end = async (): Promise<unknown> => pieces?.return?.();
  end().catch(() => {});
}

/** A failure of the transport itself. */
export const transportFailure = (reason: string, { phase, cause }: { phase: Phase; cause?: unknown }): HttpFailure =>
  new HttpFailure("transport-failed", { phase, reason: `the transport failed: ${reason}`, ...(cause === undefined ? {} : { cause }) });

const wrong = (reason: string): HttpFailure => transportFailure(reason, { phase: "headers" });

/** Interim responses (1xx) are none that can be given to a program. */
function checkedStatus(given: object): number {
  const status = memberOf(given, "status");
  if (typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599) return status;
  const shown = typeof status === "number" ? String(status) : kindName(status);
  throw wrong(`the status of its response is ${shown}, not a whole number from 200 to 599.`);
}

function checkedReason(given: object): string {
  const text = memberOf(given, "statusText") ?? "";
  if (typeof text === "string" && isFieldValue(text)) return text;
  throw wrong("the statusText of its response cannot stand in a status line.");
}

function checkedFields(headers: unknown): Field[] {
  if (headers === undefined) return [];
  if (typeof headers === "object" && headers !== null && Symbol.iterator in headers && isIterable(headers))
    return [...headers].map(checkedField);
  throw wrong(`the headers of its response are ${kindName(headers)}, not pairs of names and values.`);
}

const isIterable = (value: object): value is Iterable<unknown> => typeof memberOf(value, Symbol.iterator) === "function";

function checkedField(pair: unknown): Field {
  const [name, value]: readonly unknown[] = Array.isArray(pair) ? pair : [];
  if (typeof name !== "string" || typeof value !== "string") throw wrong("a header of its response is no pair of two strings.");
  if (!isToken(name)) throw wrong(`the name ${JSON.stringify(printable(name))} of a header of its response is not a token.`);
  if (!isFieldValue(value)) throw wrong(`the header ${name} of its response has a character in its value that cannot stand there.`);
  return [name, value];
}

function bodySource(body: unknown): AsyncIterator<unknown> | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return whole(Buffer.from(body));
  if (body instanceof Uint8Array) return whole(new Uint8Array(body));
  if (isAsyncIterable(body)) return body[Symbol.asyncIterator]();
  throw wrong(`the body of its response is ${kindName(body)}, not a string, a Uint8Array or an async iterable of those.`);
}

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array, undefined, undefined> {
  if (bytes.length > 0) yield bytes;
  return undefined;
}

function announced(fields: Fields): number | undefined {
  const text = fields.get("content-length") ?? "";
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}
