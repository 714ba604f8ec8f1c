import type { Phase } from "./failure.ts";
import { Fields, type Field } from "./fields.ts";
import { isFieldValue, isOws, isToken, lowerCase, TAB, SP, trimOws } from "./grammar.ts";
import { beyondLimit, excerpt, malformed } from "./malformed.ts";

/** Fields whose folding would let two readers disagree about where the message ends. */
const FRAMING: ReadonlySet<string> = new Set(["content-length", "transfer-encoding", "connection"]);

/** How a section is read. */
export interface SectionRules {
  readonly maxFields: number;
  readonly phase: Phase;
}

/** A whole section of lines that nothing is wrong with: nearly every one there is. */
const FLAWLESS = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;

/** Reads field lines (RFC 9112 §5): the text of a section without its closing empty line, every line with its line end. */
export function parseFieldSection(text: string, rules: SectionRules): Fields {
  const fields = new Fields(FLAWLESS.test(text) ? text : examineLines(text, rules));
  if (mayExceed(text, rules.maxFields) && fields.size > rules.maxFields)
    throw beyondLimit(`more than ${rules.maxFields} field lines`, rules.phase);
  return fields;
}

/** The shortest line is "a:", and its line end two bytes or, where that is let pass, one. Whoever has too few bytes need not count. */
export const mayExceed = (text: string, maxFields: number): boolean => text.length > maxFields * 3;

/** Line by line, to say what is wrong with the first that is not as it should be, or to let pass what may. */
function examineLines(text: string, rules: SectionRules): Field[] {
  const lines: Field[] = [];
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\n", from);
    // The section's collector has seen to it that only a lenient one holds a bare LF.
    const line = text.slice(from, text.charCodeAt(end - 1) === 0x0d ? end - 1 : end);
    from = end + 1;
    const first = line.charCodeAt(0);
    if (first === SP || first === TAB) unfold(lines, line, rules);
    else lines.push(parseLine(line, rules));
    if (lines.length > rules.maxFields) break;
  }
  return lines;
}

/** field-line = field-name ":" OWS field-value OWS; no white space before the colon (RFC 9112 §5.1). */
function parseLine(line: string, { phase }: SectionRules): Field {
  const colon = line.indexOf(":");
  if (colon < 0) throw malformed(`the field line ${excerpt(line)} has no colon`, phase);
  const name = line.slice(0, colon);
  if (!isToken(name)) throw malformed(fieldNameFault(name), phase);
  const value = trimOws(line.slice(colon + 1));
  if (!isFieldValue(value)) throw malformed(`a control character in the value of ${name}: ${excerpt(value)}`, phase);
  return [name, value];
}

function fieldNameFault(name: string): string {
  if (name === "") return "a field line begins with a colon";
  if (isOws(name.charCodeAt(name.length - 1))) return `white space between the field name ${excerpt(trimOws(name))} and its colon`;
  return `the field name ${excerpt(name)} is not a token`;
}

/** obs-fold: replaced by one SP (RFC 9112 §5.2); refused where it could move the end of the message. */
function unfold(lines: Field[], line: string, { phase }: SectionRules): void {
  const last = lines.pop();
  if (!last) throw malformed("the first field line begins with white space", phase);
  const [name, value] = last;
  if (FRAMING.has(lowerCase(name))) throw malformed(`${name} is folded over two lines`, phase);
  const more = trimOws(line);
  if (!isFieldValue(more)) throw malformed(`a control character in the value of ${name}: ${excerpt(more)}`, phase);
  lines.push([name, value && more ? `${value} ${more}` : value || more]);
}
