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
});
