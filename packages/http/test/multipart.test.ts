import assert from "node:assert/strict";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { MultipartInit, MultipartPart } from "../src/client/request/multipart.ts";
import { payloadOf, type Payload } from "../src/client/request/payload.ts";
import { discardBody, isReplayable, readyBody } from "../src/client/request/request-body.ts";
import { failureOf } from "./helpers/failure-of.ts";
import { bytesOf, streamed, textOf, turn } from "./helpers/pieces.ts";
import { polluted } from "./helpers/polluted.ts";

const multipart = (init: unknown): Payload => payloadOf({ multipart: init as MultipartInit });

/** The text of a body, with BOUNDARY in place of its own. */
async function written({ body, type = "" }: Payload): Promise<string> {
  const [, boundary = ""] = /^multipart\/form-data; boundary=([-\w]{1,70})$/.exec(type) ?? assert.fail(type);
  return (await textOf(body)).replaceAll(boundary, "BOUNDARY");
}

/** Read back by Node's own parser. */
async function parsed({ body, type = "" }: Payload): Promise<FormData> {
  return new Response(await bytesOf(body), { headers: { "Content-Type": type } }).formData();
}

async function* pieces(...chunks: readonly string[]): AsyncGenerator<string> {
  for (const chunk of chunks) yield chunk;
}

const head = (part: Partial<MultipartPart>): Promise<string> =>
  written(multipart([{ name: "n", value: "v", ...part }])).then((text) => text.replace(/^--BOUNDARY\r\n/, "").split("\r\n\r\n")[0] ?? "");

describe("A multipart body", () => {
  it("has a boundary, a head and a value per part, and an end", async () => {
    const body = multipart([
      { name: "text", value: "é" },
      { name: "file", value: new Blob(["<a>"], { type: "text/xml" }), filename: "a.xml", headers: { "X-Part": "1", "X-None": undefined } },
    ]);
    assert.equal(
      await written(body),
      '--BOUNDARY\r\nContent-Disposition: form-data; name="text"\r\n\r\né\r\n' +
        '--BOUNDARY\r\nContent-Disposition: form-data; name="file"; filename="a.xml"\r\nContent-Type: text/xml\r\nX-Part: 1\r\n\r\n<a>\r\n' +
        "--BOUNDARY--\r\n",
    );
  });

  it("without parts is its end alone", async () => {
    for (const none of [{}, [], new FormData(), { a: undefined }]) assert.equal(await written(multipart(none)), "--BOUNDARY--\r\n");
  });

  it("is given by names, in their order; values and parts may be mixed", async () => {
    const form = await parsed(multipart({ b: "1", a: 2, c: true, left: undefined, d: { value: "x", filename: "d.txt", type: "text/d" } }));
    assert.deepEqual([...form.keys()], ["b", "a", "c", "d"]);
    assert.deepEqual([form.get("b"), form.get("a"), form.get("c")], ["1", "2", "true"]);
    const file = form.get("d");
    assert.ok(file instanceof File);
    assert.deepEqual([file.name, file.type, await file.text()], ["d.txt", "text/d", "x"]);
  });

  it("may have several parts of one name", async () => {
    const parts = new Set([1, 2].map((value) => ({ name: "n", value })));
    assert.deepEqual((await parsed(multipart(parts))).getAll("n"), ["1", "2"]);
  });

  it("has another boundary each time, of at least 122 random bits, and the same one when it is sent again", async () => {
    const types = Array.from({ length: 200 }, () => multipart({ a: "b" }).type);
    assert.equal(new Set(types).size, 200);
    for (const type of types) assert.match(type ?? "", /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const { body } = multipart({ a: new Blob(["b"]) });
    assert.equal(await textOf(body), await textOf(body));
  });

  it("has the only Content-Type there is: another one among the headers is a TypeError, and no part is taken", () => {
    for (const headers of [
      { "content-type": "multipart/form-data" },
      [["Content-Type", "a/b"]] as const,
      new Headers({ "Content-Type": "a/b" }),
    ]) {
      const part = stuck().make();
      assert.throws(() => payloadOf({ multipart: { a: part }, headers }), { name: "TypeError", message: /has a Content-Type of its own/ });
      assert.equal(part.locked, false);
      assert.throws(() => payloadOf({ body: new FormData(), headers }), TypeError);
      assert.equal(payloadOf({ body: "text", headers }).type, "text/plain;charset=UTF-8");
    }
    assert.match(multipart({ a: "b" }).type ?? "", /^multipart/);
    assert.match(payloadOf({ multipart: {}, headers: { Accept: "a/b" } }).type ?? "", /^multipart/);
  });

  it("is in memory when its parts are, and of bytes that nobody changes afterwards", async () => {
    const bytes = Buffer.from("before");
    const { body } = multipart({ a: bytes, b: "text" });
    const mixed = multipart({ a: bytes, b: new Blob(["x"]) });
    bytes.write("after!");
    assert.ok(body instanceof Uint8Array);
    assert.match(await textOf(body), /before/);
    assert.match(await textOf(mixed.body), /before/);
  });

  for (const [what, value, length, again] of [
    ["text", () => "abc", true, true],
    ["bytes", () => Uint8Array.of(97, 98, 99), true, true],
    ["an ArrayBuffer", () => Uint8Array.of(97, 98, 99).buffer, true, true],
    ["a Blob", () => new Blob(["abc"]), true, true],
    ["a stream", () => pieces("a", "bc"), false, false],
    ["a Node Readable", () => Readable.from(["abc"]), false, false],
    ["a web stream", () => new Blob(["abc"]).stream(), false, false],
    ["a function", () => () => pieces("abc"), false, true],
    ["a stream with a length", () => ({ stream: pieces("abc"), length: 3 }), true, false],
    ["a function with a length", () => ({ stream: () => pieces("abc"), length: 3 }), true, true],
  ] as const)
    it(`with a part that is ${what} has ${length ? "a" : "no"} known length, and can ${again ? "" : "not "}be sent again`, async () => {
      const payload = multipart([
        { name: "first", value: "1" },
        { name: "middle", value: value(), filename: "f" },
        { name: "last", value: new Blob(["3"]) },
      ]);
      const { body } = payload;
      assert.equal(isReplayable(body), again);
      const bytes = await bytesOf(body);
      assert.equal(body?.length, length ? bytes.length : undefined);
      if (again) assert.ok((await bytesOf(body)).equals(bytes));
      else assert.throws(() => streamed(body).open(), /opened twice/);
      const form = await new Response(bytes, { headers: { "Content-Type": payload.type ?? "" } }).formData();
      const middle = form.get("middle");
      assert.ok(middle instanceof File);
      assert.deepEqual([form.get("first"), await middle.text(), [...form.keys()].length], ["1", "abc", 3]);
    });

  it("with a file knows its length when the file's has been asked for", async () => {
    const folder = await mkdtemp(join(tmpdir(), "multipart-"));
    await writeFile(join(folder, "f"), "from the file");
    const handle = await open(join(folder, "f"));
    const { body } = multipart([
      { name: "a", value: handle, filename: "f" },
      { name: "b", value: handle },
    ]);
    assert.equal(body?.length, undefined);
    const ready = await readyBody(body);
    const text = await textOf(ready);
    assert.deepEqual([ready?.length, isReplayable(ready), text.split("from the file").length], [text.length, true, 3]);
    await handle.close();
    await rm(folder, { recursive: true });
  });

  for (const [value, filename, type, line] of [
    ["v", undefined, undefined, 'Content-Disposition: form-data; name="n"'],
    ["v", "f", undefined, 'Content-Disposition: form-data; name="n"; filename="f"\r\nContent-Type: text/plain;charset=UTF-8'],
    ["v", undefined, "text/v", 'Content-Disposition: form-data; name="n"\r\nContent-Type: text/v'],
    [Buffer.from("v"), undefined, undefined, 'Content-Disposition: form-data; name="n"\r\nContent-Type: application/octet-stream'],
    [
      new Blob(["v"]),
      undefined,
      undefined,
      'Content-Disposition: form-data; name="n"; filename="blob"\r\nContent-Type: application/octet-stream',
    ],
    [
      new File(["v"], "é.txt", { type: "text/v" }),
      undefined,
      undefined,
      'Content-Disposition: form-data; name="n"; filename="é.txt"\r\nContent-Type: text/v',
    ],
    [
      new File(["v"], "a", { type: "text/v" }),
      "b",
      "text/w",
      'Content-Disposition: form-data; name="n"; filename="b"\r\nContent-Type: text/w',
    ],
    [new Blob(["v"]), "", undefined, 'Content-Disposition: form-data; name="n"; filename=""\r\nContent-Type: application/octet-stream'],
  ] as const)
    it(`has the head ${JSON.stringify(line)} for ${typeof value === "string" ? "text" : value.constructor.name}, ${filename}, ${type}`, async () =>
      assert.equal(await head({ value, filename, type }), line));

  it("from FormData is what Node's own fetch would send, but for the boundary", async () => {
    const form = new FormData();
    form.append("a\nb", "1\r2\n3\r\n4");
    form.append('q"', "");
    form.append("file", new File(["\n"], 'q"\r\n', { type: "text/x" }));
    form.append("file", new Blob(["b"]));
    const request = new Request("http://a/", { method: "POST", body: form });
    const [, boundary = ""] = /boundary=(.*)$/.exec(request.headers.get("Content-Type") ?? "") ?? [];
    const expected = (await request.text()).replaceAll(boundary, "BOUNDARY");
    for (const payload of [payloadOf({ body: form }), multipart(form)]) assert.equal(await written(payload), expected);
  });

  it("keeps the line ends of a text that is not from FormData", async () =>
    assert.match(await written(multipart({ a: "1\r2\n3" })), /\r\n\r\n1\r2\n3\r\n/));

  it("is read back by Node's parser as it was given, whatever its parts are", () =>
    fc.assert(
      fc.asyncProperty(fc.array(PART, { maxLength: 6 }), async (parts) => {
        const payload = multipart(parts.map(({ name, bytes, filename, wrap }) => ({ name, filename, value: WRAPS[wrap](bytes) })));
        const form = await parsed(payload);
        const found = await Promise.all(
          [...form].map(async ([name, value]) => [
            name,
            value instanceof File && value.name,
            value instanceof File && Buffer.from(await value.arrayBuffer()),
          ]),
        );
        assert.deepEqual(
          found,
          parts.map(({ name, bytes, filename }) => [name, filename, Buffer.from(bytes)]),
        );
      }),
      { numRuns: 150 },
    ));

  it("lets no name, filename, type or header out of its line, whatever it is", async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({ name: EVIL, filename: EVIL, type: fc.oneof(EVIL, TAME), header: fc.oneof(EVIL, TAME) }),
        async ({ name, filename, type, header }) => {
          let payload: Payload;
          try {
            payload = multipart([{ name, filename, type, value: "v", headers: { "X-Header": header } }]);
          } catch (error) {
            assert.match(String(error), /invalid-headers|cannot stand/);
            assert.match(name + filename + type + header, /[\0-\x1f\x7f]/);
            return;
          }
          accepted++;
          const lines = (await written(payload)).split("\r\n");
          assert.equal(lines.length, 8);
          for (const line of lines) assert.doesNotMatch(line, /[\0\r\n]/);
          assert.match(lines[1] ?? "", /^Content-Disposition: form-data; name="[^"]*"; filename="[^"]*"$/);
          assert.deepEqual(
            [lines[0], lines[2]?.slice(0, 14), lines[3]?.slice(0, 10), ...lines.slice(4)],
            ["--BOUNDARY", "Content-Type: ", "X-Header: ", "", "v", "--BOUNDARY--", ""],
          );
        },
      ),
      { numRuns: 500 },
    );
    assert.ok(accepted > 50, `only ${accepted} were written`);
  });
});

/** Text that Node's parser gives back: it takes %22, %0D and %0A for what they stand for. */
const NAME = fc
  .string({ unit: fc.constantFrom("a", "é", "😀", '"', "\r", "\n", ";", "=", "\\", "'", " ", "/", "..", "%", "--"), maxLength: 12 })
  .filter((text) => !/%(?:22|0d|0a)/i.test(text));

const PART = fc.record({
  name: NAME,
  filename: NAME,
  bytes: fc.uint8Array({ maxLength: 40 }),
  wrap: fc.constantFrom("bytes", "blob", "stream", "factory", "sized"),
});

const half = (bytes: Uint8Array): AsyncIterable<Uint8Array> =>
  (async function* () {
    yield bytes.subarray(0, bytes.length >> 1);
    yield bytes.subarray(bytes.length >> 1);
  })();

const WRAPS = {
  bytes: (bytes: Uint8Array) => bytes,
  blob: (bytes: Uint8Array) => new Blob([bytes.slice()]),
  stream: half,
  factory: (bytes: Uint8Array) => () => half(bytes),
  sized: (bytes: Uint8Array) => ({ stream: half(bytes), length: bytes.length }),
};

const TAME = fc.string({ unit: fc.constantFrom("a", "é", "\t", '"', ";", "/"), maxLength: 8 });

const EVIL = fc.string({
  unit: fc.constantFrom("\r", "\n", "\r\n", "\0", '"', "\x7f", "\t", "a", "--", ":", ";", "\u0085", "\u2028", "😀"),
  maxLength: 8,
});

describe("A part", () => {
  for (const [part, message] of [
    [{ name: "a\0b", value: "v" }, /the part "a\\\\x00b" cannot be sent: NUL \(U\+0000\) cannot stand in a name or a filename/],
    [{ name: "n", value: "v", filename: "\0" }, /NUL/],
    [
      { name: "n", value: "v", type: "a\r\nX: s3cret" },
      /the part "n" cannot be sent: a carriage return \(U\+000D\) cannot stand in its type\. Nothing was sent\.$/,
    ],
    [{ name: "n", value: "v", headers: { "X-A": "s3cret\nX: y" } }, /a line feed \(U\+000A\) cannot stand in the value of X-A\. Nothing/],
    [{ name: "n", value: "v", headers: { "X-A": "\0" } }, /NUL/],
    [{ name: "n", value: "v", headers: { "X A": "v" } }, /the header name "X A" is not a token/],
    [{ name: "n", value: "v", headers: { "X:\r\nA": "v" } }, /is not a token/],
    [
      { name: "n", value: "v", headers: { "content-Disposition": "v" } },
      /content-Disposition is written from its name, filename and type, and cannot be set/,
    ],
    [{ name: "n", value: "v", headers: { "Content-Type": "v" } }, /cannot be set/],
  ] as const)
    it(`whose head cannot be written is refused, and no value is shown: ${JSON.stringify(part)}`, () => {
      const { code, phase, reason } = failureOf(() => multipart([part]));
      assert.deepEqual([code, phase], ["invalid-headers", "request"]);
      assert.match(reason, message);
      assert.doesNotMatch(reason, /s3cret/);
    });

  it("of a Blob whose class gives it a type that breaks its line is refused", () => {
    const blob = Object.defineProperty(new Blob(["a"]), "type", { value: "a\r\nb" });
    assert.equal(failureOf(() => multipart({ blob })).code, "invalid-headers");
  });

  for (const [init, message] of [
    [5, /^multipart must be an object of values, a list of parts, or FormData$/],
    ["a=b", /^multipart must be/],
    [["a"], /every part must be \{ name, value \}, not a string/],
    [[["a", "b"]], /a part has no "0"; it has name, value, filename, type, headers/],
    [[{ name: "a", value: "b", contentType: "c" }], /a part has no "contentType"; it has name, value, filename, type, headers/],
    [[{ value: "b" }], /the name of a part must be a string/],
    [[{ name: 1, value: "b" }], /the name of a part must be a string/],
    [{ a: null }, /the value of "a" must be a number, a boolean, a string, bytes, .* \{ stream, length \}, not null/],
    [{ a: {} }, /the value of "a" must be .*, not an object/],
    [{ a: ["b"] }, /not an Array/],
    [{ a: new FormData() }, /not a FormData/],
    [{ a: { value: {} } }, /the value of "a" must be/],
    [{ a: { value: "b", filename: 1 } }, /filename and type of "a" must be strings/],
    [{ a: { value: "b", type: 1 } }, /filename and type of "a" must be strings/],
    [{ a: { value: "b", headers: "c" } }, /headers of "a" must be an object of strings/],
    [{ a: { value: "b", headers: { c: 1 } } }, /headers of "a": every value must be a string/],
  ] as const)
    it(`that cannot be meant is a TypeError: ${JSON.stringify(init)}`, () =>
      assert.throws(() => multipart(init), { name: "TypeError", message }));

  it("may be called __proto__ or constructor", async () => {
    const form = await parsed(multipart(JSON.parse('{"__proto__":"1","constructor":"2","toString":{"value":"3"}}')));
    assert.deepEqual(
      [...form],
      [
        ["__proto__", "1"],
        ["constructor", "2"],
        ["toString", "3"],
      ],
    );
  });

  it("is what it was given itself: a polluted Object.prototype adds nothing", () => {
    const evil = (): never => {
      throw new Error("the pollution was used");
    };
    return polluted(
      { filename: "p", type: "p/p", headers: { "X-P": "1" }, value: "p", name: "p", "\r": "p", [Symbol.iterator]: evil },
      () => {
        const { body } = multipart({ a: "1", b: { value: "2" } });
        assert.ok(body instanceof Uint8Array);
        assert.equal(
          Buffer.from(body)
            .toString()
            .replaceAll(/--+nodemcu-http-[-\w]{36}/g, "B"),
          'B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\nB\r\nContent-Disposition: form-data; name="b"\r\n\r\n2\r\nB--\r\n',
        );
        assert.throws(() => multipart([{ name: "a" }].map((part) => Object.assign(Object.create(null), part, { value: {} }))), TypeError);
      },
    );
  });
});

/** Streams that wait for ever, and how many of them have been let go. */
function stuck(): { make: () => ReadableStream; closed: () => number } {
  let closed = 0;
  return {
    make: () =>
      new ReadableStream({
        cancel() {
          closed++;
        },
      }),
    closed: () => closed,
  };
}

describe("The streams of a multipart body", () => {
  it("are opened one after the other", async () => {
    const order: string[] = [];
    const noted = (name: string) =>
      async function* () {
        order.push(`${name} begins`);
        yield name;
        order.push(`${name} ends`);
      };
    const iterator = streamed(multipart({ a: noted("a"), b: noted("b") }).body).open();
    await turn();
    assert.deepEqual(order, []);
    const texts: string[] = [];
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) texts.push(Buffer.from(step.value).toString());
    assert.deepEqual(order, ["a begins", "a ends", "b begins", "b ends"]);
    assert.equal(texts.length, 5);
  });

  it("are all let go when the body is discarded", async () => {
    const { make, closed } = stuck();
    discardBody(multipart({ a: make(), b: "text", c: make() }).body);
    await turn();
    assert.equal(closed(), 2);
  });

  it("are left alone when the body is discarded after it was opened: who reads it lets them go", async () => {
    const { body } = multipart({ a: pieces("1"), b: pieces("2") });
    const iterator = streamed(body).open();
    discardBody(body);
    let text = "";
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) text += Buffer.from(step.value).toString();
    assert.match(text, /\r\n1\r\n[^]*\r\n2\r\n/);
  });

  it("are all let go by return(), begun or not", async () => {
    const { make, closed } = stuck();
    const iterator = streamed(multipart({ a: make(), b: make() }).body).open();
    await iterator.next();
    const pending = iterator.next();
    await iterator.return?.();
    await turn();
    assert.deepEqual([closed(), await pending], [2, { done: true, value: undefined }]);
  });

  it("are all let go when one of them fails, and its error comes as it is", async () => {
    const fault = new Error("the disk is gone");
    const { make, closed } = stuck();
    const failing = async function* (): AsyncGenerator<string> {
      yield await Promise.reject(fault);
    };
    await assert.rejects(bytesOf(multipart({ a: failing, b: make(), c: make() }).body), (error) => error === fault);
    await turn();
    assert.equal(closed(), 2);
  });

  it("are let go when a later part cannot be sent", async () => {
    const { make, closed } = stuck();
    const locked = make();
    locked.getReader();
    assert.throws(() => multipart({ a: make(), b: locked }), { name: "TypeError", message: /locked/ });
    await turn();
    assert.equal(closed(), 1);
    const kept = make();
    assert.throws(() =>
      multipart([
        { name: "a", value: kept },
        { name: "\0", value: "b" },
      ]),
    );
    assert.equal(kept.locked, false);
  });
});
