import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Client, fetch as shared, HttpError } from "../src/client-entry.ts";
import { listen } from "../../../test/helpers/listen.ts";
import { startRawServer } from "../../../test/helpers/raw-server.ts";
import { startFetchServer, type FetchServer, type SeenCall } from "./helpers/fetch-server.ts";
import { polluted } from "./helpers/polluted.ts";

let server: FetchServer;
let client: Client;
before(async () => {
  server = await startFetchServer();
  client = new Client({ baseUrl: `${server.url}/`, timeout: 10_000, maxConnectionsPerOrigin: 1 });
});
after(async () => {
  client.close();
  await server.close();
});

const last = (): SeenCall => server.seen.at(-1) ?? assert.fail("nothing was asked");

async function failure(promise: Promise<unknown>): Promise<TypeError & { cause?: unknown }> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof TypeError, String(error));
    return error;
  }
  return assert.fail("it did not fail");
}

const webStream = (...pieces: string[]): ReadableStream<Uint8Array> =>
  Readable.toWeb(Readable.from(pieces.map((piece) => Buffer.from(piece))));

const listeners = (stop: AbortSignal): number => getEventListeners(stop, "abort").length;

describe("fetch differs from Node's own, in that", () => {
  it("a Request's stream whose pieces are there at once goes with its length", async () => {
    await (await client.fetch(new Request(`${server.url}/echo`, { method: "POST", body: webStream("a", "b"), duplex: "half" }))).text();
    assert.deepEqual([last().body, last().length, last().coding], ["ab", "2", undefined]);
  });

  it("a Request's stream that takes its time goes piece by piece as it comes", async () => {
    const steps: string[] = [];
    let next: (() => void) | undefined;
    const slow = createServer((request, response) => {
      request.on("data", (piece: Buffer) => {
        steps.push(`came ${String(piece)}`);
        next?.();
      });
      request.on("end", () => response.end("all"));
    });
    const url = `http://127.0.0.1:${await listen(slow)}/`;
    const gives = async function* (): AsyncGenerator<Uint8Array> {
      for (const piece of ["one", "two"]) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        steps.push(`gave ${piece}`);
        const arrived = new Promise<void>((resolve) => (next = resolve));
        yield Buffer.from(piece);
        await arrived;
      }
    };
    const body = Readable.toWeb(Readable.from(gives())) as ReadableStream<Uint8Array>;
    const response = await client.fetch(new Request(url, { method: "POST", body, duplex: "half" }));
    assert.equal(await response.text(), "all");
    assert.deepEqual(steps, ["gave one", "came one", "gave two", "came two"]);
    slow.closeAllConnections();
    slow.close();
  });

  it("a header's value that is undefined is left out", async () => {
    await (await client.fetch("text", { headers: { "X-Own": undefined } as unknown as Record<string, string> })).text();
    assert.deepEqual(last().named, {});
  });

  it("what can be no header is refused, and not made into text", async () => {
    await failure(client.fetch("text", { headers: { "X-Own": {} } as unknown as Record<string, string> }));
    await failure(client.fetch("text", { headers: [["X-Own"]] as unknown as [string, string][] }));
    await failure(client.fetch("text", { headers: [["X-Own", "a", "b"]] as unknown as [string, string][] }));
    await failure(client.fetch("text", { headers: "X-Own: a" as unknown as Record<string, string> }));
  });

  it("patch is sent as PATCH", async () => {
    await (await client.fetch("echo", { method: "patch" })).text();
    assert.equal(last().method, "PATCH");
  });

  it("a stream needs no duplex, and no other than half is known", async () => {
    await (await client.fetch("echo", { method: "POST", body: webStream("text") })).text();
    assert.equal(last().body, "text");
    await failure(client.fetch("echo", { duplex: "full" as "half" }));
  });

  it("a body that is nothing of what can be sent is refused, and not made into text", async () => {
    const error = await failure(client.fetch("echo", { method: "POST", body: { a: 1 } as unknown as string }));
    assert.match(error.message, /the body must be a string, bytes, a Blob/);
  });

  it("integrity and a dispatcher are refused: they would have no effect", async () => {
    assert.match((await failure(client.fetch("text", { integrity: "sha256-AAAA" }))).message, /integrity/);
    assert.match((await failure(client.fetch("text", { dispatcher: {} } as object))).message, /dispatcher/);
    assert.match((await failure(client.fetch(new Request(`${server.url}/text`, { integrity: "sha256-AAAA" })))).message, /integrity/);
  });

  it("headers that are the client's to write have no effect, in whatever case", async () => {
    const headers = { HOST: "other.example", Connection: "close", "content-length": "5", TE: "trailers", "Transfer-Encoding": "chunked" };
    await (
      await client.fetch("echo", { method: "POST", body: "abc", headers: { ...headers, "Keep-Alive": "1", "Proxy-Connection": "close" } })
    ).text();
    assert.deepEqual([last().body, last().length, last().coding], ["abc", "3", undefined]);
    const { cause } = await failure(client.fetch("text", { headers: { Upgrade: "websocket" } }));
    assert.ok(cause instanceof HttpError);
    assert.equal(cause.code, "invalid-headers");
  });

  it("a signal that fires when the body is there and not read gives its own reason", async () => {
    const stop = new AbortController();
    const response = await client.fetch("text", { signal: stop.signal });
    stop.abort("too late");
    await assert.rejects(response.text(), (reason) => reason === "too late");
  });

  it("a header of the response can be changed", async () => {
    const response = await client.fetch("text");
    response.headers.set("X-Word", "two");
    assert.equal(response.headers.get("x-word"), "two");
    await response.text();
  });
});

describe("client.fetch", () => {
  it("needs no this, and has the client's defaults", async () => {
    await using own = client.extend({ headers: { "X-Default": "1", "X-Both": "1" }, auth: { bearer: "token" }, throwHttpErrors: true });
    const { fetch } = own;
    const response = await fetch("status/404?a", { headers: { "x-both": "2" } });
    assert.deepEqual([response.status, await response.text()], [404, "words"]);
    assert.deepEqual(last().named, { "x-default": "1", "x-both": "2", authorization: "Bearer token" });
    assert.equal(last().path, "/status/404?a");
  });

  it("retries by the client's rules", async () => {
    await using own = client.extend({ retry: { limit: 2, delay: 1, statuses: [503] } });
    const before = server.seen.length;
    assert.equal((await own.fetch("status/503")).status, 503);
    assert.equal(server.seen.length - before, 3);
  });

  it("gives a Response of the platform's own class, and constructs no Request", async () => {
    const { Request } = globalThis;
    Object.assign(globalThis, { Request: () => assert.fail("a Request was made") });
    try {
      const response = await client.fetch(`${server.url}/echo`, { method: "POST", body: "text", headers: { "X-Own": "1" } });
      assert.ok(response instanceof globalThis.Response);
      assert.equal(await response.text(), "text");
    } finally {
      Object.assign(globalThis, { Request });
    }
  });

  it("slows the server down when nobody reads, and gives a body up that is cancelled", async () => {
    let sent = 0;
    let closed: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const endless = createServer((_request, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on("drain", write).on("close", () => closed?.());
      write();
    });
    const url = `http://127.0.0.1:${await listen(endless)}/`;
    const { body } = await client.fetch(url);
    let before = -1;
    // What the kernel holds is bounded: the server comes to rest.
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const reader = body?.getReader();
    assert.ok(((await reader?.read())?.value?.length ?? 0) > 0);
    await reader?.cancel();
    await gone;
    endless.close();
  });

  it("leaves no listener on a signal, whatever becomes of the request", async () => {
    const stop = new AbortController();
    const { signal } = stop;
    await (await client.fetch("text", { signal })).text();
    await client.fetch("text", { method: "HEAD", signal });
    await (await client.fetch("large", { signal })).body?.cancel();
    await failure(client.fetch("http://127.0.0.1:1/", { signal }));
    await failure(client.fetch("text", { method: "TRACE", signal }));
    assert.equal(listeners(signal), 0);
    const { body } = await client.fetch("stuck", { signal });
    assert.equal(listeners(signal), 1);
    stop.abort("enough");
    assert.equal(listeners(signal), 0);
    await assert.rejects(
      async () => body?.getReader().read(),
      (reason) => reason === "enough",
    );
  });

  it("hears of a Request's signal when nobody but it holds the Request any more", async () => {
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    assert.ok(typeof collect === "function");
    const stop = new AbortController();
    const response = await client.fetch(new Request(`${server.url}/stuck`, { signal: stop.signal }));
    const reading = assert.rejects(response.text(), (reason) => reason === "enough");
    for (let turn = 0; turn < 5; turn++) {
      await new Promise(setImmediate);
      Reflect.apply(collect, undefined, []);
    }
    stop.abort("enough");
    await reading;
  });

  it("is not moved by what stands on Object.prototype", async () => {
    const raw = await startRawServer((socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntext"));
    const members = {
      method: "DELETE",
      body: "polluted",
      integrity: "sha256-AAAA",
      headers: { "X-Own": "1" },
      status: 500,
      type: "x",
    };
    await polluted({ ...members, url: "http://other.example/", redirect: "error", duplex: "full", value: 7 }, async () => {
      const response = await client.fetch(raw.url, {});
      assert.deepEqual([response.status, response.url, response.type], [200, `${raw.url}/`, "basic"]);
      assert.deepEqual([response.redirected, response.clone().url, await response.text()], [false, `${raw.url}/`, "text"]);
    });
    assert.match(raw.requests[0] ?? "", /^GET \/ HTTP\/1\.1\r\n(?!.*X-Own)/s);
    await raw.close();
  });
});

describe("A failure of fetch", () => {
  /** The line of the call. */
  const here = /client-fetch-own\.test\.ts:\d+/;

  it("is a TypeError that says why, with the client's error as its cause, and shows the line of the call", async () => {
    const error = await failure(shared("http://user:abcde@127.0.0.1:1/?token=abcde"));
    assert.ok(error.cause instanceof HttpError);
    assert.equal(error.message, `fetch failed: ${error.cause.message}`);
    assert.match(error.stack ?? "", here);
    assert.match(error.stack ?? "", /^TypeError: fetch failed: GET /);
    assert.doesNotMatch(error.stack ?? "", /abcde/);
  });

  it("is one in the body, too, when the body does not come whole", async () => {
    const response = await client.fetch("cut");
    const error = await failure(response.text());
    assert.ok(error.cause instanceof HttpError);
    assert.deepEqual([error.cause.code, error.cause.phase], ["closed-early", "body"]);
    assert.match(error.stack ?? "", here);
  });

  it("shows the line of the call, whoever waits for it", async () => {
    const error = await new Promise<Error>((resolve) => {
      client.fetch("http://127.0.0.1:1/").catch(resolve);
    });
    assert.match(error.stack ?? "", here);
  });

  it("is no failure of the program's other requests: the connection after it is a new one", async () => {
    await failure(client.fetch("reset"));
    assert.equal(await (await client.fetch("text")).text(), "Grüße");
  });

  it("lets the stream go that was to be sent", async () => {
    for (const url of ["//none", "http://127.0.0.1:1/"]) {
      let cancelled = false;
      const body = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
      await failure(new Client().fetch(url, { method: "POST", body }));
      assert.equal(cancelled, true, url);
    }
  });
});
