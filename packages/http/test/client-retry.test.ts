import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { Client, isHttpError, type ClientOptions, type HttpError, type RequestOptions, type RetryTurn } from "../src/client-entry.ts";
import { httpDate } from "../src/client/rungs/http-date.ts";
import { backoff, retryAfter, retryRules, type RetryRules } from "../src/client/rungs/retry-rules.ts";
import { Fields } from "../src/protocol/index.ts";
import { freePort } from "../../../test/helpers/listen.ts";
import { startRawServer, type RawServer } from "../../../test/helpers/raw-server.ts";
import { RawPeer, until } from "./helpers/exchange-rig.ts";
import { polluted } from "./helpers/polluted.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const status = (code: number, more = ""): string => `HTTP/1.1 ${code} No\r\n${more}Content-Length: 2\r\n\r\nno`;

/** Each request gets the next answer, every one after the last the last; no answer is a reset. */
async function withServer(answers: readonly (string | undefined)[], work: (server: RawServer) => Promise<void>): Promise<void> {
  let count = 0;
  const server = await startRawServer((socket) => {
    const answer = answers[Math.min(count++, answers.length - 1)];
    if (answer === undefined) socket.resetAndDestroy();
    else socket.end(answer);
  });
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

async function withClient<Result>(options: ClientOptions, work: (client: Client) => Promise<Result>): Promise<Result> {
  await using client = new Client({ timeout: 10_000, ...options });
  return await work(client);
}

const QUICK = { limit: 2, delay: 1 } as const;

async function failure(promise: Promise<unknown>): Promise<HttpError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(isHttpError(error), String(error));
    return error;
  }
  return assert.fail("it did not fail");
}

/** How many requests the server gets for one call, and how that ends. */
async function asked(
  answers: readonly (string | undefined)[],
  options: RequestOptions,
  method = "GET",
): Promise<{ count: number; end: number | string }> {
  let count = 0;
  let end: number | string = 0;
  await withServer(answers, async ({ url, requests }) => {
    end = await withClient({}, (client) =>
      client.request(method, url, options).then(
        (response) => response.status,
        (error: HttpError) => error.code,
      ),
    );
    count = requests.length;
  });
  return { count, end };
}

describe("A retry", () => {
  it("is not made unless it is asked for", async () => {
    assert.deepEqual(await asked([status(503), OK], {}), { count: 1, end: 503 });
    assert.deepEqual(await asked([status(503), OK], { retry: 0 }), { count: 1, end: 503 });
    assert.deepEqual(await asked([undefined, OK], {}), { count: 1, end: "connection-reset" });
  });

  for (const code of [408, 429, 500, 502, 503, 504])
    it(`follows the status ${code}`, async () => {
      assert.deepEqual(await asked([status(code), OK], { retry: QUICK }), { count: 2, end: 200 });
    });

  for (const code of [400, 401, 404, 409, 501, 505])
    it(`does not follow the status ${code}, unless it is named`, async () => {
      assert.deepEqual(await asked([status(code), OK], { retry: QUICK }), { count: 1, end: code });
      assert.deepEqual(await asked([status(code), OK], { retry: { ...QUICK, statuses: [code] } }), { count: 2, end: 200 });
    });

  it("follows a connection that failed, unless other codes are named", async () => {
    assert.deepEqual(await asked([undefined, OK], { retry: QUICK }), { count: 2, end: 200 });
    assert.deepEqual(await asked([undefined, OK], { retry: { ...QUICK, codes: ["timeout"] } }), { count: 1, end: "connection-reset" });
  });

  it("does not follow an answer that is malformed", async () => {
    assert.deepEqual(await asked(["HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", OK], { retry: QUICK }), {
      count: 1,
      end: "malformed-response",
    });
  });

  for (const method of ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])
    it(`repeats ${method}`, async () => {
      const answers = [status(503), OK].map((answer) => (method === "HEAD" ? answer.slice(0, -2) : answer));
      assert.deepEqual(await asked(answers, { retry: QUICK }, method), { count: 2, end: 200 });
    });

  for (const method of ["POST", "PATCH", "PURGE"])
    it(`repeats ${method} only when it is named, in whatever case`, async () => {
      assert.deepEqual(await asked([status(503), OK], { retry: QUICK }, method), { count: 1, end: 503 });
      assert.deepEqual(await asked([undefined, OK], { retry: QUICK }, method), { count: 1, end: "connection-reset" });
      for (const named of [method, method.toLowerCase()])
        assert.deepEqual(await asked([status(503), OK], { retry: { ...QUICK, methods: [named] } }, method), { count: 2, end: 200 });
    });

  it("is made as often as the limit says, and then the answer is the program's", async () => {
    for (const limit of [1, 2, 4]) {
      assert.deepEqual(await asked([status(503)], { retry: { limit, delay: 0 } }), { count: limit + 1, end: 503 });
      assert.deepEqual(await asked([undefined], { retry: { limit, delay: 0 } }), { count: limit + 1, end: "connection-reset" });
    }
  });

  it("is limited by a number alone, too", async () => {
    assert.deepEqual(await asked([status(503, "Retry-After: 0\r\n")], { retry: 3 }), { count: 4, end: 503 });
  });

  it("gives the body of the answer that counts", () =>
    withServer([status(503), OK], async ({ url }) => {
      await withClient({ retry: QUICK }, async (client) => assert.equal(await (await client.get(url)).text(), "ok"));
    }));

  it("is told by an error: which attempt it was, and of how many", async () => {
    const port = await freePort();
    const error = await failure(withClient({ retry: QUICK }, (client) => client.get(`http://127.0.0.1:${port}/`)));
    assert.deepEqual([error.code, error.attempt, error.maxAttempts], ["connect-refused", 3, 3]);
    assert.match(error.message, /, attempt 3 of 3, /);
    const post = await failure(withClient({ retry: QUICK }, (client) => client.post(`http://127.0.0.1:${port}/`)));
    assert.match(post.message, /, attempt 1, /);
    assert.equal(post.maxAttempts, 1);
  });

  it("is told by the response: every attempt with its end", () =>
    withServer([undefined, status(503), OK], async ({ url, port }) => {
      const response = await withClient({ retry: QUICK }, (client) => client.get(url));
      const peer = { host: "127.0.0.1", port };
      const each = { method: "GET", url: `${url}/`, peer, reused: false };
      assert.deepEqual(
        response.attempts.map(({ elapsed: _elapsed, ...attempt }) => attempt),
        [
          { ...each, status: undefined, code: "connection-reset" },
          { ...each, status: 503, code: undefined },
          { ...each, status: 200, code: undefined },
        ],
      );
      const times = response.attempts.map(({ elapsed }) => elapsed);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
    }));

  it("counts anew behind a redirect", () =>
    withServer([status(302, "Location: /next\r\nConnection: close\r\n"), undefined, undefined, undefined], async ({ url, requests }) => {
      const error = await failure(withClient({ retry: QUICK }, (client) => client.get(url)));
      assert.deepEqual([error.attempt, error.maxAttempts, error.url, requests.length], [3, 3, `${url}/next`, 4]);
    }));

  it("takes polluted prototypes for nothing", () =>
    polluted({ retry: 3, limit: 3, beforeRetry: () => assert.fail("called") }, async () => {
      assert.deepEqual(await asked([status(503), OK], {}), { count: 1, end: 503 });
      assert.deepEqual(await asked([status(503), OK], { retry: { limit: 1, delay: 1 } }), { count: 2, end: 200 });
    }));

  it("is refused with rules that cannot be meant", async () => {
    const wrong = [
      { limit: 1.5 },
      { limit: -1 },
      { limits: 1 },
      { methods: "GET" },
      { statuses: ["503"] },
      { codes: ["nonsense"] },
      { delay: "1" },
    ];
    for (const retry of [...wrong, -1, 1.5, "2"])
      await assert.rejects(
        withClient({}, (client) => client.get("http://127.0.0.1:1/", { retry: retry as number })),
        TypeError,
      );
  });
});

const rules = (given: Partial<RetryRules>): RetryRules => retryRules(given) ?? assert.fail();

describe("The wait before a retry", () => {
  it("doubles from the delay to its maximum, and chance takes up to half of it away", () => {
    const given = rules({ delay: 100, maxDelay: 1000 });
    for (const [repetition, longest] of [100, 200, 400, 800, 1000, 1000].entries()) {
      assert.equal(backoff(given, repetition + 1, 0), longest / 2);
      assert.equal(backoff(given, repetition + 1, 0.5), longest * 0.75);
      assert.ok(backoff(given, repetition + 1, 0.999_999) <= longest);
    }
    assert.equal(backoff(rules({ delay: 100 }), 10_000, 0), 15_000);
  });

  const fields = (value: string): Fields => new Fields([["Retry-After", value]]);
  const NOW = Date.UTC(1994, 10, 6, 8, 49, 0);

  it("is that of Retry-After in seconds", () => {
    assert.equal(retryAfter(fields("0"), NOW), 0);
    assert.equal(retryAfter(fields("120"), NOW), 120_000);
    assert.equal(retryAfter(fields("99999999999999999999"), NOW), 1e23);
  });

  for (const date of ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
    it(`is that of Retry-After as a date: ${date}`, () => {
      assert.equal(httpDate(date, NOW), Date.UTC(1994, 10, 6, 8, 49, 37));
      assert.equal(retryAfter(fields(date), NOW), 37_000);
      assert.equal(retryAfter(fields(date), NOW + 37_000), 0);
      assert.equal(retryAfter(fields(date), NOW + 1e9), 0);
    });

  it("reads a year of two digits as the one that is at most 50 years ahead", () => {
    const now = Date.UTC(2026, 0, 1);
    const year = (digits: string): number => new Date(httpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, now) ?? 0).getUTCFullYear();
    assert.deepEqual(["26", "76", "77", "94", "00"].map(year), [2026, 2076, 1977, 1994, 2000]);
  });

  for (const text of [
    "",
    "soon",
    "-1",
    "1.5",
    "1, 2",
    "+1",
    "0x10",
    "1994-11-06T08:49:37Z",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
  ])
    it(`is not that of a Retry-After that is none: ${JSON.stringify(text)}`, () => {
      assert.equal(retryAfter(fields(text), NOW), undefined);
    });

  it("is what Retry-After says, not the delay", () =>
    withServer([status(503, "Retry-After: 0\r\n"), OK], async ({ url }) => {
      const turns: RetryTurn[] = [];
      const hooks = { beforeRetry: (turn: RetryTurn): void => void turns.push(turn) };
      const response = await withClient({ retry: { delay: 1e8, maxDelay: 1e9 }, hooks }, (client) => client.get(url));
      assert.deepEqual([response.status, turns[0]?.delay], [200, 0]);
    }));

  it("is not begun when Retry-After asks for more than maxRetryAfter: the response is the program's", async () => {
    assert.deepEqual(await asked([status(429, "Retry-After: 61\r\n"), OK], { retry: 2, timeout: 600_000 }), { count: 1, end: 429 });
    const retry = { limit: 2, maxRetryAfter: 0 };
    assert.deepEqual(await asked([status(429, "Retry-After: 1\r\n"), OK], { retry }), { count: 1, end: 429 });
    assert.deepEqual(await asked([status(429, "Retry-After: 0\r\n"), OK], { retry }), { count: 2, end: 200 });
  });

  it("is not begun when the time of the whole call would end in it", async () => {
    const retry = { limit: 5, delay: 1e6, maxDelay: 1e6 };
    assert.deepEqual(await asked([status(503), OK], { retry, timeout: 60_000 }), { count: 1, end: 503 });
    assert.deepEqual(await asked([undefined, OK], { retry, timeout: 60_000 }), { count: 1, end: "connection-reset" });
    const asks = { retry: { limit: 2, maxRetryAfter: 1e9 }, timeout: 5000 };
    assert.deepEqual(await asked([status(503, "Retry-After: 30\r\n"), OK], asks), { count: 1, end: 503 });
  });

  it("ends at once when the signal fires, and leaves no listener", () =>
    withServer([status(503)], async ({ url, port, requests }) => {
      const controller = new AbortController();
      const reason = new Error("enough");
      // In the wait: the hook is before it, and the next turn of the loop in it.
      const hooks = { beforeRetry: (): void => void setImmediate(() => setImmediate(() => controller.abort(reason))) };
      const retry = { limit: 1, delay: 50_000, maxDelay: 50_000 };
      const error = await failure(
        withClient({ retry, hooks, timeout: 600_000 }, (client) => client.get(url, { signal: controller.signal })),
      );
      assert.deepEqual([error.code, error.cause, error.peer, requests.length], ["aborted", reason, `127.0.0.1:${port}`, 1]);
      assert.match(error.message, /while it waited to be sent again/);
      assert.equal(getEventListeners(controller.signal, "abort").length, 0);
      assert.ok(!process.getActiveResourcesInfo().includes("Timeout"), "a timer is left");
    }));
});

const chunks = ["one", "two"];

describe("The body of a request that is retried", () => {
  it("is sent again when it is in memory", () =>
    withServer([status(503), OK], async ({ url, requests }) => {
      await withClient({ retry: QUICK }, (client) => client.put(url, { body: "body" }));
      assert.deepEqual(
        requests.map((request) => request.split("\r\n\r\n")[1]),
        ["body", "body"],
      );
    }));

  it("is made again by a function that gives a stream", () =>
    withServer([status(503), OK], async ({ url, requests }) => {
      let made = 0;
      const body = (): Readable => (made++, Readable.from(chunks));
      const response = await withClient({ retry: QUICK }, (client) => client.put(url, { body }));
      assert.deepEqual([response.status, made, requests.length], [200, 2, 2]);
    }));

  it("is never taken from a stream that was there already: the first answer counts", async () => {
    assert.deepEqual(await asked([status(503), OK], { retry: QUICK, body: Readable.from(chunks) }, "PUT"), { count: 1, end: 503 });
    assert.deepEqual(await asked([undefined, OK], { retry: QUICK, body: Readable.from(chunks) }, "PUT"), {
      count: 1,
      end: "connection-reset",
    });
  });
});

describe("The hook beforeRetry", () => {
  it("is told what happened and what follows", () =>
    withServer([undefined, status(503), OK], async ({ url }) => {
      const turns: RetryTurn[] = [];
      const hooks = { beforeRetry: (turn: RetryTurn): void => void turns.push(turn) };
      await withClient({ retry: QUICK, hooks }, (client) => client.get(url));
      assert.deepEqual(
        turns.map(({ method, url: to, repetition, error, status: code }) => [method, to, repetition, error?.code, code]),
        [
          ["GET", `${url}/`, 1, "connection-reset", undefined],
          ["GET", `${url}/`, 2, undefined, 503],
        ],
      );
      assert.ok(turns.every(({ delay }) => delay >= 0.5 && delay <= 2));
    }));

  it("ends it all by throwing, and the connection is free again", () =>
    withServer([status(503)], async ({ url, port, requests }) => {
      const cause = new Error("not again");
      const hooks = {
        beforeRetry: (): void => {
          throw cause;
        },
      };
      await withClient({ retry: QUICK, hooks, maxConnectionsPerOrigin: 1 }, async (client) => {
        const error = await failure(client.get(url));
        assert.deepEqual([error.code, error.cause, error.peer], ["callback-failed", cause, `127.0.0.1:${port}`]);
        assert.equal((await client.get(url, { retry: 0 })).status, 503);
      });
      assert.equal(requests.length, 2);
    }));

  it("ends it with the very error when it throws that", () =>
    withServer([undefined], async ({ url, requests }) => {
      const hooks = {
        beforeRetry: ({ error }: RetryTurn): void => {
          if (error) throw error;
        },
      };
      const error = await failure(withClient({ retry: QUICK, hooks }, (client) => client.get(url)));
      assert.deepEqual([error.code, error.attempt, requests.length], ["connection-reset", 1, 1]);
    }));
});

describe("An answer that is not waited for", () => {
  /** The connections that a call with one retry needs, and those that are open behind it. */
  async function connections(first: string): Promise<readonly [made: number, open: number]> {
    let count = 0;
    const peer = new RawPeer((socket) => void socket.write(++count === 1 ? first : OK));
    const url = await peer.listen();
    await using client = new Client({ retry: { limit: 1, delay: 40 }, maxConnectionsPerOrigin: 1, timeout: 5000 });
    assert.equal(await (await client.get(url)).text(), "ok");
    await until(() => peer.open === 1);
    const made = peer.sockets.length;
    peer.close();
    return [made, 1];
  }

  it("leaves its connection to the repetition when its body is small", async () => {
    assert.deepEqual(await connections(status(503)), [1, 1]);
  });

  it("has its connection closed when its body is large", async () => {
    assert.deepEqual(await connections("HTTP/1.1 503 No\r\nContent-Length: 10000000\r\n\r\nbegun"), [2, 1]);
  });
});
