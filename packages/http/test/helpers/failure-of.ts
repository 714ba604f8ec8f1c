import assert from "node:assert/strict";
import { HttpFailure } from "../../src/protocol/index.ts";

/** The failure that a call must throw. */
export function failureOf(call: () => unknown): HttpFailure {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof HttpFailure, `not an HttpFailure: ${String(error)}`);
    return error;
  }
  return assert.fail("nothing was thrown");
}
