import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm, truncate, writeFile, appendFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import type { BodyInit } from "../src/client/request/body-init.ts";
import { BODY_WORDS, bodyKind, payloadOf } from "../src/client/request/payload.ts";
import { discardBody, isReplayable, readyBody } from "../src/client/request/request-body.ts";
import { HttpFailure } from "../src/protocol/index.ts";
import { bytesOf, streamed, textOf, turn } from "./helpers/pieces.ts";
import { polluted } from "./helpers/polluted.ts";

const bodyOf = (body: unknown) => payloadOf({ body: body as BodyInit }).body;

async function* pieces(...chunks: readonly unknown[]): AsyncGenerator {
  for (const chunk of chunks) yield chunk;
}

const webStream = (...chunks: readonly unknown[]): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "payload-"));
});
after(() => rm(folder, { recursive: true }));

/** What a body of each kind becomes: bytes, Content-Type, length, whether it can be sent again. */
const KINDS: readonly (readonly [
  kind: string,
  make: () => unknown,
  text: string,
  type: string | undefined,
  length?: number | undefined,
  again?: boolean,
])[] = [
  ["string", () => "é€😀", "é€😀", "text/plain;charset=UTF-8", 9, true],
  ["string", () => "", "", "text/plain;charset=UTF-8", 0, true],
  ["bytes", () => Uint8Array.of(97, 98), "ab", undefined, 2, true],
  ["bytes", () => Buffer.from("buffer"), "buffer", undefined, 6, true],
  ["bytes", () => Uint8Array.of(120, 97, 98).buffer, "xab", undefined, 3, true],
  ["bytes", () => new DataView(Uint8Array.of(120, 97, 98, 120).buffer, 1, 2), "ab", undefined, 2, true],
  ["bytes", () => Uint16Array.of(0x6161), "aa", undefined, 2, true],
  [
    "searchParams",
    () => new URLSearchParams({ a: "1 2", b: "é" }),
    "a=1+2&b=%C3%A9",
    "application/x-www-form-urlencoded;charset=UTF-8",
    14,
    true,
  ],
  ["blob", () => new Blob(["ab", "cd"], { type: "image/png" }), "abcd", "image/png", 4, true],
  ["blob", () => new File(["ab"], "a.txt"), "ab", undefined, 2, true],
  ["webStream", () => webStream("a", Buffer.from("b"), "", new Uint8Array(0), "c"), "abc", undefined, undefined, false],
  ["nodeStream", () => Readable.from(["a", Buffer.from("b"), "é"]), "abé", undefined, undefined, false],
  [
    "asyncIterable",
    () => pieces("a", Uint8Array.of(98), "", Uint8Array.of(99).buffer, new DataView(new ArrayBuffer(0))),
    "abc",
    undefined,
    undefined,
    false,
  ],
  ["factory", () => () => pieces("a", "b"), "ab", undefined, undefined, true],
  ["factory", () => () => Readable.from(["a", "b"]), "ab", undefined, undefined, true],
  ["factory", () => () => webStream("ab"), "ab", undefined, undefined, true],
  ["sized", () => ({ stream: pieces("abc"), length: 3 }), "abc", undefined, 3, false],
  ["sized", () => ({ stream: () => pieces("abc"), length: 3 }), "abc", undefined, 3, true],
];

describe("A body", () => {
  for (const [kind, make, text, type, length, again] of KINDS)
    it(`of the kind ${kind} is sent as ${JSON.stringify(text)}, ${type ?? "without a type"}, ${length ?? "unknown"} bytes`, async () => {
      const value = make();
      assert.equal(bodyKind(value), kind);
      const payload = payloadOf({ body: value as BodyInit });
      assert.deepEqual([payload.type, payload.body?.length, isReplayable(payload.body)], [type, length, again]);
      assert.equal(await readyBody(payload.body), payload.body);
      assert.equal(await textOf(payload.body), text);
      if (again) assert.equal(await textOf(payload.body), text);
      else assert.throws(() => streamed(payload.body).open(), /opened twice/);
    });

  it("of FormData is multipart", async () => {
    const form = new FormData();
    form.set("a", "1");
    const { body, type } = payloadOf({ body: form });
    assert.equal(bodyKind(form), "formData");
    const parsed = await new Response(await bytesOf(body), { headers: { "Content-Type": type ?? "" } }).formData();
    assert.deepEqual([...parsed], [["a", "1"]]);
  });

  it("that is missing is none", () => {
    const none = { body: undefined, type: undefined };
    assert.deepEqual([payloadOf({}), payloadOf({ body: undefined, json: undefined })], [none, none]);
    assert.equal(readyBody(undefined), undefined);
    discardBody(undefined);
  });

  it("from json and form has their types", async () => {
    const json = payloadOf({ json: { a: [1, "é"] } });
    assert.deepEqual([await textOf(json.body), json.type], ['{"a":[1,"é"]}', "application/json"]);
    assert.equal(await textOf(payloadOf({ json: null }).body), "null");
    const form = payloadOf({ form: { a: 1, b: undefined, c: true } });
    assert.deepEqual([await textOf(form.body), form.type], ["a=1&c=true", "application/x-www-form-urlencoded;charset=UTF-8"]);
  });

  it("that JSON cannot say is a TypeError", () => {
    assert.throws(() => payloadOf({ json: { toJSON: () => undefined } }), { name: "TypeError", message: /nothing that JSON can say/ });
    assert.throws(() => payloadOf({ json: 1n }), TypeError);
  });

  it("is given once: by body, json, form or multipart", () => {
    const all = { body: "a", json: 1, form: "a=b", multipart: { a: "b" } };
    const names = ["body", "json", "form", "multipart"] as const;
    for (const one of names)
      for (const other of names)
        if (one !== other)
          assert.throws(() => payloadOf({ [one]: all[one], [other]: all[other] }), {
            name: "TypeError",
            message: "only one of body, json, form and multipart can be given",
          });
  });

  it("of bytes is copied: what is written to them afterwards is not sent", async () => {
    const bytes = Buffer.from("before");
    const bodies = [
      bodyOf(bytes),
      bodyOf(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 6)),
      bodyOf(new DataView(bytes.buffer, bytes.byteOffset, 6)),
    ];
    bytes.write("after!");
    for (const body of bodies) assert.equal(await textOf(body), "before");
  });

  for (const [value, shown] of [
    [5, "a number"],
    [null, "null"],
    [true, "a boolean"],
    [["a"], "an Array"],
    [{ secret: "s3cret" }, "an object"],
    [Object.create(null), "an object"],
    [Promise.resolve("a"), "a Promise"],
    [new Map(), "a Map"],
    [{ stream: "a", length: 1 }, "an object"],
    [{ stream: [], length: 1 }, "an object"],
    [{ stream: () => pieces("a"), length: -1 }, "an object"],
    [{ stream: () => pieces("a"), length: 1.5 }, "an object"],
    [{ stream: () => pieces("a"), length: "1" }, "an object"],
  ] as const)
    it(`cannot be ${shown}: ${JSON.stringify(value)}`, () => {
      assert.equal(bodyKind(value), undefined);
      assert.throws(
        () => bodyOf(value),
        (error) => error instanceof TypeError && error.message === `the body must be ${BODY_WORDS}, not ${shown}`,
      );
    });

  it("can be what the words for it say", () =>
    assert.equal(
      BODY_WORDS,
      "a string, bytes, a Blob, a web stream, a Node Readable, a FileHandle, an async iterable, a function that returns a stream, { stream, length }, URLSearchParams or FormData",
    ));

  it("that is a Blob with a type that would break its line is refused", () => {
    const injecting = Object.defineProperty(new Blob(["a"]), "type", { value: "text/plain\r\nX-Injected: 1" });
    assert.throws(
      () => bodyOf(injecting),
      (error) => error instanceof HttpFailure && error.code === "invalid-headers" && !error.message.includes("X-Injected"),
    );
  });
});

describe("A stream as a body", () => {
  for (const [kind, stream] of [
    ["a web stream", (chunk: unknown) => webStream("a", chunk)],
    ["a Node Readable", (chunk: unknown) => Readable.from(["a", chunk])],
    ["an async generator", (chunk: unknown) => pieces("a", chunk)],
  ] as const)
    it(`that is ${kind} gives strings and bytes; anything else is a TypeError, and the source is let go`, async () => {
      for (const [chunk, name] of [
        [5, "a number"],
        [{}, "an object"],
        [["a"], "an Array"],
        [undefined, "undefined"],
      ] as const) {
        if (kind === "a Node Readable" && chunk === undefined) continue;
        const source = stream(chunk);
        const iterator = streamed(bodyOf(source)).open();
        assert.equal(Buffer.from((await iterator.next()).value ?? []).toString(), "a");
        await assert.rejects(iterator.next(), {
          name: "TypeError",
          message: `the pieces of a body's stream must be strings or bytes; ${name} came`,
        });
        assert.deepEqual(await iterator.next(), { done: true, value: undefined });
        if (source instanceof Readable) assert.equal(source.destroyed, true);
        if (Symbol.asyncIterator in source && "next" in source) assert.equal((await source.next()).done, true);
      }
    });

  it("may share a character between two pieces", async () => {
    const [high, low] = ["😀".slice(0, 1), "😀".slice(1)];
    assert.equal(await textOf(bodyOf(pieces("a", `b${high}`, low, "c"))), "ab😀c");
    assert.equal(await textOf(bodyOf(pieces(high, "", low))), "😀");
    assert.equal(await textOf(bodyOf(pieces(high, Buffer.from("x"), low))), "\uFFFDx\uFFFD");
    assert.equal(await textOf(bodyOf(pieces("a", high))), "a\uFFFD");
    assert.equal(await textOf(bodyOf(pieces(high, high, low))), "\uFFFD😀");
  });

  it("fails with what its source throws, as it is", async () => {
    const fault = new Error("the disk is gone");
    const throwing = async function* (): AsyncGenerator<string> {
      yield "a";
      throw fault;
    };
    const failing = new ReadableStream({
      pull(controller) {
        controller.error(fault);
      },
    });
    const broken = new Readable({ read: () => broken.destroy(fault) });
    const sources = [throwing(), throwing, failing, () => Readable.from(throwing()), broken];
    for (const source of sources) await assert.rejects(bytesOf(bodyOf(source)), (error) => error === fault);
    await assert.rejects(
      bytesOf(
        bodyOf(() => {
          throw fault;
        }),
      ),
      (error) => error === fault,
    );
  });

  it("that broke before it was opened does not end the program, and fails when it is read", async () => {
    const body = bodyOf(createReadStream(join(folder, "missing")));
    for (let turns = 0; turns < 20; turns++) await turn();
    await assert.rejects(bytesOf(body), { code: "ENOENT" });
    const broken = new Readable({ read() {} });
    broken.on("error", () => {});
    broken.destroy(new Error("earlier"));
    await turn();
    await assert.rejects(bytesOf(bodyOf(broken)), { message: "earlier" });
  });

  it("that ends without having said so fails", async () => {
    const readable = new Readable({ read() {} });
    const iterator = streamed(bodyOf(readable)).open();
    readable.push("a");
    await iterator.next();
    const next = iterator.next();
    readable.destroy();
    await assert.rejects(next, { code: "ERR_STREAM_PREMATURE_CLOSE" });
  });

  it("is refused when it was read, destroyed or locked", async () => {
    const read = Readable.from(["a"]);
    for await (const _ of read);
    const locked = webStream("a");
    locked.getReader();
    const destroyed = new Readable({ read() {} }).destroy();
    for (const [value, message] of [
      [read, /read or destroyed/],
      [destroyed, /read or destroyed/],
      [locked, /locked/],
    ] as const) {
      assert.throws(() => bodyOf(value), { name: "TypeError", message });
      await assert.rejects(bytesOf(bodyOf(() => value)), { name: "TypeError", message });
    }
  });

  it("is the body of one request", async () => {
    for (const make of [() => webStream("a"), () => Readable.from(["a"]), () => pieces("a")]) {
      const source = make();
      assert.equal(await textOf(bodyOf(source)), "a");
      assert.throws(() => bodyOf(source), TypeError);
      const other = make();
      bodyOf(other);
      assert.throws(() => bodyOf(other), { name: "TypeError", message: /given to another request already/ });
      const same = make();
      const again = bodyOf(() => same);
      assert.equal(await textOf(again), "a");
      await assert.rejects(bytesOf(again), TypeError);
    }
  });

  it("that can be iterated over anew may be the body of several requests", async () => {
    const source = { [Symbol.asyncIterator]: () => pieces("a", "b") };
    assert.equal(await textOf(bodyOf(source)), "ab");
    assert.equal(await textOf(bodyOf(source)), "ab");
  });

  it("is not begun before it is opened, and not read ahead", async () => {
    let asked = 0;
    const counting = async function* (): AsyncGenerator<string> {
      while (asked < 100) yield String(asked++);
    };
    let made = 0;
    const factory = streamed(
      bodyOf(() => {
        made++;
        return counting();
      }),
    );
    const iterator = factory.open();
    await turn();
    assert.deepEqual([made, asked], [0, 0]);
    await iterator.next();
    await turn();
    assert.deepEqual([made, asked], [1, 1]);
    const begun = streamed(bodyOf(counting())).open();
    await turn();
    assert.equal(asked, 1);
    await begun.return?.();
  });

  it("that was given by a function must be one", async () => {
    for (const [made, message] of [
      ["text", "a function that is the body must return a stream; it returned a string"],
      [undefined, "a function that is the body must return a stream; it returned undefined"],
      [Promise.resolve(pieces("a")), /it returned a Promise \(an async function cannot be the body; an async generator can\)/],
    ] as const)
      await assert.rejects(bytesOf(bodyOf(() => made)), { name: "TypeError", message });
  });
});

/** A source that never gives anything, and whether it has been let go. */
function stuck(kind: "web" | "node" | "iterator"): { source: unknown; closed: () => boolean } {
  let closed = false;
  const close = (): void => void (closed = true);
  if (kind === "web") return { source: new ReadableStream({ cancel: close }), closed: () => closed };
  if (kind === "node") {
    const source = new Readable({
      read() {},
      destroy(error, callback) {
        close();
        callback(error);
      },
    });
    return { source, closed: () => closed };
  }
  const source = {
    next: () => new Promise(() => {}),
    return: () => Promise.resolve({ done: true, value: close() }),
    [Symbol.asyncIterator]: () => source,
  };
  return { source, closed: () => closed };
}

describe("A source that is not wanted any more", () => {
  for (const kind of ["web", "node", "iterator"] as const) {
    it(`is let go by return() while it is waited for, and says nothing more: ${kind}`, async () => {
      const { source, closed } = stuck(kind);
      const iterator = streamed(bodyOf(source)).open();
      const pending = iterator.next();
      await turn();
      assert.deepEqual(await iterator.return?.(), { done: true, value: undefined });
      await turn();
      assert.equal(closed(), true);
      if (kind !== "iterator") assert.deepEqual(await pending, { done: true, value: undefined });
      assert.deepEqual(await iterator.next(), { done: true, value: undefined });
      assert.deepEqual(await iterator.return?.(), { done: true, value: undefined });
    });

    it(`is let go by return() before it was begun: ${kind}`, async () => {
      const { source, closed } = stuck(kind);
      await streamed(bodyOf(source)).open().return?.();
      await turn();
      assert.equal(closed(), true);
    });

    it(`is let go when its body is discarded, and cannot be opened then: ${kind}`, async () => {
      const { source, closed } = stuck(kind);
      const body = bodyOf(source);
      discardBody(body);
      await turn();
      assert.equal(closed(), true);
      assert.throws(() => streamed(body).open(), /after it was let go/);
      discardBody(body);
    });

    it(`is let go by return() when a function gave it: ${kind}`, async () => {
      const { source, closed } = stuck(kind);
      const iterator = streamed(bodyOf(() => source)).open();
      void iterator.next();
      await turn();
      await iterator.return?.();
      await turn();
      assert.equal(closed(), true);
    });
  }

  it("is not asked for by return() when a function would have given it", async () => {
    const body = streamed(bodyOf(() => assert.fail("it was asked for")));
    await body.open().return?.();
    discardBody(body);
  });

  it("may fail in being let go: nobody hears of it", async () => {
    const fault = new Error("in the way");
    const web = new ReadableStream({
      cancel() {
        throw fault;
      },
    });
    const iterator = { next: () => new Promise(() => {}), return: () => Promise.reject(fault), [Symbol.asyncIterator]: () => iterator };
    const node = new Readable({ read() {}, destroy: (_, callback) => callback(fault) });
    for (const source of [web, iterator, node]) await streamed(bodyOf(source)).open().return?.();
    for (let turns = 0; turns < 3; turns++) await turn();
  });
});

describe("A file as a body", () => {
  const file = async (content: string | Buffer) => {
    const path = join(folder, "file");
    await writeFile(path, content);
    return { path, handle: await open(path, "r") };
  };

  it("has the length that it has when it is asked, is sent from its first byte, again too, and stays open", async () => {
    const content = Buffer.alloc(200_000, "0123456789");
    const { handle } = await file(content);
    await handle.read(Buffer.alloc(10), 0, 10, null);
    const { body, type } = payloadOf({ body: handle });
    assert.deepEqual([bodyKind(handle), body?.length, isReplayable(body), type], ["file", undefined, true, undefined]);
    const ready = await readyBody(body);
    assert.deepEqual([ready?.length, isReplayable(ready)], [200_000, true]);
    for (let times = 0; times < 2; times++) assert.ok((await bytesOf(ready)).equals(content));
    assert.ok((await bytesOf(body)).equals(content));
    discardBody(body);
    discardBody(ready);
    assert.equal((await handle.stat()).size, 200_000);
    await handle.close();
  });

  it("is sent in pieces that do not share their memory", async () => {
    const { handle } = await file(Buffer.concat([Buffer.alloc(65_536, "a"), Buffer.alloc(65_536, "b")]));
    const iterator = streamed(await readyBody(bodyOf(handle))).open();
    const [first, second] = [await iterator.next(), await iterator.next()];
    assert.deepEqual([first.value?.at(0), first.value?.at(-1), second.value?.at(0)], [97, 97, 98]);
    await iterator.return?.();
    await handle.close();
  });

  it("that grows is sent as it was, and one that shrinks gives less than it had said", async () => {
    const { path, handle } = await file("0123456789");
    const ready = await readyBody(bodyOf(handle));
    await appendFile(path, "more");
    assert.deepEqual([ready?.length, await textOf(ready)], [10, "0123456789"]);
    await truncate(path, 5);
    assert.deepEqual([ready?.length, await textOf(ready)], [10, "01234"]);
    await handle.close();
  });

  it("that is empty has a length of 0", async () => {
    const { handle } = await file("");
    const ready = await readyBody(bodyOf(handle));
    assert.deepEqual([ready?.length, await textOf(ready)], [0, ""]);
    await handle.close();
  });

  it("that only says that it is empty has no known length", { skip: process.platform !== "linux" }, async () => {
    const handle = await open("/proc/self/status", "r");
    const ready = await readyBody(bodyOf(handle));
    assert.deepEqual([ready?.length, isReplayable(ready)], [undefined, true]);
    assert.match(await textOf(ready), /^Name:/);
    await handle.close();
  });

  it("that is a pipe is sent once, with no known length", { skip: process.platform === "win32" }, async () => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    const handle = await open(path, "r+");
    await handle.write("from the pipe");
    const ready = await readyBody(bodyOf(handle));
    assert.deepEqual([ready?.length, isReplayable(ready)], [undefined, false]);
    const iterator = streamed(ready).open();
    assert.equal(Buffer.from((await iterator.next()).value ?? []).toString(), "from the pipe");
    assert.throws(() => streamed(ready).open(), /opened twice/);
    await iterator.return?.();
    await handle.close();
  });

  it("that is closed fails with the system's error", async () => {
    const { handle } = await file("abc");
    const ready = await readyBody(bodyOf(handle));
    await handle.close();
    await assert.rejects(bytesOf(ready), { code: "EBADF" });
    await assert.rejects(Promise.resolve(readyBody(bodyOf(handle))), (error) => {
      assert.ok(error instanceof HttpFailure && error.cause instanceof Error && "code" in error.cause);
      assert.deepEqual([error.code, error.phase, error.cause.code], ["body-failed", "request", "EBADF"]);
      return true;
    });
  });
});

describe("A polluted Object.prototype", () => {
  const evil = (): never => {
    throw new Error("the pollution was used");
  };

  it("makes no body of what is none, and no other kind of one", () =>
    polluted(
      {
        read: evil,
        stat: evil,
        fd: 3,
        getReader: evil,
        cancel: evil,
        pipe: evil,
        on: evil,
        destroy: evil,
        next: evil,
        stream: evil,
        length: 1,
        [Symbol.asyncIterator]: evil,
      },
      () => {
        assert.deepEqual(
          [bodyKind({}), bodyKind([]), bodyKind("a"), bodyKind(new Blob(["a"])), bodyKind(evil)],
          [undefined, undefined, "string", "blob", "factory"],
        );
      },
    ));

  it("gives a request no body, and does not reach into one", () =>
    polluted({ body: "x", json: 1, form: "a=b", multipart: {}, discard: evil, measured: evil }, async () => {
      assert.deepEqual(payloadOf({}), { body: undefined, type: undefined });
      const body = bodyOf(new Blob(["a"]));
      assert.equal(await readyBody(body), body);
      discardBody(body);
      assert.equal(await textOf(body), "a");
    }));
});
