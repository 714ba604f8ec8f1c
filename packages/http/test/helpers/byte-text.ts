/** Bytes as text on one line: printable ASCII as it is, the rest as \r \n \t \\ \xNN. */
export function bytesToText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => NAMED.get(byte) ?? (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hex(byte))).join("");
}

/** The other way; throws for an escape that is not one of those, and for characters that have to be escaped. */
export function textToBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < text.length;) {
    const [token = "", named, digits] = /^(?:\\(?:([rnt\\])|x([0-9a-f]{2}))|[ -[\]-~])/.exec(text.slice(at)) ?? [];
    if (token === "") throw new SyntaxError(`neither printable nor a known escape: ${JSON.stringify(text.slice(at, at + 10))}`);
    if (digits !== undefined) bytes.push(Number.parseInt(digits, 16));
    else bytes.push(named === undefined ? token.charCodeAt(0) : escapeOf(named));
    at += token.length;
  }
  return Uint8Array.from(bytes);
}

/** A Latin-1 string as the same line of text. */
export const latin1ToText = (text: string): string => bytesToText(Buffer.from(text, "latin1"));

const NAMED: ReadonlyMap<number, string> = new Map([
  [9, "\\t"],
  [10, "\\n"],
  [13, "\\r"],
  [92, "\\\\"],
]);

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, "0")}`;

function escapeOf(letter: string): number {
  for (const [byte, text] of NAMED) if (text === `\\${letter}`) return byte;
  throw new SyntaxError(`unknown escape \\${letter}`);
}
