import assert from "node:assert/strict";
import { isHttpError, type HttpError } from "../../src/client-entry.ts";

/** The HttpError that something fails with. */
export async function errorOf(work: Promise<unknown>): Promise<HttpError> {
  try {
    await work;
  } catch (error) {
    assert.ok(isHttpError(error), String(error));
    return error;
  }
  return assert.fail("it did not fail");
}
