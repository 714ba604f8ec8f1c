import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { Client, isHttpError, type BodyInit, type ClientOptions, type HttpError, type RequestOptions } from "../src/client-entry.ts";
import { until } from "./helpers/exchange-rig.ts";

/** A server that keeps the bytes of every connection. */
interface RawServer {
  readonly url: string;
  readonly sockets: Socket[];
  /** What came on the connection of that number. */
  text(connection?: number): string;
}

/** What came on one connection. */
interface Came {
  readonly text: () => string;
  readonly size: number;
  /** Its last bytes. */
  readonly tail: string;
}

type OnData = (socket: Socket, came: Came) => void;

async function withServer(
  onData: OnData,
  work: (client: Client, server: RawServer) => Promise<void>,
  options?: ClientOptions,
): Promise<void> {
  const sockets: Socket[] = [];
  const came: Buffer[][] = [];
  const listener = createServer((socket) => {
    const pieces: Buffer[] = [];
    let size = 0;
    let tail = "";
    sockets.push(socket);
    came.push(pieces);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      pieces.push(data);
      size += data.length;
      tail = (tail + data.toString("latin1", Math.max(0, data.length - 100))).slice(-100);
      onData(socket, { text: () => Buffer.concat(pieces).toString("latin1"), size, tail });
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  const client = new Client({ timeout: 10_000, ...options });
  try {
    await work(client, { url, sockets, text: (connection = 0) => Buffer.concat(came[connection] ?? []).toString("latin1") });
  } finally {
    client.close();
    sockets.forEach((socket) => socket.destroy());
    await new Promise((closed) => listener.close(closed));
  }
}

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/** Answers when the last bytes of a request are these. */
const after =
  (end: string, answer = OK): OnData =>
  (socket, { tail }) => {
    if (tail.endsWith(end)) socket.write(answer);
  };

const silent: OnData = () => {};

async function* pieces(...chunks: readonly string[]): AsyncGenerator<string> {
  for (const chunk of chunks) yield chunk;
}

const bodyOf = (text: string): string => text.slice(text.indexOf("\r\n\r\n") + 4);

async function failure(call: Promise<unknown>): Promise<HttpError> {
  const error = await call.then(
    () => assert.fail("it did not fail"),
    (reason: unknown) => reason,
  );
  assert.ok(isHttpError(error), String(error));
  return error;
}

/** A stream without an end that counts what was taken from it, and tells when it is let go. */
function endless(size: number): { body: Readable; taken: () => number } {
  let taken = 0;
  const body = new Readable({
    highWaterMark: size,
    read() {
      taken += size;
      this.push(Buffer.alloc(size, "x"));
    },
  });
  return { body, taken: () => taken };
}

describe("A streamed body", () => {
  const STREAMS: readonly (readonly [what: string, body: () => BodyInit])[] = [
    ["an async generator", () => pieces("first", "", "second")],
    ["a Node Readable", () => Readable.from(["first", "second"])],
    ["a web stream", () => Readable.toWeb(Readable.from(["first", "second"])) as ReadableStream<string>],
    ["a function", () => () => pieces("first", "second")],
  ];
  for (const [what, body] of STREAMS)
    it(`of unknown length goes in chunks, each as it was given: ${what}`, () =>
      withServer(after("0\r\n\r\n"), async (client, server) => {
        assert.equal((await client.post(server.url, { body: body() })).status, 200);
        assert.match(server.text(), /\r\nTransfer-Encoding: chunked\r\n/);
        assert.doesNotMatch(server.text(), /Content-Length|Content-Type/i);
        assert.equal(bodyOf(server.text()), "5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n");
      }));

  for (const [what, body, type] of [
    ["a Blob", () => new Blob(["the body"], { type: "text/x" }), "text/x"],
    ["a stream with a length", () => ({ stream: pieces("the ", "body"), length: 8 }), undefined],
    ["a function with a length", () => ({ stream: () => pieces("the ", "body"), length: 8 }), undefined],
  ] as const)
    it(`of known length goes as it is: ${what}`, () =>
      withServer(after("the body"), async (client, server) => {
        assert.equal((await client.put(server.url, { body: body() })).status, 200);
        assert.match(server.text(), /\r\nContent-Length: 8\r\n/);
        assert.doesNotMatch(server.text(), /Transfer-Encoding/i);
        assert.equal(/\r\nContent-Type: (.*)\r\n/.exec(server.text())?.[1], type);
        assert.equal(bodyOf(server.text()), "the body");
      }));

  it("of a file goes with the file's length, and the file stays open", async () => {
    const folder = await mkdtemp(join(tmpdir(), "upload-"));
    await writeFile(join(folder, "file"), "the body");
    await using handle = await open(join(folder, "file"), "r+");
    await withServer(after("the body"), async (client, server) => {
      for (let times = 0; times < 2; times++) assert.equal((await client.put(server.url, { body: handle })).status, 200);
      assert.equal(server.text().match(/\r\nContent-Length: 8\r\n/g)?.length, 2);
      assert.doesNotMatch(server.text(), /Transfer-Encoding/i);
    });
    assert.equal((await handle.stat()).size, 8);
    await rm(folder, { recursive: true });
  });

  it("leaves its connection for the next request", () =>
    withServer(after("0\r\n\r\n"), async (client, server) => {
      for (let times = 0; times < 3; times++) await (await client.post(server.url, { body: pieces("a", "b") })).text();
      assert.equal(server.sockets.length, 1);
    }));

  it("is not read before the connection is there, and not faster than the server reads", () =>
    withServer(silent, async (client, server) => {
      const { body, taken } = endless(65_536);
      const sending = failure(client.post(server.url, { body, timeout: { send: 300 } }));
      assert.equal(taken(), 0);
      await until(() => server.sockets.length === 1);
      server.sockets[0]?.pause();
      const error = await sending;
      assert.deepEqual([error.code, error.phase], ["timeout", "send"]);
      // What the sockets of both sides hold; a source that is not held back would have given gigabytes.
      assert.ok(taken() < 32 * 1024 * 1024, `${taken()} bytes were taken`);
      assert.ok(taken() - error.bytesSent <= 4 * 65_536, `${taken()} were taken, and ${error.bytesSent} sent`);
      assert.equal(body.destroyed, true);
    }));

  it("goes on when the server reads again", () =>
    withServer(after("0\r\n\r\n"), async (client, server) => {
      const size = 16 * 1024 * 1024;
      const source = async function* (): AsyncGenerator<Uint8Array> {
        for (let sent = 0; sent < size; sent += 65_536) yield Buffer.alloc(65_536, "y");
      };
      const call = client.post(server.url, { body: source });
      await until(() => server.sockets.length === 1);
      server.sockets[0]?.pause();
      setTimeout(() => server.sockets[0]?.resume(), 50);
      assert.equal((await call).status, 200);
      assert.equal(bodyOf(server.text()).match(/y/g)?.length, size);
    }));

  it("is told about as it goes", () =>
    withServer(after("the body"), async (client, server) => {
      const told: [number, number | undefined][] = [];
      const onProgress: RequestOptions["onProgress"] = ({ direction, transferred, total }) => {
        if (direction === "upload") told.push([transferred, total]);
      };
      await client.put(server.url, { body: { stream: pieces("the ", "body"), length: 8 }, onProgress });
      assert.deepEqual(told, [
        [4, 8],
        [8, 8],
      ]);
    }));
});

describe("A body whose source fails", () => {
  const FAULTS: readonly (readonly [what: string, body: () => BodyInit, message: RegExp, sent: string])[] = [
    [
      "throws",
      () =>
        (async function* () {
          yield "half";
          await Promise.reject(new Error("the disk is gone"));
        })(),
      /the source of the request's body failed: the disk is gone/,
      "4\r\nhalf\r\n",
    ],
    [
      "gives something else than bytes",
      () => pieces("half", 5 as unknown as string),
      /must be strings or bytes; a number came/,
      "4\r\nhalf\r\n",
    ],
    ["gives too little", () => ({ stream: pieces("half"), length: 8 }), /was to give 8 bytes and gave 4/, "half"],
    ["gives too much", () => ({ stream: pieces("half", "half!"), length: 8 }), /was to give 8 bytes and gave more/, "half"],
    ["is no stream", () => () => "text" as unknown as Readable, /must return a stream; it returned a string/, ""],
  ];
  for (const [what, body, message, sent] of FAULTS)
    it(`because it ${what} is an error that says so; the connection is closed, and what was sent cannot be taken for all`, () =>
      withServer(silent, async (client, server) => {
        const error = await failure(client.post(server.url, { body: body() }));
        assert.deepEqual([error.code, error.blame, error.phase], ["body-failed", "caller", "send"]);
        assert.match(error.message, message);
        await until(() => server.sockets[0]?.closed === true);
        assert.equal(bodyOf(server.text()), sent);
        assert.match(server.text(), /\r\n(Transfer-Encoding: chunked|Content-Length: 8)\r\n/);
        const { url } = server;
        const next = client.get(url);
        await until(() => server.sockets.length === 2);
        server.sockets[1]?.write(OK);
        assert.equal((await next).status, 200);
      }));

  it("keeps the source's own error as its cause", () =>
    withServer(silent, async (client, server) => {
      const fault = new Error("the disk is gone");
      const body = new Readable({ read: () => body.destroy(fault) });
      assert.equal((await failure(client.post(server.url, { body }))).cause, fault);
    }));

  it("because the file was cut off meanwhile is an error", async () => {
    const folder = await mkdtemp(join(tmpdir(), "upload-"));
    await writeFile(join(folder, "file"), "a".repeat(1_000_000));
    await using handle = await open(join(folder, "file"), "r+");
    const shrinking = {
      fd: handle.fd,
      stat: () => handle.stat(),
      async read(buffer: Uint8Array, offset: number, length: number, position: number | null) {
        const result = await handle.read(buffer, offset, length, position);
        await truncate(join(folder, "file"), 100_000);
        return result;
      },
    };
    await withServer(silent, async (client, server) => {
      const error = await failure(client.put(server.url, { body: shrinking }));
      assert.equal(error.code, "body-failed");
      assert.match(error.message, /was to give 1000000 bytes and gave 100000;/);
    });
    await rm(folder, { recursive: true });
  });

  it("because the file is closed is an error before anything is sent", async () => {
    const handle = await open("package.json");
    await handle.close();
    await withServer(silent, async (client, server) => {
      const error = await failure(client.put(server.url, { body: handle }));
      assert.deepEqual([error.code, error.phase, error.bytesSent, server.sockets.length], ["body-failed", "request", 0, 0]);
      assert.match(error.message, /the file that is the request's body could not be asked for its length: .*\. Nothing was sent\./);
      assert.equal((error.cause as NodeJS.ErrnoException).code, "EBADF");
    });
  });
});

describe("An upload that is not wanted any more", () => {
  it("because the server refuses it gives the server's answer, and destroys the source", () =>
    withServer(
      (socket, { size }) => {
        if (size > 100_000 && socket.writable) socket.end("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
      },
      async (client, server) => {
        const { body } = endless(16_384);
        const response = await client.post(server.url, { body });
        assert.deepEqual([response.status, await response.text()], [413, "big"]);
        await until(() => body.destroyed);
        await until(() => server.sockets[0]?.closed === true);
      },
    ));

  it("because it is aborted destroys the source", () =>
    withServer(silent, async (client, server) => {
      const { body, taken } = endless(16_384);
      const controller = new AbortController();
      const call = failure(client.post(server.url, { body, signal: controller.signal }));
      await until(() => taken() > 100_000);
      controller.abort();
      const error = await call;
      assert.equal(error.code, "aborted");
      assert.equal(body.destroyed, true);
      const before = taken();
      await until(() => server.sockets[0]?.closed === true);
      assert.equal(taken(), before);
    }));

  it("because it is aborted while the source gives nothing does not wait for it", () =>
    withServer(silent, async (client, server) => {
      let closed = false;
      const body = {
        next: () => new Promise<never>(() => {}),
        return: async () => ({ done: true, value: (closed = true) }) as never,
        [Symbol.asyncIterator]: () => body,
      };
      const controller = new AbortController();
      const call = failure(client.post(server.url, { body, signal: controller.signal }));
      await until(() => server.text().endsWith("\r\n\r\n"));
      controller.abort();
      assert.deepEqual([(await call).code, closed], ["aborted", true]);
    }));

  for (const [what, options, code] of [
    ["a header cannot be sent", { headers: { "X-A": "\0" } }, "invalid-headers"],
    ["nobody listens", { connectTo: { "127.0.0.1:9": "127.0.0.1:1" } }, "connect-refused"],
  ] as const)
    it(`because ${what} destroys a source that was never read`, async () => {
      const { body, taken } = endless(1);
      await using client = new Client();
      assert.equal((await failure(client.post("http://127.0.0.1:9/", { body, ...options }))).code, code);
      assert.deepEqual([body.destroyed, taken()], [true, 0]);
    });
});

describe("A redirect of an upload", () => {
  const redirecting =
    (status: number): OnData =>
    (socket, { text, tail }) => {
      const moved = text().includes(" /end ");
      if (moved && (text().includes("GET /end") || tail.endsWith("0\r\n\r\n"))) socket.write(OK);
      else if (!moved && tail.endsWith("0\r\n\r\n"))
        socket.write(`HTTP/1.1 ${status} Moved\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n`);
    };

  it("with 307 is an error that says what to do when the body was a stream", () =>
    withServer(redirecting(307), async (client, server) => {
      const error = await failure(client.put(server.url, { body: pieces("a", "b") }));
      assert.equal(error.code, "redirect-refused");
      assert.match(error.message, /it is a stream that can be read once\. Give a function that makes the stream\./);
    }));

  it("with 307 sends the body again when a function gave it", () =>
    withServer(redirecting(307), async (client, server) => {
      let made = 0;
      const body = (): AsyncGenerator<string> => pieces("the", `${++made}`);
      assert.equal((await client.put(server.url, { body })).status, 200);
      assert.equal(server.text().split("3\r\nthe\r\n1\r\n1\r\n0\r\n\r\n").length, 2);
      assert.equal(server.text().split("3\r\nthe\r\n1\r\n2\r\n0\r\n\r\n").length, 2);
    }));

  it("with 303 is a GET without it", () =>
    withServer(redirecting(303), async (client, server) => {
      assert.equal((await client.put(server.url, { body: pieces("a") })).status, 200);
      assert.match(server.text(), /0\r\n\r\nGET \/end HTTP\/1\.1\r\n/);
      assert.equal(server.text().match(/Transfer-Encoding/g)?.length, 1);
    }));
});

describe("A multipart upload", () => {
  it("goes with its length when that is known, and in chunks when not", () =>
    withServer(after("--\r\n"), async (client, server) => {
      await client.post(server.url, { multipart: { a: "1", file: new Blob(["2"]) } });
      const [, boundary = ""] = /\r\nContent-Type: multipart\/form-data; boundary=(\S+)\r\n/.exec(server.text()) ?? [];
      const body = bodyOf(server.text());
      assert.match(server.text(), new RegExp(`\\r\\nContent-Length: ${body.length}\\r\\n`));
      assert.equal(body.split(`--${boundary}`).length, 4);
    }).then(() =>
      withServer(after("0\r\n\r\n"), async (client, server) => {
        await client.post(server.url, { multipart: { a: "1", file: { value: pieces("2"), filename: "f" } } });
        assert.match(server.text(), /\r\nTransfer-Encoding: chunked\r\n/);
      }),
    ));

  it("has the Content-Type with its boundary, and no other can be given", () =>
    withServer(silent, async (client, server) => {
      for (const body of [{ multipart: { a: "1" } }, { body: new FormData() }])
        await assert.rejects(client.post(server.url, { ...body, headers: { "content-type": "multipart/form-data" } }), {
          name: "TypeError",
          message: /a multipart body has a Content-Type of its own/,
        });
      assert.equal(server.sockets.length, 0);
    }));

  it("among the options replaces another body of the defaults", () =>
    withServer(
      after("--\r\n"),
      async (client, server) => {
        assert.equal((await client.post(server.url, { multipart: {} })).status, 200);
        assert.match(server.text(), /multipart\/form-data/);
      },
      { json: { a: 1 } },
    ));
});
