import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ResponseReader, type ResponseEvents } from "../src/protocol/index.ts";

const NO_EVENTS: ResponseEvents = { onHead() {}, onData() {}, onComplete() {} };

function readerAfter(text: string, events: Partial<ResponseEvents> = {}): ResponseReader {
  const reader = new ResponseReader({ ...NO_EVENTS, ...events }, { method: "GET" });
  reader.push(Buffer.from(text, "latin1"));
  return reader;
}

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

describe("A reader in the middle of a body", () => {
  const MISSING: readonly (readonly [what: string, text: string, missing: number | undefined])[] = [
    ["before the head's end: nobody knows", "HTTP/1.1 200 OK\r\n", undefined],
    ["of a body with a length: all of it behind the head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 5],
    ["of a body with a length: the rest", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", 2],
    ["of a complete body: nobody asks", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", undefined],
    ["of a chunk: all of it behind its size", `${CHUNKED}a\r\n`, 10],
    ["of a chunk: the rest", `${CHUNKED}a\r\nabc`, 7],
    ["of a chunk: nothing inside its framing", `${CHUNKED}2\r\nab\r`, 0],
    ["of a trailer section: nobody knows", `${CHUNKED}0\r\nA:`, undefined],
    ["of a body that ends with the connection: nobody knows", "HTTP/1.1 200 OK\r\n\r\nabc", undefined],
  ];
  for (const [what, text, missing] of MISSING)
    it(`knows how much is missing ${what}`, () => assert.equal(readerAfter(text).missing, missing));

  it("passes on views of the bytes it was given, without a copy", () => {
    const bytes = Buffer.from(`${CHUNKED}5\r\nhello\r\n0\r\n\r\n`);
    const pieces: Uint8Array[] = [];
    const reader = new ResponseReader({ ...NO_EVENTS, onData: (piece) => void pieces.push(piece) }, { method: "GET" });
    reader.push(bytes);
    assert.equal(pieces.length, 1);
    assert.equal(pieces[0]?.buffer, bytes.buffer);
  });
});

describe("A reader whose caller's event handler throws", () => {
  for (const event of ["onInterim", "onHead", "onData", "onComplete"] as const) {
    it(`lets the error of ${event} through and reads no more`, () => {
      let calls = 0;
      const fault = new Error("the caller's");
      const broken = (): never => {
        calls++;
        throw fault;
      };
      const reader = new ResponseReader({ ...NO_EVENTS, [event]: broken }, { method: "GET" });
      const bytes = Buffer.from("HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
      assert.throws(() => reader.push(bytes), fault);
      reader.push(bytes);
      reader.end();
      assert.equal(calls, 1);
      assert.equal(reader.state, "failed");
      assert.equal(reader.reusable, false);
    });
  }
});

describe("Whether a connection is reusable", () => {
  it("is known when the response is complete, inside the event too", () => {
    const seen: boolean[] = [];
    const events = { onComplete: () => void seen.push(reader.reusable) };
    let reader = new ResponseReader({ ...NO_EVENTS, ...events }, { method: "GET" });
    reader.push(Buffer.from(`${CHUNKED}0\r\n\r\n`));
    reader = new ResponseReader({ ...NO_EVENTS, ...events }, { method: "GET" });
    reader.push(Buffer.from(`${CHUNKED}0\r\n\r\nx`));
    assert.deepEqual(seen, [true, false]);
  });

  it("changes with the first byte behind the response", () => {
    const reader = readerAfter(`${CHUNKED}0\r\n\r\n`);
    reader.push(new Uint8Array(0));
    assert.equal(reader.reusable, true);
    reader.push(Buffer.from("x"));
    assert.equal(reader.reusable, false);
  });
});

describe("A response cut short", () => {
  const REASONS: readonly (readonly [text: string, reason: string])[] = [
    ["", "the server closed the connection without an answer. It may have crashed, or it speaks another protocol."],
    ["HTTP", "the server closed the connection in the middle of the response (in the status line)."],
    ["HTTP/1.1 100 Continue\r\n\r\n", "the server closed the connection in the middle of the response (in the status line)."],
    ["HTTP/1.1 200 OK\r\nA", "the server closed the connection in the middle of the response (in the header fields)."],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "the server closed the connection after 3 of 5 bytes of the body."],
    [`${CHUNKED}5\r\nabc`, "the server closed the connection in the middle of the response (in the chunked body)."],
    [`${CHUNKED}0\r\nA`, "the server closed the connection in the middle of the response (in the trailer fields)."],
  ];
  for (const [text, reason] of REASONS)
    it(`says where: ${reason}`, () => assert.throws(() => readerAfter(text).end(), { message: reason }));

  it("says that a body ending with the connection was cut", () =>
    assert.throws(() => readerAfter("HTTP/1.1 200 OK\r\n\r\nabc").end(true), {
      message: "the server closed the connection in the middle of the response (in a body that ends with the connection, which was cut).",
    }));
});
