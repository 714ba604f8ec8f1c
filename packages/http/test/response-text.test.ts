import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Response } from "../src/client/index.ts";
import { responseHeaders, responseText } from "../src/contract/response-text.ts";
import { Fields, type Field } from "../src/protocol/index.ts";

const response = (fields: readonly Field[], body: readonly number[] = []): Response => ({
  head: { minorVersion: 1, status: 200, reason: "OK", fields: new Fields(fields) },
  body: Uint8Array.from(body),
});

const UMLAUT_UTF8 = [0xc3, 0xa4];

const TEXTS: readonly (readonly [what: string, contentType: string | undefined, body: readonly number[], text: string])[] = [
  ["UTF-8 without a Content-Type", undefined, UMLAUT_UTF8, "ä"],
  ["UTF-8 without a charset", "text/html", UMLAUT_UTF8, "ä"],
  ["the charset's", "text/html; charset=iso-8859-1", [0xe4], "ä"],
  ["the charset's in any case", "TEXT/HTML; CHARSET=ISO-8859-1", [0xe4], "ä"],
  ["the charset's in quotes", 'text/html; charset="iso-8859-1"', [0xe4], "ä"],
  ["the charset's with white space around", "text/html ;\tcharset = iso-8859-1 ", [0xe4], "ä"],
  ["the charset's behind another parameter", "text/html;boundary=x;charset=iso-8859-1", [0xe4], "ä"],
  ["the charset's before another parameter", "text/html;charset=iso-8859-1;boundary=x", [0xe4], "ä"],
  ["the charset's of several bytes a character", "text/plain; charset=utf-16le", [0xe4, 0, 0x3d, 0xd8, 0, 0xde], "ä😀"],
  ["the charset's of another alphabet", "text/plain; charset=koi8-r", [0xc1], "а"],
  ["windows-1252 for iso-8859-1, as the Encoding standard says", "text/html; charset=iso-8859-1", [0x80, 0x93, 0x9f, 0x81], "€“Ÿ\x81"],
  ["the first charset's of two", "text/plain; charset=iso-8859-1; charset=utf-8", [0xe4], "ä"],
  ["UTF-8 when the charset is unknown", "text/html; charset=klingon", UMLAUT_UTF8, "ä"],
  ["UTF-8 when the charset is empty", 'text/html; charset=""', UMLAUT_UTF8, "ä"],
  ["UTF-8 when charset is part of another name", "text/html; xcharset=iso-8859-1", UMLAUT_UTF8, "ä"],
  ["U+FFFD for bytes that are not UTF-8", "text/plain", [0x61, 0xff, 0x62, 0xc3], "a\ufffdb\ufffd"],
  ["NUL for NUL", undefined, [0x61, 0, 0x62], "a\0b"],
  ["without UTF-8's byte order mark", undefined, [0xef, 0xbb, 0xbf, 0x61], "a"],
  ["empty when the body is", "text/plain; charset=utf-16", [], ""],
];

describe("A response's text", () => {
  for (const [what, contentType, body, text] of TEXTS)
    it(`is ${what}`, () =>
      assert.equal(responseText(response(contentType === undefined ? [] : [["Content-Type", contentType]], body)), text));
});

describe("A response's headers", () => {
  it("have lower-case names, lines of one name joined by a comma, those of Set-Cookie by a line feed", () =>
    assert.deepEqual(
      {
        ...responseHeaders(
          response([
            ["X-A", "1"],
            ["Set-Cookie", "a=1, b"],
            ["x-a", "2"],
            ["SET-COOKIE", "c=2"],
          ]),
        ),
      },
      { "x-a": "1, 2", "set-cookie": "a=1, b\nc=2" },
    ));

  it("have no prototype, so that every name is a name like any other", () => {
    const headers = responseHeaders(
      response([
        ["__proto__", "a"],
        ["Constructor", "b"],
      ]),
    );
    assert.equal(Object.getPrototypeOf(headers), null);
    assert.deepEqual(Object.entries(headers), [
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
    assert.equal(headers["tostring"], undefined);
    assert.equal(headers["toString"], undefined);
  });
});
