import type { ByteString, LuaCall, LuaRef, LuaType } from "../../lua/index.ts";
import type { Diagnostic } from "../host.ts";

/** Where a call has its arguments; the URL is always the first. */
export interface Signature {
  readonly name: string;
  /** The method, or the position of an argument that names it. */
  readonly method: string | number;
  readonly headers: number;
  readonly body?: number;
  readonly callback: number;
}

export const SIGNATURES: readonly Signature[] = [
  { name: "get", method: "GET", headers: 2, callback: 3 },
  { name: "post", method: "POST", headers: 2, body: 3, callback: 4 },
  { name: "put", method: "PUT", headers: 2, body: 3, callback: 4 },
  { name: "delete", method: "DELETE", headers: 2, body: 3, callback: 4 },
  { name: "request", method: 2, headers: 3, body: 4, callback: 5 },
];

/** What a script asks for. */
export interface Wanted {
  readonly url: ByteString;
  readonly method: ByteString;
  readonly headers: ByteString | undefined;
  readonly body: ByteString | undefined;
  readonly callback: LuaRef | undefined;
}

/** Something the device ignores without a word. */
export type Complaint = Pick<Diagnostic, "code" | "message">;

/** Reads the arguments as app/modules/http.c does: what is not of the right type, or not in its place, is not there. */
export function readArguments(call: LuaCall, signature: Signature): Wanted {
  const { method, headers, body, callback } = signature;
  return {
    url: call.string(1),
    method: typeof method === "number" ? call.string(method) : method,
    headers: textAt(call, headers),
    body: body === undefined ? undefined : textAt(call, body),
    callback: call.type(callback) === "function" ? call.callback(callback) : undefined,
  };
}

/** What of the arguments was left out, and why. */
export function complaints(call: LuaCall, signature: Signature): Complaint[] {
  const { name, headers, body, callback } = signature;
  const text = [{ what: "headers", at: headers }, ...(body === undefined ? [] : [{ what: "body", at: body }])];
  const wrong = text.filter(({ at }) => IGNORED.has(call.type(at))).map(({ what, at }) => notAString({ name, what, type: call.type(at) }));
  return [...wrong, ...misplacedCallback(call, { name, callback })];
}

const IGNORED: ReadonlySet<LuaType> = new Set<LuaType>(["table", "boolean", "userdata", "lightuserdata", "thread"]);

const notAString = ({ name, what, type }: { name: string; what: string; type: LuaType }): Complaint => ({
  code: `${what}-not-a-string`,
  message: `http.${name}: ${what} is a ${type}, and only strings are taken. The request is made without it, as on a device.${ADVICE[what] ?? ""}`,
});

const ADVICE: Readonly<Record<string, string>> = {
  headers: ' Write the lines as one string, each with its end: "Content-Type: application/json\\r\\n".',
  body: " Encode it first, as with sjson.encode.",
};

function misplacedCallback(call: LuaCall, { name, callback }: { name: string; callback: number }): Complaint[] {
  const positions = Array.from({ length: call.count }, (_, index) => index + 1);
  const found = positions.find((n) => n !== callback && call.type(n) === "function");
  if (found === undefined || call.type(callback) === "function") return [];
  const message = `http.${name} takes its callback as argument ${callback}, not ${found}. It will never be called, as on a device. Fill up with nil.`;
  return [{ code: "callback-misplaced", message }];
}

/** `lua_isstring`: a number counts. */
const textAt = (call: LuaCall, n: number): ByteString | undefined =>
  call.type(n) === "string" || call.type(n) === "number" ? call.string(n) : undefined;
