import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { callerFields } from "../src/contract/header-lines.ts";
import type { RequestHeaders } from "../src/contract/types.ts";
import { failureOf } from "./helpers/failure-of.ts";

const fields = (headers: RequestHeaders, bodyLength?: number): readonly (readonly [string, string])[] =>
  callerFields(headers, bodyLength).fields;

const ACCEPTED: readonly (readonly [what: string, headers: RequestHeaders, fields: readonly (readonly [string, string])[]])[] = [
  ["nothing", "", []],
  ["null", null, []],
  ["undefined", undefined, []],
  ["one line", "Content-Type: application/json\r\n", [["Content-Type", "application/json"]]],
  [
    "several lines, in order, in their case",
    "b: 1\r\nA: 2\r\nB: 3\r\n",
    [
      ["b", "1"],
      ["A", "2"],
      ["B", "3"],
    ],
  ],
  ["a value with colons and commas", "A: b:c, d\r\n", [["A", "b:c, d"]]],
  ["no white space behind the colon", "A:b\r\n", [["A", "b"]]],
  ["white space around the value, which is no part of it", "A: \t b c\t \r\n", [["A", "b c"]]],
  [
    "an empty value",
    "A:\r\nB: \r\n",
    [
      ["A", ""],
      ["B", ""],
    ],
  ],
  ["the bytes from 80 to FF", "A: \x80\xff\r\n", [["A", "\x80\xff"]]],
  [
    "names that objects have",
    "__proto__: a\r\nconstructor: b\r\n",
    [
      ["__proto__", "a"],
      ["constructor", "b"],
    ],
  ],
  [
    "an object of strings",
    { A: " b ", "c-d": "" },
    [
      ["A", "b"],
      ["c-d", ""],
    ],
  ],
  ["an object without a prototype", Object.assign(Object.create(null), { A: "b" }), [["A", "b"]]],
  [
    "an object with a name that objects have",
    JSON.parse('{"__proto__":"a","constructor":"b"}'),
    [
      ["__proto__", "a"],
      ["constructor", "b"],
    ],
  ],
  ["an empty object", {}, []],
];

/** `where` is all that a message may say about the line: its number, and its field name when it has one. */
const REFUSED: readonly (readonly [what: string, headers: RequestHeaders, rule: string, where: string])[] = [
  ["no line end", "A: b", 'the last header line does not end with "\\r\\n"', "line 1"],
  ["no line end behind the last line", "A: b\r\nC: d", 'the last header line does not end with "\\r\\n"', "line 2"],
  ["LF alone", "A: b\n", 'the last header line does not end with "\\r\\n"', "line 1"],
  ["CR alone", "A: b\r", 'the last header line does not end with "\\r\\n"', "line 1"],
  ["LF and CR in the wrong order", "A: b\n\r", 'the last header line does not end with "\\r\\n"', "line 1"],
  ["LF alone between two lines", "A: b\nC: d\r\n", "a line feed (U+000A) cannot stand in a header's value", "line 1, A"],
  ["CR alone between two lines", "A: b\rC: d\r\n", "a carriage return (U+000D) cannot stand in a header's value", "line 1, A"],
  ["a second CR before the line end", "A: b\r\r\n", "a carriage return (U+000D) cannot stand in a header's value", "line 1, A"],
  ["NUL in a value", "A: b\0c\r\n", "NUL (U+0000) cannot stand in a header's value", "line 1, A"],
  ["DEL in a value", "A: \x7f\r\n", "a control character (U+007F) cannot stand in a header's value", "line 1, A"],
  ["a character of more than a byte", "A: b\r\nC: €\r\n", '"€" (U+20AC) cannot stand in a header\'s value', "line 2, C"],
  ["a line feed in two bytes that a cut would make", "A: b\u560aC: d\r\n", '"嘊" (U+560A) cannot stand in a header\'s value', "line 1, A"],
  ["an empty line at the end", "A: b\r\n\r\n", "there is an empty line between the headers, which would end them", "line 2"],
  [
    "an empty line and a request behind it",
    "A: b\r\n\r\nGET / HTTP/1.1\r\n",
    "there is an empty line between the headers, which would end them",
    "line 2",
  ],
  ["nothing but a line end", "\r\n", "there is an empty line between the headers, which would end them", "line 1"],
  ["no colon", "Authorization Basic\r\n", "a header line has no colon", "line 1"],
  ["a folded line", "A: b\r\n c\r\n", "a header line has no colon", "line 2"],
  ["a folded line with a colon", "A: b\r\n c: d\r\n", "a space (U+0020) cannot stand in a header's name", "line 2"],
  ["white space before the colon", "A : b\r\n", "a space (U+0020) cannot stand in a header's name", "line 1"],
  ["no name", ": b\r\n", "a header has no name", "line 1"],
  ["a name that is no token", "A(: b\r\n", '"(" (U+0028) cannot stand in a header\'s name', "line 1"],
  ["NUL in a name", "A\0: b\r\n", "NUL (U+0000) cannot stand in a header's name", "line 1"],
  ["a line end in an object's value", { X: "y", A: "b\r\nC: d" }, "a carriage return (U+000D) cannot stand in a header's value", "A"],
  ["a line feed at the end of an object's value", { A: "b\n" }, "a line feed (U+000A) cannot stand in a header's value", "A"],
  ["a line end in an object's name", { X: "y", "A\r\nB": "c" }, "a carriage return (U+000D) cannot stand in a header's name", "entry 2"],
  ["an object's empty name", { "": "a" }, "a header has no name", "entry 1"],
  [
    "Transfer-Encoding",
    "transfer-encoding: chunked\r\n",
    "Transfer-Encoding cannot be set: the body is sent whole, with its length",
    "transfer-encoding",
  ],
  [
    "Transfer-Encoding in an object",
    { "Transfer-Encoding": "" },
    "Transfer-Encoding cannot be set: the body is sent whole, with its length",
    "Transfer-Encoding",
  ],
];

describe("Header lines", () => {
  for (const [what, headers, expected] of ACCEPTED) it(`may be ${what}`, () => assert.deepEqual(fields(headers), expected));

  for (const [what, headers, rule, where] of REFUSED) {
    it(`are refused with ${what}`, () => {
      const failure = failureOf(() => fields(headers, 4));
      assert.deepEqual([failure.code, failure.phase, failure.blame], ["invalid-headers", "request", "caller"]);
      assert.equal(failure.message, `the headers cannot be sent: ${rule} (${where}). Nothing was sent.`);
    });
  }

  it("never show a value in a message, wherever the line is broken", () => {
    const broken = [
      "Authorization: hunter2",
      "Authorization hunter2\r\n",
      "Authorization: a\r\nhunter2\r\n",
      "Authorization: a\r\n hunter2:x\r\n",
    ];
    const smuggled = ["Authorization: hunter2\0\r\n", "Authorization hunter2:x\r\n", "hunter2\n", "Transfer-Encoding: hunter2\r\n"];
    const objects = [{ Authorization: "hunter2\n" }, { "Authorization hunter2": "x" }];
    for (const headers of [...broken, ...smuggled, ...objects]) assert.doesNotMatch(failureOf(() => fields(headers)).message, /hunter2/);
  });

  it("name a long field by its beginning", () =>
    assert.match(failureOf(() => fields(`${"x".repeat(5000)}: \0\r\n`)).message, /\(line 1, x{40}…\)/));

  it("that are an object of other things than strings are a TypeError", () => {
    const headers: Record<string, string> = JSON.parse('{"A":1}');
    assert.throws(() => fields(headers), new TypeError('headers: the value of "A" must be a string, not number'));
  });
});

describe("Content-Length among the caller's lines", () => {
  it("is taken out when it is the body's, so that it is written once", () => {
    assert.deepEqual(fields("Content-Length: 4\r\nA: b\r\n", 4), [["A", "b"]]);
    assert.deepEqual(fields("content-length: 4\r\nContent-Length:4\r\n", 4), []);
    assert.deepEqual(fields({ "CONTENT-LENGTH": "0" }, 0), []);
    assert.deepEqual(fields("Content-Length: 0\r\n", undefined), []);
  });

  for (const value of ["5", "04", "+4", "4, 4", "4;", "0x4", "", "4\xa0", "NaN"]) {
    it(`is refused when it says ${JSON.stringify(value)} of a body of 4 bytes`, () =>
      assert.equal(
        failureOf(() => fields(`Content-Length: ${value}\r\n`, 4)).message,
        `the headers cannot be sent: Content-Length says ${JSON.stringify(value)}, but the body has 4 bytes. ` +
          "Leave the line out: it is written for you (Content-Length). Nothing was sent.",
      ));
  }

  it("is refused when one of two is another", () =>
    assert.equal(failureOf(() => fields("Content-Length: 4\r\nContent-Length: 5\r\n", 4)).code, "invalid-headers"));
});

describe("The lines that the module writes itself", () => {
  it("are sorted out, in any case and however often they come", () => {
    const { fields: kept, reserved } = callerFields(
      "HOST: evil\r\nA: b\r\nconnection: keep-alive\r\nUser-Agent: me\r\nhost: evil2\r\n",
      undefined,
    );
    assert.deepEqual(kept, [["A", "b"]]);
    assert.deepEqual(reserved, [
      ["HOST", "evil"],
      ["connection", "keep-alive"],
      ["User-Agent", "me"],
      ["host", "evil2"],
    ]);
  });

  it("must keep the grammar all the same", () => assert.equal(failureOf(() => fields("Host: a\nb\r\n")).code, "invalid-headers"));

  it("are whole names: X-Host and Hosts are the caller's", () =>
    assert.deepEqual(fields("X-Host: a\r\nHosts: b\r\n"), [
      ["X-Host", "a"],
      ["Hosts", "b"],
    ]));
});
