import assert from "node:assert/strict";
import { test } from "node:test";
import { cachedLookup, type Address, type Lookup } from "../src/transport/index.ts";
import { ManualClock } from "./helpers/manual-clock.ts";

const A: Address = { address: "192.0.2.1", family: 4 };
const B: Address = { address: "2001:db8::1", family: 6 };

/** Neither an error nor anything that can be made into text. */
const throwsNothing: Lookup = () => {
  const nothing: unknown = Object.create(null);
  throw nothing;
};

interface Asked {
  readonly host: string;
  readonly answer: Parameters<Lookup>[1];
}

/** A cache over a lookup that the test answers by hand. */
class Rig {
  readonly clock = new ManualClock();
  readonly asked: Asked[] = [];
  readonly told: string[] = [];
  readonly #lookup: Lookup;

  constructor(rules: { timeToLive?: number; maxEntries?: number } = {}, lookup?: Lookup) {
    const asking: Lookup = (host, answer) => void this.asked.push({ host, answer });
    this.#lookup = cachedLookup(lookup ?? asking, { clock: this.clock, timeToLive: 1000, maxEntries: 10, ...rules });
  }

  /** Looks a name up; what comes of it is told under `label`. */
  look(host: string, label = host): void {
    this.#lookup(host, (error, addresses) =>
      this.told.push(
        `${label}: ${error ? `${error.code ?? error.message} ` : ""}${addresses.map(({ address }) => address).join(" ")}`.trim(),
      ),
    );
  }

  /** Answers a lookup, the first one unless told otherwise. */
  answer(addresses: readonly Address[] = [A], index = 0): void {
    this.asked[index]?.answer(null, addresses);
  }

  fail(code: string, index = 0): void {
    this.asked[index]?.answer(Object.assign(new Error(code), { code }), []);
  }

  /** What was told since the last time. */
  async heard(): Promise<string[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.told.splice(0);
  }
}

test("lookups of one name at the same time are one, whatever its case, and all hear its answer in order", async () => {
  const rig = new Rig();
  rig.look("one.example", "first");
  rig.look("ONE.example", "second");
  rig.look("two.example");
  assert.deepEqual(
    rig.asked.map(({ host }) => host),
    ["one.example", "two.example"],
  );
  assert.deepEqual(await rig.heard(), []);
  rig.answer([A, B]);
  assert.deepEqual(await rig.heard(), ["first: 192.0.2.1 2001:db8::1", "second: 192.0.2.1 2001:db8::1"]);
});

test("an answer is used again until its time is over, and never within the call", async () => {
  const rig = new Rig();
  rig.look("one.example");
  rig.answer();
  await rig.heard();
  rig.clock.advance(999);
  rig.look("one.example", "again");
  assert.deepEqual(rig.told, []);
  assert.deepEqual(await rig.heard(), ["again: 192.0.2.1"]);
  assert.equal(rig.asked.length, 1);
  rig.clock.advance(1);
  rig.look("one.example", "later");
  assert.equal(rig.asked.length, 2);
  rig.answer([B], 1);
  assert.deepEqual(await rig.heard(), ["later: 2001:db8::1"]);
});

test("a failure is told to all who wait, and not kept", async () => {
  const rig = new Rig();
  rig.look("one.example", "first");
  rig.look("one.example", "second");
  rig.fail("EAI_AGAIN");
  assert.deepEqual(await rig.heard(), ["first: EAI_AGAIN", "second: EAI_AGAIN"]);
  rig.look("one.example", "third");
  rig.answer([A], 1);
  assert.deepEqual(await rig.heard(), ["third: 192.0.2.1"]);
});

test("an empty answer is not kept either", async () => {
  const rig = new Rig();
  rig.look("one.example");
  rig.answer([]);
  rig.look("one.example");
  assert.equal(rig.asked.length, 2);
});

test("without a time to live, lookups at the same time are one, and nothing is kept", async () => {
  const rig = new Rig({ timeToLive: 0 });
  rig.look("one.example", "first");
  rig.look("one.example", "second");
  rig.answer();
  rig.look("one.example", "third");
  assert.equal(rig.asked.length, 2);
  assert.deepEqual(await rig.heard(), ["first: 192.0.2.1", "second: 192.0.2.1"]);
});

test("beyond the limit the oldest name is forgotten", async () => {
  const rig = new Rig({ maxEntries: 2 });
  for (const [index, host] of ["one.example", "two.example", "three.example"].entries()) {
    rig.look(host);
    rig.answer([A], index);
  }
  await rig.heard();
  rig.look("two.example");
  rig.look("three.example");
  assert.equal(rig.asked.length, 3);
  rig.look("one.example");
  assert.equal(rig.asked.length, 4);
});

test("a name that is forgotten while it is looked up still gets its answer", async () => {
  const rig = new Rig({ maxEntries: 1 });
  rig.look("one.example");
  rig.look("two.example");
  rig.answer([A], 0);
  rig.answer([B], 1);
  assert.deepEqual(await rig.heard(), ["one.example: 192.0.2.1", "two.example: 2001:db8::1"]);
});

test("a lookup that is silent for ten seconds is not waited for by those who come later", async () => {
  const rig = new Rig();
  rig.look("one.example", "early");
  rig.clock.advance(9_999);
  rig.look("one.example", "joining");
  rig.clock.advance(1);
  rig.look("one.example", "late");
  assert.equal(rig.asked.length, 2);
  rig.answer([B], 1);
  assert.deepEqual(await rig.heard(), ["late: 2001:db8::1"]);
  rig.answer([A], 0);
  assert.deepEqual(await rig.heard(), ["early: 192.0.2.1", "joining: 192.0.2.1"]);
});

test("a lookup that throws is a failed one", async () => {
  const rig = new Rig({}, () => {
    throw new Error("broken");
  });
  rig.look("one.example");
  assert.deepEqual(await rig.heard(), ["one.example: broken"]);
});

test("a lookup that fails in a promise is a failed one, and no rejection is left unhandled", async () => {
  const fails = async (): Promise<never> => {
    await Promise.resolve();
    throw new Error("broken");
  };
  const rig = new Rig({}, (): unknown => fails());
  rig.look("one.example");
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await rig.heard(), ["one.example: broken"]);
});

test("a lookup that throws what is no error, or gives no list, is a failed one", async () => {
  for (const [lookup, words] of [
    [throwsNothing, "something that is no error and no text"],
    [
      (_host, answer) => setImmediate(() => Reflect.apply(answer, undefined, [null, "127.0.0.1", 4])),
      "the lookup gave no list of addresses",
    ],
    [(_host, answer) => Reflect.apply(answer, undefined, [null]), "the lookup gave no list of addresses"],
    [(_host, answer) => Reflect.apply(answer, undefined, [null, [null]]), "the lookup gave no list of addresses"],
  ] satisfies [Lookup, string][]) {
    const rig = new Rig({}, lookup);
    rig.look("one.example");
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(await rig.heard(), [`one.example: ${words}`]);
  }
});

test("a lookup that answers twice, or throws after it has answered, is heard once", async () => {
  const rig = new Rig({}, (_host, callback) => {
    callback(null, [A]);
    callback(null, [B]);
    callback(new Error("late"), []);
    throw new Error("broken");
  });
  rig.look("one.example", "first");
  rig.look("one.example", "second");
  assert.deepEqual(await rig.heard(), ["first: 192.0.2.1", "second: 192.0.2.1"]);
});

test("what a lookup does to its list afterwards changes no answer", async () => {
  const list = [{ ...A }];
  const rig = new Rig({}, (_host, callback) => callback(null, list));
  rig.look("one.example", "first");
  for (const entry of list) entry.address = "10.0.0.1";
  list.push({ ...B });
  rig.look("one.example", "second");
  assert.deepEqual(await rig.heard(), ["first: 192.0.2.1", "second: 192.0.2.1"]);
});

test("names that every object has are names like others", async () => {
  const rig = new Rig();
  for (const host of ["__proto__", "constructor", "toString"]) rig.look(host);
  assert.equal(rig.asked.length, 3);
});

test("what one who waits throws does not keep the answer from the next", async () => {
  const rig = new Rig();
  const lookup = cachedLookup((_host, answer) => setImmediate(() => answer(null, [A])), { clock: rig.clock, timeToLive: 1, maxEntries: 1 });
  const heard: string[] = [];
  const uncaught = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
  lookup("one.example", () => {
    throw new Error("not the next one's fault");
  });
  lookup("one.example", (_error, addresses) => heard.push(...addresses.map(({ address }) => address)));
  assert.equal(String(await uncaught), "Error: not the next one's fault");
  process.setUncaughtExceptionCaptureCallback(null);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(heard, ["192.0.2.1"]);
});
