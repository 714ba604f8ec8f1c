import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { RawServer } from "./helpers/node-http.ts";
import { parseWireDocument, readWireDocument, wireDocuments, type NodeVerdict, type WireCase } from "./helpers/wire-document.ts";
import { cutAt, replay, type Record } from "./helpers/wire-replay.ts";

const DOCUMENTS = wireDocuments().map((name) => ({ name, cases: readWireDocument(name) }));
const CASES = DOCUMENTS.flatMap(({ cases }) => cases);

/** Up to so many bytes every place is tried for a cut; above it, as many as make the same work. */
const ALL_CUTS = 1200;

const TAIL = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

function play(wire: WireCase, cuts: readonly number[] = []): Record {
  return replay(cutAt(wire.bytes, cuts), wire.end, wire);
}

function expectSame(wire: WireCase, record: Record, how: string): void {
  const seen = wire.expected.some((line) => line.startsWith("field ")) ? record.events : record.plain;
  assert.deepEqual(seen, wire.expected, `${how} — ${record.failure?.message ?? "no failure"}`);
}

for (const { name, cases } of DOCUMENTS) {
  describe(`wire/${name}`, () => {
    for (const wire of cases) {
      it(wire.title, () => {
        expectSame(wire, play(wire), "whole");
        expectSame(wire, play(wire, [...wire.bytes.keys()].slice(1)), "byte by byte");
        const stride = Math.ceil((wire.bytes.length / ALL_CUTS) ** 2);
        for (let cut = 1; cut < wire.bytes.length; cut += stride) expectSame(wire, play(wire, [cut]), `cut at ${cut}`);
        checkTail(wire);
      });
    }
  });
}

/** More bytes behind a case change only what more bytes may change. */
function checkTail(wire: WireCase): void {
  const last = wire.expected.at(-1) ?? "";
  // The tail would belong to the message; without the end of the stream nothing has gone wrong yet.
  if (last === "waiting" || last.startsWith("error closed-early")) {
    assert.equal(play({ ...wire, end: "open" }).plain.at(-1), "waiting");
    return;
  }
  const untilClose = wire.expected.some((line) => line.endsWith(" until-close")) && !last.startsWith("error");
  const expected = untilClose ? undefined : wire.expected.map((line) => line.replace("complete reusable", "complete close"));
  for (const pieces of [[Buffer.concat([wire.bytes, TAIL])], [wire.bytes, TAIL]]) {
    const record = replay(pieces, wire.end, wire);
    if (untilClose && wire.limits.maxMessageSize) assert.equal(record.failure?.code, "response-too-large");
    else if (expected) expectSame({ ...wire, expected }, record, "with a tail");
    else assert.deepEqual(record.body, Buffer.concat([play(wire).body, TAIL]), "the tail is part of a body that ends with the connection");
  }
}

describe("The wire documents", () => {
  it("hold at least 120 cases, each with a title of its own", () => {
    assert.ok(CASES.length >= 120, `${CASES.length} cases`);
    assert.equal(new Set(CASES.map(({ title }) => title)).size, CASES.length);
  });

  it("are refused when they are not of the form", () => {
    const good =
      '# T\n\n## C\n\nRFC 9112 §4: x.\n\n```response\nHTTP/1.1 200 OK\\r\\n\\r\\n\n<end>\n```\n\n```events\nhead 200 "OK" until-close\n```\n';
    assert.equal(parseWireDocument(good).length, 1);
    for (const [from, to] of BREAKAGES) {
      assert.ok(good.includes(from), from);
      assert.throws(() => parseWireDocument(good.replace(from, to)), SyntaxError, `${JSON.stringify(from)} → ${JSON.stringify(to)}`);
    }
  });
});

const BREAKAGES: readonly (readonly [string, string])[] = [
  ["# T", "T"],
  ["## C\n", "### C\n"],
  ["RFC 9112 §4: x.", "Because."],
  ["RFC 9112 §4: x.\n\n", ""],
  ["```response", "```bytes"],
  ["```response", "```response strict"],
  ["```response", "```response maxHead=1"],
  ["```response", "```response maxHeadSize=many"],
  ["```response", "```response node-rejects"],
  ["\\r\\n\\r\\n", "\\q"],
  ["\\r\\n\\r\\n", "é"],
  ["<end>", "<end>\nmore"],
  ["<end>", "<3 times>"],
  ["```events", "```event"],
  ['head 200 "OK" until-close', "heads 200"],
  ['head 200 "OK" until-close\n', ""],
  ["```\n\n```events", "```\n\nmore\n\n```events"],
];

// The verdicts in the documents are those of the parser in Node 20; later ones have become stricter.
const isNode20 = process.versions.node.startsWith("20.");

describe("node:http", { skip: !isNode20 && "the documents tell what the parser of Node 20 does" }, () => {
  const server = new RawServer();
  before(() => server.listen());
  after(() => server.close());

  it("agrees with every case, or the case says what it does differently", { timeout: 60_000 }, async (context) => {
    const wrong: string[] = [];
    for (const wire of CASES) {
      const answer = await server.ask(wire);
      // Default limits, not lenient: what this reader does with these bytes unless it is told otherwise.
      const own = replay([wire.bytes], wire.end === "open" ? "end" : wire.end, { method: wire.method });
      const found = difference(own, answer);
      if (found !== wire.node)
        wrong.push(`${wire.title}: ${found ?? "agrees"}, not ${wire.node ?? "agreement"} — ${answer.error || "no error"}`);
    }
    assert.deepEqual(wrong, []);
    context.diagnostic(`${CASES.length} cases, ${CASES.filter(({ node }) => node).length} of them decided otherwise than node:http`);
  });
});

function difference(own: Record, node: { accepted: boolean; status: number; body: Uint8Array }): NodeVerdict | undefined {
  const accepted = own.failure === undefined;
  if (accepted !== node.accepted) return accepted ? "node-rejects" : "node-accepts";
  return accepted && (own.status !== node.status || Buffer.compare(own.body, node.body) !== 0) ? "node-differs" : undefined;
}
