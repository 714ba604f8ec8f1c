import { latin1 } from "./bytes.ts";
import { mayExceed } from "./field-section.ts";
import { Fields } from "./fields.ts";
import { responseFraming, staysOpen, type Framing } from "./framing.ts";
import type { ResponseLimits } from "./limits.ts";
import type { StatusLine } from "./status-line.ts";

/** A head that came in one piece, with what follows from it. */
export class WholeHead {
  readonly status: StatusLine;
  readonly fields: Fields;
  /** The empty line included. */
  readonly text: string;
  /** Whether the server wants to keep the connection. */
  readonly staysOpen: boolean;
  #method = "";
  #framing: Framing = { kind: "none" };

  constructor(status: StatusLine, fields: Fields, text: string) {
    this.status = status;
    this.fields = fields;
    this.text = text;
    this.staysOpen = staysOpen(status, fields);
  }

  /** Where the body ends in an answer to that method; throws `malformed-response` where two readers could disagree. */
  framing(method: string): Framing {
    if (method !== this.#method) {
      this.#framing = responseFraming(this.status, this.fields, method);
      this.#method = method;
    }
    return this.#framing;
  }
}

/** Heads are rarely longer; what comes behind one is not looked at in vain. */
const USUAL_SIZE = 2048;

/** status-line and field lines with which nothing is wrong, and the empty line (RFC 9112 §2.1). */
const FLAWLESS =
  /^HTTP\/1\.([01]) ([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n/;

/** Within one second a server that is asked much says the same head again and again. */
let last: { readonly head: WholeHead; readonly bytes: Uint8Array } | undefined;

/**
 * A head that stands whole and flawless in these bytes, as nearly every one does; undefined for any other: then it is read byte by byte,
 * which also says what is wrong with it.
 */
export function wholeHead(bytes: Uint8Array, from: number, limits: ResponseLimits): WholeHead | undefined {
  if (!last || !begins(bytes, from, last.bytes)) {
    const head = readHead(latin1(bytes, from, Math.min(bytes.length, from + USUAL_SIZE)));
    if (!head) return undefined;
    last = { head, bytes: bytes.slice(from, from + head.text.length) };
  }
  return fits(last.head, limits) ? last.head : undefined;
}

function readHead(text: string): WholeHead | undefined {
  const match = FLAWLESS.exec(text);
  if (!match) return undefined;
  const [head, minor, code, reason = "", section = ""] = match;
  return new WholeHead({ minorVersion: minor === "0" ? 0 : 1, status: Number(code), reason }, new Fields(section), head);
}

function begins(bytes: Uint8Array, from: number, wanted: Uint8Array): boolean {
  if (bytes.length - from < wanted.length) return false;
  for (let at = 0; at < wanted.length; at++) if (bytes[from + at] !== wanted[at]) return false;
  return true;
}

const fits = ({ text, fields }: WholeHead, { maxHeadSize, maxFields }: ResponseLimits): boolean =>
  text.length <= maxHeadSize && (!mayExceed(text, maxFields) || fields.size <= maxFields);
