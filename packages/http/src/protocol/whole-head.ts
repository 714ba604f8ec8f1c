import { latin1 } from "./bytes.ts";
import { mayExceed } from "./field-section.ts";
import { Fields } from "./fields.ts";
import type { ResponseLimits } from "./limits.ts";
import type { StatusLine } from "./status-line.ts";

/** A head that came in one piece. */
export interface WholeHead {
  readonly status: StatusLine;
  readonly fields: Fields;
  /** Bytes, the empty line included. */
  readonly size: number;
}

/** Heads are rarely longer; what comes behind one is not looked at in vain. */
const USUAL_SIZE = 2048;

/** status-line and field lines with which nothing is wrong, and the empty line (RFC 9112 §2.1). */
const FLAWLESS =
  /^HTTP\/1\.([01]) ([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n/;

/**
 * A head that stands whole and flawless in these bytes, as nearly every one does; undefined for any other: then it is read byte by byte,
 * which also says what is wrong with it.
 */
export function wholeHead(bytes: Uint8Array, from: number, { maxHeadSize, maxFields }: ResponseLimits): WholeHead | undefined {
  const match = FLAWLESS.exec(latin1(bytes, from, Math.min(bytes.length, from + USUAL_SIZE)));
  if (!match) return undefined;
  const [head, minor, code, reason = "", section = ""] = match;
  if (head.length > maxHeadSize || mayExceed(section, maxFields)) return undefined;
  return { status: { minorVersion: minor === "0" ? 0 : 1, status: Number(code), reason }, fields: new Fields(section), size: head.length };
}
