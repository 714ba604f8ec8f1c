/** One part of a multipart/form-data body (RFC 7578 §4). */
export interface FormPart {
  readonly name: string;
  /** True when the part came with a file name. */
  readonly isFile: boolean;
  /** The media type of a file. */
  readonly type: string;
  readonly content: Buffer;
}

const LINE_BREAK = "(?:\\r\\n|\\n|\\r)";
// As much as a whole header section of the request itself may have.
const MAX_PART_HEAD = 16 * 1024;

const BLANK_LINE = /\r\n\r\n|\n\n|\r\r/;

/** The parameters of a header value such as `form-data; name="a"`, quotes and their backslashes taken off. */
function readParameters(value: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, bare = ""] of value.matchAll(/;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g)) {
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(["\\])/g, "$1") ?? bare.trim());
  }
  return parameters;
}

function readPartHeaders(head: string): Map<string, string> {
  const text = Buffer.from(head, "latin1").toString("utf8");
  const lines = text.replace(/(?:\r\n|\n|\r)[ \t]+/g, " ").split(/\r\n|\n|\r/);
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** One part, one character per byte; undefined when it has no name. */
function readPart(text: string): FormPart | undefined {
  const blank = BLANK_LINE.exec(text);
  if (blank === null || blank.index > MAX_PART_HEAD) return undefined;
  const headers = readPartHeaders(text.slice(0, blank.index));
  const parameters = readParameters(headers.get("content-disposition") ?? "");
  const name = parameters.get("name");
  if (name === undefined) return undefined;
  return {
    name,
    isFile: parameters.has("filename") || parameters.has("filename*"),
    type: headers.get("content-type") ?? "application/octet-stream",
    content: Buffer.from(text.slice(blank.index + blank[0].length), "latin1"),
  };
}

/** The texts between the delimiters; none when the closing delimiter is missing, as httpbin then reports no form at all. */
function splitAtDelimiters(text: string, boundary: string): string[] {
  const escaped = boundary.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
  const delimiter = new RegExp(`(?:^|${LINE_BREAK})--${escaped}(--|[ \\t]*${LINE_BREAK})`, "g");
  const parts: string[] = [];
  let start: number | undefined;
  for (const found of text.matchAll(delimiter)) {
    if (start !== undefined) parts.push(text.slice(start, found.index));
    if (found[1] === "--") return parts;
    start = found.index + found[0].length;
  }
  return [];
}

/** The parts of a multipart body; none when the body or its Content-Type breaks the format. */
export function readMultipart(body: Buffer, contentType: string): readonly FormPart[] {
  const boundary = readParameters(contentType).get("boundary");
  if (boundary === undefined || boundary === "") return [];
  const parts = splitAtDelimiters(body.toString("latin1"), boundary).map(readPart);
  return parts.every((part) => part !== undefined) ? parts : [];
}
