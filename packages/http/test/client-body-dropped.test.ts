import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

const run = async (script: string): Promise<string> => {
  const args = ["--expose-gc", "--import", "tsx", "--input-type=module", "-e", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: new URL("../../..", import.meta.url), timeout: 30_000 });
  return stdout.trim();
};

const SETTING = `
  import { createServer } from "node:http";
  import { Client, recordHar } from ${JSON.stringify(new URL("../src/client-entry.ts", import.meta.url).href)};
  let open = 0;
  const server = createServer((request, response) => void response.end(Buffer.alloc(5_000_000)));
  server.on("connection", (socket) => { open++; socket.on("close", () => open--); });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new Client();
  const url = "http://127.0.0.1:" + server.address().port + "/";
  const collect = async () => { for (let turn = 0; turn < 40; turn++) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)); } };
  const end = () => { client.close(); server.closeAllConnections(); server.close(); };
`;

/** What is recorded must not hold what nobody holds, nor let go of what somebody does. */
const WAYS = [
  ["", ""],
  [", with a HAR being recorded", "recordHar(client);"],
] as const;

for (const [when, begin] of WAYS) {
  test(`a response that is dropped without reading, and an iterator that is dropped half-way, give their connections back${when}`, async () => {
    const script = `${SETTING}${begin}
      const drop = async () => { await client.get(url); };
      const dropIterator = async () => { const pieces = (await client.get(url))[Symbol.asyncIterator](); await pieces.next(); };
      for (let index = 0; index < 5; index++) { await drop(); await dropIterator(); }
      console.log(open > 0);
      await collect();
      console.log(open);
      end();`;
    assert.equal(await run(script), "true\n0");
  });

  test(`a response, a stream and a pending read that are still held survive the garbage collector${when}`, async () => {
    const script = `${SETTING}${begin}
      const response = await client.get(url);
      const pieces = (await client.get(url))[Symbol.asyncIterator]();
      await pieces.next();
      const { body } = await client.get(url);
      await collect();
      console.log(open);
      let size = 0;
      for await (const piece of body) size += piece.length;
      let rest = 0;
      for (let next = await pieces.next(); !next.done; next = await pieces.next()) rest += next.value.length;
      console.log((await response.bytes()).length, size, rest > 4_000_000);
      end();`;
    assert.equal(await run(script), "3\n5000000 5000000 true");
  });
}

test("a response of a transport that is dropped without reading lets its body go, and one that is held does not", async () => {
  const script = `${SETTING}
    let left = 0;
    const next = async () => ({ done: false, value: new Uint8Array(20_000) });
    const body = { [Symbol.asyncIterator]: () => ({ next, return: async () => { left++; return { done: true }; } }) };
    const transport = { send: async () => ({ status: 200, body }) };
    const drop = async () => { await client.get(url, { transport }); };
    for (let index = 0; index < 5; index++) await drop();
    const held = await client.get(url, { transport });
    await collect();
    console.log(left, held.bodyUsed);
    end();`;
  assert.equal(await run(script), "5 false");
});

test("bytes that were read are the reader's alone: what a HAR keeps of their exchange does not hold them", async () => {
  const script = `${SETTING}
    const recording = recordHar(client, { bodies: false });
    server.removeAllListeners("request");
    server.on("request", ({ url }, response) => response.end(Buffer.alloc(Number(url.slice(1)))));
    const read = async (from) => new WeakRef(await (await client.get(from)).bytes());
    const kept = [await read(url + 5_000), await read(url + 500_000), await read(url + 5_000_000)];
    await collect();
    console.log(kept.map((bytes) => bytes.deref()?.length).join(), recording.toJSON().log.entries.length);
    end();`;
  assert.equal(await run(script), ",, 3");
});

test("a small body that never comes whole is given back, too, when the call has no limit of time", async () => {
  const script = `${SETTING}
    server.removeAllListeners("request");
    server.on("request", (request, response) => response.writeHead(200, { "Content-Length": 100 }).write("not all"));
    const drop = async () => { await client.get(url, { timeout: { total: Infinity } }); };
    await drop();
    console.log(open);
    for (let turn = 0; turn < 50 && open > 0; turn++) await collect();
    console.log(open);
    end();`;
  assert.equal(await run(script), "1\n0");
});
