import assert from "node:assert/strict";
import { test } from "node:test";
import { race } from "../src/transport/race.ts";
import { interleave, joinEndpoint, mapEndpoint, splitEndpoint } from "../src/transport/resolver.ts";
import type { Address } from "../src/transport/index.ts";
import { ManualClock } from "./helpers/manual-clock.ts";

const address = (last: number): Address => ({ address: `192.0.2.${last}`, family: 4 });

interface Running {
  readonly address: string;
  readonly connect: () => void;
  readonly fail: (code: string) => void;
  cancelled: boolean;
}

/** A race between attempts that a test settles by hand. */
function startRace(count: number): { attempts: Running[]; clock: ManualClock; ends: string[]; cancel: () => void } {
  const clock = new ManualClock();
  const attempts: Running[] = [];
  const ends: string[] = [];
  const cancel = race<string>(
    Array.from({ length: count }, (_, index) => address(index)),
    (one, settle) => {
      const attempt = {
        address: one.address,
        connect: settle.connected,
        fail: (code: string) => settle.failed(Object.assign(new Error(code), { code })),
        cancelled: false,
      };
      attempts.push(attempt);
      return { address: one, result: one.address, cancel: () => void (attempt.cancelled = true) };
    },
    {
      clock,
      end: {
        won: ({ result }) => ends.push(`won ${result}`),
        lost: (errors) => ends.push(`lost ${errors.map(({ code }) => code).join(" ")}`),
      },
    },
  );
  return { attempts, clock, ends, cancel };
}

test("the second address is tried beside the first after 250 ms of silence, not before", () => {
  const { attempts, clock } = startRace(3);
  clock.advance(249);
  assert.equal(attempts.length, 1);
  clock.advance(1);
  assert.equal(attempts.length, 2);
  clock.advance(250);
  assert.equal(attempts.length, 3);
  assert.equal(clock.pending, 0);
});

test("the next address is tried at once when one fails", () => {
  const { attempts, clock, ends } = startRace(2);
  attempts[0]?.fail("ECONNREFUSED");
  assert.equal(attempts.length, 2);
  attempts[1]?.connect();
  assert.deepEqual([ends, clock.pending], [["won 192.0.2.1"], 0]);
});

test("the first to connect wins, and the others are given up", () => {
  const { attempts, clock, ends } = startRace(4);
  clock.advance(250);
  clock.advance(250);
  attempts[1]?.connect();
  assert.deepEqual(ends, ["won 192.0.2.1"]);
  assert.deepEqual(
    attempts.map(({ cancelled }) => cancelled),
    [true, false, true],
  );
  clock.advance(1000);
  assert.equal(attempts.length, 3);
});

test("a race is lost when the last attempt has failed, with every error in order", () => {
  const { attempts, clock, ends } = startRace(2);
  clock.advance(250);
  attempts[1]?.fail("ENETUNREACH");
  assert.deepEqual(ends, []);
  attempts[0]?.fail("ECONNREFUSED");
  assert.deepEqual(ends, ["lost ENETUNREACH ECONNREFUSED"]);
});

test("a race that is given up starts nothing more", () => {
  const { attempts, clock, ends, cancel } = startRace(3);
  cancel();
  clock.advance(10_000);
  assert.deepEqual([attempts.length, attempts[0]?.cancelled, ends, clock.pending], [1, true, [], 0]);
});

test("families alternate, beginning with the resolver's first", () => {
  const v6 = (last: number): Address => ({ address: `2001:db8::${last}`, family: 6 });
  const order = interleave([v6(1), v6(2), v6(3), address(1)]).map(({ address: text }) => text);
  assert.deepEqual(order, ["2001:db8::1", "192.0.2.1", "2001:db8::2", "2001:db8::3"]);
  assert.deepEqual(interleave([]), []);
});

test("an endpoint is mapped by host and port, whatever the case of its letters", () => {
  const map = { "device.example:80": "127.0.0.1:8080", "[::1]:443": "[::1]:8443" };
  assert.deepEqual(mapEndpoint({ host: "DEVICE.example", port: 80 }, map), { host: "127.0.0.1", port: 8080 });
  assert.deepEqual(mapEndpoint({ host: "::1", port: 443 }, map), { host: "::1", port: 8443 });
  assert.deepEqual(mapEndpoint({ host: "device.example", port: 81 }, map), { host: "device.example", port: 81 });
  assert.deepEqual(mapEndpoint({ host: "constructor", port: 80 }, map), { host: "constructor", port: 80 });
});

test("an endpoint is written and read back, IPv6 in brackets", () => {
  for (const text of ["a:1", "127.0.0.1:65535", "[2001:db8::1]:80"]) assert.equal(joinEndpoint(splitEndpoint(text)), text);
  for (const text of ["a", "a:", ":80", "a:0", "a:65536", "::1:80", "a:b", "[::1]"]) assert.throws(() => splitEndpoint(text), RangeError);
});
