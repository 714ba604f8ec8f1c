/** Name and value pairs in the order of the wire; a name may come more than once. */
export type Pairs = readonly (readonly [name: string, value: string])[];

const ESCAPED_OCTET = /%([0-9a-fA-F]{2})/g;
const fromHex = (_all: string, hex: string): string => String.fromCharCode(Number.parseInt(hex, 16));
const toHex = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;

/** The bytes that a percent-encoded text (RFC 3986 §2.1), one character per byte, stands for; a stray percent sign stands for itself. */
const decodeOctets = (text: string): Buffer => Buffer.from(text.replace(ESCAPED_OCTET, fromHex), "latin1");

/** The UTF-8 text of a percent-encoded one; bytes that are no UTF-8 become U+FFFD. */
export const decodePercent = (text: string): string => decodeOctets(text).toString("utf8");

const decodeField = (text: string): string => decodePercent(text.replaceAll("+", " "));

function readPair(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  return equals === -1 ? [decodeField(text), ""] : [decodeField(text.slice(0, equals)), decodeField(text.slice(equals + 1))];
}

/** The pairs of a query or an urlencoded form, one character per byte. */
export const readPairs = (text: string): Pairs =>
  text
    .split("&")
    .filter((pair) => pair !== "")
    .map(readPair);

// Werkzeug shows the address as an IRI (RFC 3987 §3.2): non-ASCII and these characters stand for themselves, the rest is percent-encoded.
const SHOWN_IN_PATH = /[A-Za-z0-9\-._~$!'()*+,;/:]/;
const SHOWN_IN_QUERY = /[A-Za-z0-9\-._~$!'()*+,;:&%=]/;
const NEVER_ENCODED = /[A-Za-z0-9\-._~$!'()*+,;]/;

const quote = (text: string, shown: RegExp): string =>
  [...Buffer.from(text, "latin1")]
    .map((byte) => (shown.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : toHex(byte)))
    .join("");

/** Decodes what an IRI shows bare: non-ASCII and unreserved characters; the other encoded ones stay as they are. */
const unquoteShown = (text: string): Buffer => {
  const decoded = text.replace(ESCAPED_OCTET, (all: string, hex: string) => {
    const character = fromHex(all, hex);
    return character > "\x7f" || NEVER_ENCODED.test(character) ? character : all;
  });
  return Buffer.from(decoded, "latin1");
};

const sequenceLength = (lead: number): number => (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);

/** UTF-8 text in which every byte that is no UTF-8 is percent-encoded. */
function decodeKeepingInvalid(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const sequence = bytes.subarray(at, at + sequenceLength(bytes[at] ?? 0));
    const character = sequence.toString("utf8");
    const valid = Buffer.from(character).equals(sequence);
    text += valid ? character : toHex(bytes[at] ?? 0);
    at += valid ? sequence.length : 1;
  }
  return text;
}

const iri = (text: string, shown: RegExp): string => decodeKeepingInvalid(unquoteShown(quote(text, shown)));

/** The address of a resource as httpbin shows it: `path` decoded, `query` as on the wire, one character per byte. */
export function showTarget(path: string, query: string): string {
  const shownPath = iri(Buffer.from(path).toString("latin1"), SHOWN_IN_PATH);
  return query === "" ? shownPath : `${shownPath}?${iri(query, SHOWN_IN_QUERY)}`;
}
