import * as fc from "fast-check";

/** A valid response: its bytes, and what a reader must make of them. */
export interface ArbitraryResponse {
  readonly bytes: Uint8Array;
  readonly method: string;
  readonly status: number;
  readonly body: Uint8Array;
  readonly fields: readonly (readonly [string, string])[];
  readonly trailers: readonly (readonly [string, string])[];
  readonly untilClose: boolean;
}

const TCHARS = "!#$%&'*+-.^_`|~0123456789ABCXYZabcxyz";

const fromCharacters = (characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters.split("")), minLength, maxLength });

/** obs-text, VCHAR, SP and HTAB; no white space at the ends, where it would be no part of the value. */
const value = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => (code === 0x7f ? "\t" : String.fromCharCode(code))), maxLength: 12 })
  .map((text) => text.replace(/^[\t ]+|[\t ]+$/g, ""));

/** The prefix keeps the name away from those with a meaning. */
const field = fc.tuple(
  fromCharacters(TCHARS, 0, 8).map((text) => `Z-${text}`),
  value,
);
const ows = fromCharacters(" \t", 0, 2);
const body = fc.uint8Array({ maxLength: 60 });

const FRAMINGS = ["length", "chunked", "until-close", "head", "204"] as const;

interface Parts {
  readonly framing: (typeof FRAMINGS)[number];
  readonly chunks: readonly Uint8Array[];
  readonly fields: readonly (readonly [string, string])[];
  readonly trailers: readonly (readonly [string, string])[];
  readonly interim: number;
  readonly padding: string;
  readonly reason: string;
  readonly extension: string;
}

/** Responses of every framing, with interim responses before them. */
export const arbitraryResponse: fc.Arbitrary<ArbitraryResponse> = fc
  .record({
    framing: fc.constantFrom(...FRAMINGS),
    chunks: fc.array(
      body.filter(({ length }) => length > 0),
      { maxLength: 4 },
    ),
    fields: fc.array(field, { maxLength: 5 }),
    trailers: fc.array(field, { maxLength: 2 }),
    interim: fc.nat(2),
    padding: ows,
    reason: value,
    extension: fc.constantFrom("", ";a", ' ; a = "\\"b;"'),
  })
  .map(responseOf);

function responseOf(parts: Parts): ArbitraryResponse {
  const { framing, chunks, fields, trailers, reason } = parts;
  const whole = Buffer.concat(chunks);
  const status = framing === "204" ? 204 : 200;
  const framed = [...fields, ...framingFields(framing, whole.length)];
  const heads = `${"HTTP/1.1 103 \r\nZ: 1\r\n\r\n".repeat(parts.interim)}HTTP/1.1 ${status} ${reason}\r\n${lines(framed, parts.padding)}\r\n`;
  const empty = framing === "head" || framing === "204";
  const content = framing === "chunked" ? chunkedBody(parts) : whole;
  return {
    bytes: Buffer.concat([Buffer.from(heads, "latin1"), empty ? new Uint8Array() : content]),
    method: framing === "head" ? "HEAD" : "GET",
    status,
    body: empty ? new Uint8Array() : whole,
    fields: framed,
    trailers: framing === "chunked" ? trailers : [],
    untilClose: framing === "until-close",
  };
}

function framingFields(framing: Parts["framing"], length: number): (readonly [string, string])[] {
  if (framing === "length" || framing === "head") return [["Content-Length", String(length)]];
  return framing === "chunked" ? [["Transfer-Encoding", "chunked"]] : [];
}

const lines = (fields: Parts["fields"], padding: string): string =>
  fields.map(([name, text]) => `${name}:${padding}${text}${padding}\r\n`).join("");

const line = (text: string): Buffer => Buffer.from(text, "latin1");

function chunkedBody({ chunks, trailers, padding, extension }: Parts): Buffer {
  const framed = chunks.flatMap((chunk) => [line(`${chunk.length.toString(16)}${extension}\r\n`), chunk, line("\r\n")]);
  return Buffer.concat([...framed, line(`0${extension}\r\n${lines(trailers, padding)}\r\n`)]);
}
