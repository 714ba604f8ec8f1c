import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Fields } from "../src/protocol/index.ts";

const FIELDS = new Fields([
  ["Set-Cookie", "a=1"],
  ["Content-Type", "text/html"],
  ["set-cookie", "b=2"],
  ["X-Empty", ""],
]);

describe("Fields", () => {
  it("are found in any case", () => {
    assert.equal(FIELDS.get("content-type"), "text/html");
    assert.equal(FIELDS.get("CONTENT-TYPE"), "text/html");
    assert.equal(FIELDS.has("Content-type"), true);
  });

  it("are joined by a comma and a space when there are several of a name", () => assert.equal(FIELDS.get("Set-cookie"), "a=1, b=2"));

  it("keep every line's value apart when asked for", () => assert.deepEqual(FIELDS.getAll("SET-COOKIE"), ["a=1", "b=2"]));

  it("tell an empty value from none", () => {
    assert.equal(FIELDS.get("x-empty"), "");
    assert.equal(FIELDS.get("x-none"), undefined);
    assert.deepEqual(FIELDS.getAll("x-none"), []);
    assert.equal(FIELDS.has("x-none"), false);
  });

  it("are listed line by line as they came", () => {
    assert.equal(FIELDS.size, 4);
    assert.deepEqual(
      [...FIELDS].map(([name]) => name),
      ["Set-Cookie", "Content-Type", "set-cookie", "X-Empty"],
    );
  });

  it("are listed by lower-case name in the order of first appearance", () =>
    assert.deepEqual(
      [...FIELDS.entries()],
      [
        ["set-cookie", ["a=1", "b=2"]],
        ["content-type", ["text/html"]],
        ["x-empty", [""]],
      ],
    ));

  it("are taken out by name, in any case, and the others stay", () => {
    const rest = FIELDS.without(new Set(["set-cookie"]));
    assert.deepEqual(
      [...rest],
      [
        ["Content-Type", "text/html"],
        ["X-Empty", ""],
      ],
    );
    assert.equal(FIELDS.size, 4);
  });

  it("fold ASCII letters alone: a Kelvin sign is no k", () => {
    assert.equal(new Fields([["k", "1"]]).get("\u212a"), undefined);
  });

  it("do not have what every object has", () => {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      assert.equal(FIELDS.get(name), undefined);
      assert.deepEqual(FIELDS.getAll(name), []);
      assert.equal(new Fields([[name, "1"]]).get(name), "1");
    }
  });
});
