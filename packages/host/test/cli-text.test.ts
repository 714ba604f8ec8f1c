import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diagnosticText, pendingText } from "../src/cli/index.ts";

const style = { color: false, script: "dir/init.lua", fileName: (file: string) => (file === "init.lua" ? "dir/init.lua" : file) };

describe("a diagnostic on the terminal", () => {
  test("is one line with place, severity, code and message", () => {
    const text = diagnosticText(
      { code: "request-failed", severity: "warning", message: "GET http://a/: no", place: { file: "init.lua", line: 12 } },
      style,
    );
    assert.equal(text, "dir/init.lua:12: warning[request-failed]: GET http://a/: no\n");
  });

  test("names the script alone when it has no place, and other files by their own names", () => {
    assert.equal(diagnosticText({ code: "stopped", severity: "note", message: "m" }, style), "dir/init.lua: note[stopped]: m\n");
    const elsewhere = { code: "c", severity: "error", message: "m", place: { file: "lib.lua", line: 1 } } as const;
    assert.equal(diagnosticText(elsewhere, style), "lib.lua:1: error[c]: m\n");
  });

  test("has the second place indented below, then the traceback", () => {
    const text = diagnosticText(
      {
        code: "c",
        severity: "error",
        message: "m",
        place: { file: "init.lua", line: 2 },
        related: { place: { file: "init.lua", line: 1 }, message: "first" },
        traceback: "stack traceback:\n\t[C]: ?\n",
      },
      style,
    );
    assert.equal(text, "dir/init.lua:2: error[c]: m\n  dir/init.lua:1: note: first\nstack traceback:\n\t[C]: ?\n");
  });

  test("is coloured when asked", () => {
    const text = diagnosticText({ code: "c", severity: "error", message: "m" }, { ...style, color: true });
    assert.equal(text, "dir/init.lua: \u001b[1;31merror[c]:\u001b[0m m\n");
  });

  test("shows control characters of the script instead of obeying them", () => {
    assert.equal(
      diagnosticText({ code: "c", severity: "note", message: "a\u001b[2Jb\u0007\u009b" }, style),
      "dir/init.lua: note[c]: a\\x1b[2Jb\\x07\\x9b\n",
    );
  });
});

describe("what is pending, in words", () => {
  test("counts what has the same name and lists requests", () => {
    assert.equal(pendingText(["timer", "GET http://a/", "timer", "socket"]), "2 timers, 1 socket, 1 request (GET http://a/)");
    assert.equal(pendingText(["GET http://a/", "POST https://b/"]), "2 requests (GET http://a/, POST https://b/)");
    assert.equal(pendingText(["socket to a:1", "socket to a:1", "socket to b:1"]), "2 sockets to a:1, 1 socket to b:1");
    assert.equal(pendingText([]), "");
  });
});
