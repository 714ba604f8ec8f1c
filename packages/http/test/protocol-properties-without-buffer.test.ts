// In a file, and so a process, of its own: the protocol is loaded and used here while there is no Buffer, as in a browser.
import assert from "node:assert/strict";
import { it } from "node:test";

async function withoutBuffer<Result>(step: () => Promise<Result>): Promise<Result> {
  const buffer = Object.getOwnPropertyDescriptor(globalThis, "Buffer");
  assert.ok(buffer);
  Reflect.deleteProperty(globalThis, "Buffer");
  try {
    return await step();
  } finally {
    Reflect.defineProperty(globalThis, "Buffer", buffer);
  }
}

it("The protocol reads a long head with every octet in it where there is no Buffer", async () => {
  const octets = Array.from({ length: 128 }, (_, index) => String.fromCharCode(128 + index)).join("");
  const value = octets.repeat(200);
  const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nA: ${value}\r\nContent-Length: 1\r\n\r\n\xff`, "latin1");
  const seen: (string | undefined)[] = [];
  await withoutBuffer(async () => {
    const { ResponseReader } = await import("../src/protocol/index.ts");
    const reader = new ResponseReader(
      {
        onHead: ({ fields }) => void seen.push(fields.get("a")),
        onData: (piece) => void seen.push(piece.join()),
        onComplete: () => void seen.push("complete"),
      },
      { method: "GET" },
    );
    reader.push(bytes);
  });
  assert.deepEqual(seen, [value, "255", "complete"]);
});
