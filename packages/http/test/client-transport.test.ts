import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { Client, type HttpError, type RequestOptions, type Transport, type TransportRequest } from "../src/client-entry.ts";
import { HttpFailure } from "../src/protocol/index.ts";
import { polluted } from "./helpers/polluted.ts";
import { errorOf } from "./helpers/error-of.ts";

type Given = Awaited<ReturnType<Transport["send"]>>;

const URL_ASKED = "http://device.example/path?room=kitchen";

/** A transport that answers so, and what it was asked. */
function answering(answer: (request: TransportRequest) => unknown): Transport & { readonly asked: TransportRequest[] } {
  const asked: TransportRequest[] = [];
  return {
    asked,
    send: async (request) => {
      asked.push(request);
      return (await answer(request)) as Given;
    },
  };
}

const client = new Client();
const getFrom = (answer: (request: TransportRequest) => unknown, options: RequestOptions = {}) =>
  client.get(URL_ASKED, { ...options, transport: answering(answer) });

/** An iterable that counts how often it is asked and notes that it was let go. */
function watched(pieces: readonly Uint8Array[]): AsyncIterable<Uint8Array> & { asked: number; left: boolean } {
  const state = { asked: 0, left: false };
  return Object.assign(state, {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const value = pieces[state.asked++];
        return value ? { done: false as const, value } : { done: true as const, value: undefined };
      },
      return: async () => {
        state.left = true;
        return { done: true as const, value: undefined };
      },
    }),
  });
}

const never = (): Promise<never> => new Promise(() => {});

describe("A transport", () => {
  it("gets the whole request: method, URL, every field line, and answers in place of the network", async () => {
    const transport = answering(() => ({ status: 201, statusText: "Made", headers: [["X-Name", "lamp"]], body: "text" }));
    const response = await client.get(URL_ASKED, { headers: { Accept: "a/b" }, transport });
    assert.deepEqual([response.status, response.statusText, response.headers.get("x-name")], [201, "Made", "lamp"]);
    assert.equal(await response.text(), "text");
    const [request] = transport.asked;
    assert.deepEqual([request?.method, request?.url, request?.body], ["GET", URL_ASKED, undefined]);
    const names = request?.headers.map(([name]) => name);
    assert.deepEqual(names, ["Host", "User-Agent", "Accept-Encoding", "Accept"]);
    assert.deepEqual(
      response.attempts.map(({ status, peer, reused }) => ({ status, peer, reused })),
      [{ status: 201, peer: undefined, reused: false }],
    );
    assert.ok(response.timings.total >= 0 && response.timings.wait !== undefined);
  });

  it("gives a body as a string, bytes, a web stream or an async iterable, or none", async () => {
    const bytes = new TextEncoder().encode("body");
    const bodies: readonly unknown[] = ["body", bytes, new Blob(["bo", "dy"]).stream(), watched([bytes.slice(0, 2), bytes.slice(2)])];
    for (const body of bodies) assert.equal(await (await getFrom(() => ({ status: 200, body }))).text(), "body");
    for (const body of ["", undefined, new Uint8Array()]) assert.equal(await (await getFrom(() => ({ status: 200, body }))).text(), "");
    const pieces: string[] = [];
    for await (const piece of await getFrom(() => ({ status: 200, body: watched([bytes, bytes]) })))
      pieces.push(Buffer.from(piece).toString());
    assert.deepEqual(pieces, ["body", "body"]);
  });

  it("stands below the policies: redirects, cookies, retries and decoding are the client's", async () => {
    const answers: Record<string, Given> = {
      "/first": {
        status: 302,
        headers: [
          ["Location", "/busy"],
          ["Set-Cookie", "a=1"],
        ],
      },
      "/busy": { status: 503, headers: [["Retry-After", "0"]] },
    };
    const zipped: Given = { status: 200, headers: [["Content-Encoding", "gzip"]], body: gzipSync("unpacked") };
    let busy = 0;
    const transport = answering(({ url }) => (url.endsWith("/busy") && busy++ > 0 ? zipped : answers[new URL(url).pathname]));
    const kept: string[] = [];
    const cookies = { getCookieString: () => kept.join("; "), setCookie: (cookie: string) => kept.push(cookie) };
    const response = await client.get("http://device.example/first", { transport, cookies, retry: { limit: 1, delay: 1 } });
    assert.equal(await response.text(), "unpacked");
    assert.equal(response.redirected, true);
    assert.deepEqual(
      response.attempts.map(({ status }) => status),
      [302, 503, 200],
    );
    assert.ok(transport.asked[1]?.headers.some(([name, value]) => name === "Cookie" && value === "a=1"));
  });

  it("has no body behind HEAD, 204 and 304, whatever it gives", async () => {
    const body = watched([new Uint8Array(3)]);
    const transport = answering(() => ({ status: 200, headers: [["Content-Length", "3"]], body }));
    assert.equal(await (await client.head(URL_ASKED, { transport })).text(), "");
    assert.deepEqual([body.asked, body.left], [0, true]);
    for (const status of [204, 304]) assert.equal(await (await getFrom(() => ({ status, body: "x" }))).text(), "");
  });

  it("is slowed down by a slow reader, and let go when the body is not wanted", async () => {
    const body = watched(Array.from({ length: 100 }, () => new Uint8Array(10_000)));
    const response = await getFrom(() => ({ status: 200, body }));
    for (let turns = 0; turns < 300; turns++) await turn();
    assert.ok(body.asked < 20, `${body.asked} pieces were asked for without a reader`);
    for await (const piece of response) if (piece.length > 0) break;
    assert.equal(body.left, true);
  });

  it("keeps to maxBodySize", async () => {
    const large = await errorOf((await getFrom(() => ({ status: 200, body: "too much" }), { maxBodySize: 3 })).text());
    assert.equal(large.code, "response-too-large");
    const body = watched(Array.from({ length: 9 }, () => new Uint8Array(10_000)));
    assert.equal(
      (await errorOf((await getFrom(() => ({ status: 200, body }), { maxBodySize: 30_000 })).bytes())).code,
      "response-too-large",
    );
    assert.equal(body.left, true);
  });

  it("must give a response: what is none is told in words, with no value of a header", async () => {
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [undefined, /it gave undefined in place of a response/],
      [{ status: 99 }, /the status of its response is 99/],
      [{ status: 100 }, /is 100, not a whole number from 200 to 599/],
      [{ status: 600 }, /is 600/],
      [{ status: "200" }, /is a string/],
      [{ status: 200.5 }, /is 200\.5/],
      [{ status: 200, statusText: "a\nb" }, /statusText/],
      [{ status: 200, headers: { a: "b" } }, /headers of its response are an object/],
      [{ status: 200, headers: [["a b", "c"]] }, /the name "a b" of a header of its response is not a token/],
      [{ status: 200, headers: [["a", "hidden\r\nx: y"]] }, /the header a of its response has a character/],
      [{ status: 200, headers: [["a"]] }, /no pair of two strings/],
      [{ status: 200, body: 5 }, /the body of its response is a number/],
      [{ status: 200, body: { length: 1 } }, /the body of its response is an object/],
    ];
    for (const [answer, words] of wrong) {
      const error = await errorOf(getFrom(() => answer));
      assert.deepEqual([error.code, error.blame, error.phase], ["transport-failed", "caller", "headers"]);
      assert.match(error.message, words);
      assert.ok(!error.message.includes("hidden"));
    }
  });

  it("fails in the body when that is shorter or longer than its Content-Length, or no bytes", async () => {
    const failing = async (headers: [string, string][], body: unknown): Promise<HttpError> =>
      errorOf((await getFrom(() => ({ status: 200, headers, body }))).text());
    assert.match((await failing([["Content-Length", "5"]], "four")).message, /says 5 bytes, and its body has 4\./);
    assert.match((await failing([["Content-Length", "3"]], "four")).message, /says 3 bytes, and its body has more\./);
    const numbers = { async *[Symbol.asyncIterator]() { yield 1; } }; // prettier-ignore
    const error = await failing([], numbers);
    assert.deepEqual([error.code, error.phase], ["transport-failed", "body"]);
    assert.match(error.message, /neither a Uint8Array nor a string/);
  });

  it("may throw: a failure of a request stays what it is, anything else is its cause", async () => {
    const thrown = new Error("no such answer");
    const other = await errorOf(getFrom(() => Promise.reject(thrown)));
    assert.deepEqual([other.code, other.cause], ["transport-failed", thrown]);
    assert.match(
      other.message,
      /^GET http:\/\/device\.example\/path\?room=kitchen: the transport failed: no such answer \[phase headers, no connection, attempt 1,/,
    );
    const reset = new HttpFailure("connection-reset", { phase: "headers", reason: "the connection was reset." });
    const failed = await errorOf(getFrom(() => Promise.reject(reset)));
    assert.equal(failed.code, "connection-reset");
    assert.match(failed.message, /^GET http.*: the connection was reset\. \[/);
    assert.equal(await errorOf(getFrom(() => Promise.reject(failed))), failed);
    const synchronous = { send: () => assert.fail("at once") };
    assert.equal((await errorOf(client.get(URL_ASKED, { transport: synchronous }))).code, "transport-failed");
  });

  it("may fail in the middle of a body", async () => {
    const body = { async *[Symbol.asyncIterator]() { yield Buffer.from("half"); throw new Error("torn"); } }; // prettier-ignore
    const error = await errorOf((await getFrom(() => ({ status: 200, body }))).text());
    assert.deepEqual([error.code, error.phase, error.bytesReceived], ["transport-failed", "body", 4]);
  });

  it("is given up by timeout.headers, timeout.total, timeout.idle and the signal, and hears of it", async () => {
    const signals: AbortSignal[] = [];
    const silent = (request: TransportRequest): Promise<never> => {
      signals.push(request.signal);
      return never();
    };
    assert.match((await errorOf(getFrom(silent, { timeout: { headers: 20 } }))).message, /timeout\.headers/);
    assert.match((await errorOf(getFrom(silent, { timeout: 20 }))).message, /timeout\.total/);
    const aborted = await errorOf(getFrom(silent, { signal: AbortSignal.timeout(20) }));
    assert.deepEqual([aborted.code, aborted.phase], ["aborted", "headers"]);
    const stuck = { [Symbol.asyncIterator]: () => ({ next: never }) };
    const idle = await errorOf(
      (await getFrom(({ signal }) => (signals.push(signal), { status: 200, body: stuck }), { timeout: { idle: 20 } })).text(),
    );
    assert.match(idle.message, /timeout\.idle/);
    assert.deepEqual(
      signals.map((signal) => signal.aborted),
      [true, true, true, true],
    );
  });

  it("may be of any kind when its body is let go: throwing, rejecting, stuck or no promise at all", async () => {
    const ends = [() => { throw new Error("now"); }, () => Promise.reject(new Error("later")), never, () => 5] as const; // prettier-ignore
    for (const end of ends) {
      const iterator = { next: async () => ({ done: false, value: new Uint8Array(10_000) }), return: end };
      const answer = (status: number) => () => ({ status, body: { [Symbol.asyncIterator]: () => iterator } });
      (await getFrom(answer(200))).discard();
      for await (const piece of await getFrom(answer(200))) if (piece.length > 0) break;
      assert.equal((await errorOf((await getFrom(answer(200), { maxBodySize: 15_000 })).bytes())).code, "response-too-large");
      const controller = new AbortController();
      const given = await getFrom(answer(200), { signal: controller.signal });
      controller.abort();
      assert.equal((await errorOf(given.bytes())).code, "aborted");
      assert.equal(await (await getFrom(answer(204))).text(), "");
    }
  });

  it("lets an answer go that comes too late", async () => {
    const body = watched([new Uint8Array(1)]);
    const error = await errorOf(getFrom(({ signal }) => once(signal, "abort").then(() => ({ status: 200, body })), { timeout: 20 }));
    assert.equal(error.code, "timeout");
    await turn();
    assert.deepEqual([body.asked, body.left], [0, true]);
  });

  it("takes its answer from its own members alone", async () => {
    await polluted({ status: 200, body: "polluted", headers: [["X-Polluted", "1"]], statusText: "polluted" }, async () => {
      const response = await getFrom(() => ({ status: 201 }));
      assert.deepEqual([response.status, response.statusText, response.headers.size, await response.text()], [201, "", 0, ""]);
    });
  });
});

describe("The body of a request, given to a transport,", () => {
  const post = (transport: Transport, options: RequestOptions) => client.post(URL_ASKED, { ...options, transport });
  const reading = (note: (text: string) => void) =>
    answering(async ({ body }) => {
      let text = "";
      for await (const piece of body ?? []) text += Buffer.from(piece).toString();
      note(text);
      return { status: 200 };
    });

  it("is what the options say, bytes or a stream, and is there again for a repetition", async () => {
    const texts: string[] = [];
    const transport = reading((text) => texts.push(text));
    await post(transport, { body: "text" });
    await post(transport, { json: { a: 1 } });
    const response = await post(transport, { body: new Blob(["streamed"]).stream() });
    assert.equal(response.status, 200);
    assert.deepEqual(texts, ["text", '{"a":1}', "streamed"]);
    let turns = 0;
    const again: string[] = [];
    const repeating = reading((text) => again.push(text));
    const busy: Transport = { send: async (request) => ({ ...(await repeating.send(request)), status: turns++ === 0 ? 503 : 200 }) };
    await client.put(URL_ASKED, { transport: busy, body: "same", retry: { limit: 1, delay: 1 } });
    assert.deepEqual(again, ["same", "same"]);
  });

  it("is a copy: what the transport does to it is not sent again", async () => {
    const firsts: (number | undefined)[] = [];
    const spoiling = answering(async ({ body }) => {
      for await (const piece of body ?? []) {
        firsts.push(piece[0]);
        piece.fill(0);
      }
      return { status: firsts.length === 1 ? 503 : 200 };
    });
    await client.put(URL_ASKED, { transport: spoiling, body: Uint8Array.of(7, 7), retry: { limit: 1, delay: 1 } });
    assert.deepEqual(firsts, [7, 7]);
  });

  it("can be read once", async () => {
    const twice = answering(async ({ body }) => {
      for await (const piece of body ?? []) assert.ok(piece.length > 0);
      for await (const piece of body ?? []) assert.ok(piece.length > 0);
    });
    const error = await errorOf(post(twice, { body: "text" }));
    assert.ok(error.cause instanceof TypeError);
    assert.match(error.message, /can be read once/);
  });

  it("is let go when nobody reads it, or not to its end", async () => {
    const unread = watched([new Uint8Array(1)]);
    await (
      await post(
        answering(() => ({ status: 200 })),
        { body: unread },
      )
    ).text();
    assert.equal(unread.asked, 0);
    const half = watched([new Uint8Array(1), new Uint8Array(1)]);
    const first = answering(async ({ body }) => {
      await body?.[Symbol.asyncIterator]().next();
      return { status: 200 };
    });
    await (await post(first, { body: half })).text();
    assert.deepEqual([half.asked, half.left], [1, true]);
    const cancelled: unknown[] = [];
    const stream = new ReadableStream<Uint8Array>({ cancel: (reason) => void cancelled.push(reason) });
    await (
      await post(
        answering(() => ({ status: 200 })),
        { body: stream },
      )
    ).text();
    assert.equal(cancelled.length, 1);
  });

  it("fails the request with body-failed when its source breaks or has another length than it said", async () => {
    const broken = { async *[Symbol.asyncIterator]() { yield "a"; throw new Error("torn"); } }; // prettier-ignore
    assert.equal(
      (
        await errorOf(
          post(
            reading(() => {}),
            { body: broken },
          ),
        )
      ).code,
      "body-failed",
    );
    const sized = (length: number) => ({ stream: new Blob(["four"]).stream(), length });
    for (const length of [3, 5]) {
      const error = await errorOf(
        post(
          reading(() => {}),
          { body: sized(length) },
        ),
      );
      assert.deepEqual([error.code, error.bytesSent], ["body-failed", 4]);
    }
  });

  it("may take its time: timeout.headers does not run while its source is waited for", async () => {
    const slow = { async *[Symbol.asyncIterator]() { await new Promise((done) => setTimeout(done, 120)); yield "late"; } }; // prettier-ignore
    let read = "";
    const response = await post(
      reading((text) => (read = text)),
      { body: slow, timeout: { headers: 50 } },
    );
    assert.deepEqual([response.status, read], [200, "late"]);
  });
});
