// In a file, and so a process, of its own: what is done to Object.prototype here must reach no other test.
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { redirectedRequest } from "../src/client/rungs/redirected-request.ts";
import { callerFields } from "../src/contract/header-lines.ts";
import { responseHeaders } from "../src/contract/response-text.ts";
import { Fields, HttpFailure, parseHttpUrl, ResponseReader, writeRequestHead } from "../src/protocol/index.ts";
import { failureOf } from "./helpers/failure-of.ts";
import { replay } from "./helpers/wire-replay.ts";

/** Names that something might look up on an object that does not have them. */
const POLLUTION: Readonly<Record<string, unknown>> = {
  "content-length": "5",
  "transfer-encoding": "chunked",
  connection: "close",
  host: "evil.example",
  location: "http://evil.example/",
  authorization: "secret",
  port: 666,
  secure: true,
  method: "HEAD",
  body: "polluted",
  fields: [["X-Polluted", "1"]],
  lenient: true,
  limits: { maxHeadSize: 1 },
  maxHeadSize: 1,
  maxFields: 0,
  maxMessageSize: 1,
  timeout: 1,
  cause: "polluted",
  phase: "dns",
  reason: "polluted",
  "http:": { secure: true, port: 1 },
  "evil:": { secure: false, port: 1 },
};

const PROTOTYPE: object = Object.prototype;

function pollute(): void {
  for (const [name, value] of Object.entries(POLLUTION)) {
    // Not enumerable ones would be found by fewer mistakes; these are found by `for … in` too.
    Reflect.defineProperty(PROTOTYPE, name, { value, configurable: true, enumerable: true, writable: true });
  }
}

function clean(): void {
  for (const name of Object.keys(POLLUTION)) Reflect.deleteProperty(PROTOTYPE, name);
}

/** What a step gives with a polluted prototype; the pollution is gone when the result is looked at. */
function polluted<Result>(step: () => Result): Result {
  pollute();
  try {
    return step();
  } finally {
    clean();
  }
}

const write = (): string[] =>
  ["http://h", "https://h:8443/a?b", "http://[::1]/"].map((text) => {
    const { target, authority, host, port, secure } = parseHttpUrl(text);
    const { fields } = callerFields({ A: "b" }, undefined);
    return `${host} ${port} ${secure} ${writeRequestHead({ method: "GET", target, fields: [["Host", authority], ...fields] })}`;
  });

const describeFailure = (): string => {
  const failure = new HttpFailure("timeout", { phase: "body", reason: "why" });
  return [failure.code, failure.phase, failure.message, failure.blame, Object.hasOwn(failure, "cause")].join();
};

describe("A polluted Object.prototype", () => {
  afterEach(clean);

  const RESPONSES: readonly string[] = [
    "HTTP/1.1 200 OK\r\n\r\nuntil close",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
    "HTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n0\r\nA: b\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
  ];

  it("changes nothing in what is read", () => {
    for (const text of RESPONSES) {
      const read = (): readonly string[] => replay([Buffer.from(text)], "end", { method: "GET" }).events;
      assert.deepEqual(polluted(read), read());
    }
  });

  it("gives a response no header that it does not have", () => {
    const fields = new Fields([["A", "b"]]);
    const head = { minorVersion: 1, status: 200, reason: "", fields } as const;
    const [length, headers, names] = polluted(() => {
      const all = responseHeaders({ head, body: new Uint8Array() });
      const seen: string[] = [];
      for (const name in all) seen.push(name);
      return [fields.get("content-length"), all["content-length"], seen];
    });
    assert.deepEqual([length, headers, names], [undefined, undefined, ["a"]]);
  });

  it("changes nothing in what is written", () => {
    assert.deepEqual(polluted(write), write());
  });

  it("makes no scheme known", () =>
    assert.equal(
      polluted(() => failureOf(() => parseHttpUrl("evil://h/")).code),
      "invalid-url",
    ));

  it("changes nothing in a redirected request", () => {
    const url = parseHttpUrl("http://h/a");
    const head = { minorVersion: 1, status: 303, reason: "", fields: new Fields([["Location", "/b"]]) } as const;
    const redirect = (): object => ({
      ...redirectedRequest({ method: "POST", url, fields: [["Host", "h"]], body: undefined }, head),
    });
    assert.deepEqual(polluted(redirect), redirect());
  });

  it("changes nothing in a failure", () => {
    assert.equal(polluted(describeFailure), describeFailure());
  });

  it("makes no reader call what is no function", () => {
    const reader = new ResponseReader({ onHead() {}, onData() {}, onComplete() {} }, { method: "GET" });
    Reflect.defineProperty(PROTOTYPE, "onInterim", { value: "5", configurable: true });
    try {
      reader.push(Buffer.from("HTTP/1.1 100 Continue\r\n\r\n"));
    } finally {
      Reflect.deleteProperty(PROTOTYPE, "onInterim");
    }
    assert.equal(reader.state, "start");
  });
});
