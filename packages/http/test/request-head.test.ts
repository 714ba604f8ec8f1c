import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkMethod, writeRequestHead, type Field } from "../src/protocol/index.ts";
import { failureOf } from "./helpers/failure-of.ts";

const head = (rules: { method?: string; target?: string; fields?: readonly Field[] }): string =>
  writeRequestHead({ method: "GET", target: "/", fields: [], ...rules });

/** Characters that end a line or a part of it, or that no octet is; by the name they have in a message. */
const SMUGGLED: readonly (readonly [character: string, name: string])[] = [
  ["\r", "a carriage return (U+000D)"],
  ["\n", "a line feed (U+000A)"],
  ["\0", "NUL (U+0000)"],
  ["\x0b", "a control character (U+000B)"],
  ["\x7f", "a control character (U+007F)"],
  ["\u010d", '"č" (U+010D)'],
  ["\u560a", '"嘊" (U+560A)'],
];

describe("The head of a request", () => {
  it("is the request line, the fields in order and an empty line", () => {
    const fields: Field[] = [
      ["Host", "h:8080"],
      ["x-A", "b: c"],
      ["X-a", ""],
    ];
    assert.equal(
      head({ method: "POST", target: "/a?b=%20", fields }),
      "POST /a?b=%20 HTTP/1.1\r\nHost: h:8080\r\nx-A: b: c\r\nX-a: \r\n\r\n",
    );
  });

  it("may have no field at all", () => assert.equal(head({}), "GET / HTTP/1.1\r\n\r\n"));

  it("keeps a method's case and every token character in it", () =>
    assert.equal(head({ method: "m!#$%&'*+-.^_`|~0Z", target: "*" }), "m!#$%&'*+-.^_`|~0Z * HTTP/1.1\r\n\r\n"));

  it("keeps tabs and the bytes from 80 to FF in a value", () =>
    assert.equal(head({ fields: [["A", "b\tc\x80\xff"]] }), "GET / HTTP/1.1\r\nA: b\tc\x80\xff\r\n\r\n"));

  it("keeps names that objects have", () =>
    assert.equal(
      head({
        fields: [
          ["__proto__", "a"],
          ["constructor", "b"],
        ],
      }),
      "GET / HTTP/1.1\r\n__proto__: a\r\nconstructor: b\r\n\r\n",
    ));
});

describe("Nothing is smuggled into a request's head", () => {
  for (const [character, name] of SMUGGLED) {
    it(`${name} is refused in every part`, () => {
      const inMethod = failureOf(() => head({ method: `GET${character}X` }));
      assert.deepEqual([inMethod.code, inMethod.message], ["invalid-method", `${name} at index 3 cannot stand in a method.`]);
      const inTarget = failureOf(() => head({ target: `/a${character}` }));
      assert.deepEqual([inTarget.code, inTarget.message], ["invalid-url", `${name} cannot stand in a request target.`]);
      const inName = failureOf(() => head({ fields: [[`A${character}B`, "secret"]] }));
      assert.equal(inName.code, "invalid-headers");
      assert.doesNotMatch(inName.message, /secret/);
      const inValue = failureOf(() => head({ fields: [["A", `secret${character}`]] }));
      assert.deepEqual([inValue.code, inValue.message], ["invalid-headers", `${name} cannot stand in the value of the header A.`]);
    });
  }

  it("white space and colons are refused where they would end a part", () => {
    assert.equal(failureOf(() => head({ method: "GET /x" })).message, "a space (U+0020) at index 3 cannot stand in a method.");
    assert.equal(failureOf(() => head({ method: "GET\t" })).message, "a tab (U+0009) at index 3 cannot stand in a method.");
    assert.equal(failureOf(() => head({ target: "/ HTTP/1.1" })).message, "a space (U+0020) cannot stand in a request target.");
    assert.equal(failureOf(() => head({ fields: [["A ", "b"]] })).message, 'the header name "A " is not a token.');
    assert.equal(failureOf(() => head({ fields: [["A:", "b"]] })).message, 'the header name "A:" is not a token.');
    assert.equal(failureOf(() => head({ fields: [["", "b"]] })).message, 'the header name "" is not a token.');
  });

  it("an empty method is refused", () =>
    assert.equal(failureOf(() => checkMethod("")).message, "the method is empty; give one, such as GET."));

  it("CONNECT is refused, since it asks for a tunnel; a method that is only like it is not", () => {
    assert.equal(failureOf(() => checkMethod("CONNECT")).code, "invalid-method");
    assert.doesNotThrow(() => checkMethod("connect"));
    assert.doesNotThrow(() => checkMethod("CONNECTED"));
  });

  it("is the fault of the caller, before anything was sent", () => {
    const { blame, phase } = failureOf(() => checkMethod(" "));
    assert.deepEqual([blame, phase], ["caller", "request"]);
  });
});
