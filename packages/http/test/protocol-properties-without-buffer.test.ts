// In a process of its own: the protocol is loaded and used there while there is no Buffer, as in a browser.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { it } from "node:test";
import { promisify } from "node:util";

const BUILT = new URL("../dist/protocol/index.js", import.meta.url).href;

const PROGRAM = `
  delete globalThis.Buffer;
  const { ResponseReader } = await import(${JSON.stringify(BUILT)});
  const octets = Array.from({ length: 128 }, (_, index) => 128 + index);
  const value = Array.from({ length: 200 }, () => octets).flat();
  const ascii = (text) => [...text].map((character) => character.charCodeAt(0));
  const bytes = Uint8Array.from([...ascii("HTTP/1.1 200 OK\\r\\nA: "), ...value, ...ascii("\\r\\nContent-Length: 1\\r\\n\\r\\n"), 255]);
  const seen = [];
  const reader = new ResponseReader(
    {
      onHead: ({ fields }) => seen.push(fields.get("a") === String.fromCharCode(...value)),
      onData: (piece) => seen.push(piece.join()),
      onComplete: () => seen.push("complete"),
    },
    { method: "GET" },
  );
  reader.push(bytes);
  console.log(JSON.stringify([typeof Buffer, ...seen]));`;

it("The protocol reads a long head with every octet in it where there is no Buffer", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", PROGRAM], { timeout: 30_000 });
  assert.deepEqual(JSON.parse(stdout), ["undefined", true, "255", "complete"]);
});
