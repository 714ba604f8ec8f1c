import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { Client } from "../src/client-entry.ts";
import { ok, RawPeer, until } from "./helpers/exchange-rig.ts";

/** What the server does with the first bytes of each connection, for the length of a test. */
async function withPeer(
  begin: (socket: Socket, text: string) => void,
  test: (client: Client, peer: RawPeer, url: string) => Promise<void>,
): Promise<void> {
  const peer = new RawPeer((socket, text, count) => {
    if (count === 1) begin(socket, text);
  });
  const url = await peer.listen();
  await using client = new Client({ timeout: 10_000 });
  try {
    await test(client, peer, url);
  } finally {
    peer.close();
  }
}

describe("A connection is not used again", () => {
  it("when the rest of an upload was not sent, also when what had been sent left it before the answer was whole", () => {
    let uploading: Socket | undefined;
    const begin = (socket: Socket, text: string): void => {
      if (text.startsWith("GET")) return void socket.write(ok("second"));
      uploading = socket.pause();
      socket.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nn");
    };
    return withPeer(begin, async (client, peer, url) => {
      const refused = await client.post(url, { body: new Uint8Array(20_000_000) });
      let arrived = uploading?.bytesRead ?? 0;
      const first = arrived;
      uploading?.resume();
      // All that the client had handed to its socket.
      await until(() => arrived === (arrived = uploading?.bytesRead ?? 0) && arrived > first);
      uploading?.write("o");
      assert.equal(await refused.text(), "no");
      const second = await client.get(url);
      assert.deepEqual([await second.text(), second.connection.reused, peer.sockets.length], ["second", false, 2]);
      assert.ok(arrived < 20_000_000);
    });
  });

  const SIZES = [
    ["is read straight into its place", 3_000_000],
    ["ends with the buffer that it is read into", 65_536],
  ] as const;

  for (const [when, size] of SIZES)
    it(`when another answer stands behind one that ${when}`, () => {
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${size - 64}\r\n`;
      const whole = `${head}X: ${"x".repeat(64 - head.length - 7)}\r\n\r\n${"a".repeat(size - 64)}`;
      const answers = [whole + ok("poisoned"), ok("good")];
      const begin = (socket: Socket): void => void socket.write(answers.shift() ?? "");
      return withPeer(begin, async (client, peer, url) => {
        assert.equal((await (await client.get(url)).bytes()).length, size - 64);
        // At once: the server's next bytes may be on their way.
        assert.equal(await (await client.get(url)).text(), "good");
        assert.equal(peer.sockets.length, 2);
      });
    });
});
