import type { Diagnostic, Place, Severity } from "../device/index.ts";

const COLORS: Readonly<Record<Severity, string>> = { error: "1;31", warning: "1;35", note: "1;36" };

/** How diagnostics look. */
export interface DiagnosticStyle {
  readonly color: boolean;
  /** What a file of the device is called on the command line. */
  readonly fileName: (file: string) => string;
  /** The script, for diagnostics that have no place. */
  readonly script: string;
}

/** Control characters as `\x1b`, so that a script cannot steer the terminal through a message. */
const printable = (text: string): string =>
  text.replace(/[^\P{Cc}\n\t]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);

function placeText(place: Place | undefined, style: DiagnosticStyle): string {
  return place ? `${style.fileName(place.file)}:${place.line}` : style.script;
}

function paint(text: string, code: string, style: DiagnosticStyle): string {
  return style.color ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** One diagnostic as a compiler prints it: `file:line: severity[code]: message`, the related place indented, then the traceback. */
export function diagnosticText(diagnostic: Diagnostic, style: DiagnosticStyle): string {
  const { code, severity, message, place, related, traceback } = diagnostic;
  const lines = [`${placeText(place, style)}: ${paint(`${severity}[${code}]:`, COLORS[severity], style)} ${printable(message)}`];
  if (related) lines.push(`  ${placeText(related.place, style)}: ${paint("note:", COLORS.note, style)} ${printable(related.message)}`);
  if (traceback) lines.push(printable(traceback.trimEnd()));
  return `${lines.join("\n")}\n`;
}
