import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import {
  Client,
  type ClientResponse,
  HttpStatusError,
  isHttpError,
  type ClientOptions,
  type HttpError,
  type Hooks,
} from "../src/client-entry.ts";
import { startEchoServer, type EchoServer, type Seen } from "./helpers/echo-server.ts";
import { polluted } from "./helpers/polluted.ts";

/** `/to?URL` redirects, `/large` has a body that is larger than what is read of one that nobody wants, `/STATUS` has that status, everything else answers. */
function answer(response: ServerResponse, { url }: Seen): void {
  if (url.startsWith("/to?")) response.writeHead(307, { Location: decodeURIComponent(url.slice(4)) });
  else response.statusCode = Number(url.slice(1)) || 200;
  response.end(url === "/large" ? Buffer.alloc(10_000_000) : "body");
}

let server: EchoServer;
let other: EchoServer;
before(async () => {
  [server, other] = await Promise.all([startEchoServer(answer), startEchoServer(answer)]);
});
after(() => Promise.all([server.close(), other.close()]));

async function withClient<Result>(options: ClientOptions, work: (client: Client) => Promise<Result>): Promise<Result> {
  await using client = new Client({ timeout: 10_000, ...options });
  return await work(client);
}

async function failed(promise: Promise<unknown>): Promise<HttpError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(isHttpError(error), String(error));
    return error;
  }
  return assert.fail("it did not fail");
}

const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const to = (url: string): string => `${server.url}/to?${encodeURIComponent(url)}`;
const enough = new Error("enough");
const throws = (): never => {
  throw enough;
};
const never = (): Promise<never> => new Promise(() => {});

describe("The hooks of a client", () => {
  it("are called in the order of the turns, before those of the request, and each is waited for", async () => {
    const heard: string[] = [];
    const hooks = (who: string): Hooks => {
      const note = (turn: string) => async (): Promise<void> => {
        await turnOfLoop();
        heard.push(`${who} ${turn}`);
      };
      return {
        beforeRequest: note("request"),
        beforeRedirect: note("redirect"),
        beforeRetry: note("retry"),
        afterResponse: note("response"),
        onError: note("error"),
      };
    };
    const both = (turn: string): string[] => [`client ${turn}`, `request ${turn}`];
    await withClient({ hooks: hooks("client"), retry: { limit: 1, delay: 0 } }, async (client) => {
      await client.get(to("/503"), { hooks: hooks("request") });
      assert.deepEqual(heard.splice(0), ["request", "redirect", "request", "retry", "response"].flatMap(both));
      await failed(client.get(`${server.url}/404`, { hooks: hooks("request"), throwHttpErrors: true }));
      assert.deepEqual(heard.splice(0), ["request", "response", "error"].flatMap(both));
      await client.get(server.url);
      assert.deepEqual(heard, ["client request", "client response"]);
    });
  });

  it("are those of the client and of the one that extends it", async () => {
    const heard: string[] = [];
    const hooks = (who: string): Hooks => ({ beforeRequest: () => void heard.push(who) });
    const client = new Client({ hooks: hooks("first") });
    await using extended = client.extend({ hooks: hooks("second") });
    await extended.get(server.url, { hooks: hooks("third") });
    assert.deepEqual(heard, ["first", "second", "third"]);
  });

  it("are own functions: a polluted Object.prototype has none", () =>
    polluted(
      { hooks: { beforeRequest: throws }, beforeRequest: throws, beforeRedirect: throws, afterResponse: throws, onError: throws },
      async () => {
        await withClient({}, (client) => client.get(to("/end")));
        await withClient({ hooks: {} }, (client) => client.get(to("/end"), { hooks: { beforeRetry: undefined } }));
      },
    ));

  it("are refused when there is no such turn, or it is no function", async () => {
    for (const hooks of [{ beforeAll: throws }, { beforeRequest: "x" }, "x"])
      await assert.rejects(
        withClient({}, (client) => client.get(server.url, { hooks: hooks as Hooks })),
        /TypeError: the option hooks must be functions by name/,
      );
  });
});

describe("The hook beforeRequest", () => {
  it("sees the request, and its changes of the headers are sent", async () => {
    const seen: unknown[] = [];
    const hooks: Hooks = {
      beforeRequest({ method, url, headers }) {
        seen.push([method, url, headers.get("x-one"), headers.has("HOST"), headers.get("none")]);
        headers.set("X-One", "changed");
        headers.append("X-Two", "a");
        headers.append("X-Two", "b");
        headers.delete("user-agent");
      },
    };
    await withClient({ hooks }, (client) => client.post(server.url, { headers: { "x-one": "1" }, body: "body" }));
    const { headers, body } = server.seen.at(-1) ?? assert.fail();
    assert.deepEqual(seen, [["POST", `${server.url}/`, "1", true, undefined]]);
    assert.deepEqual([headers["x-one"], headers["x-two"], headers["user-agent"], body.toString()], ["changed", "a, b", undefined, "body"]);
  });

  it("is called anew for each hop, and what it set for one is not taken to the next", async () => {
    const hosts: string[] = [];
    const hooks: Hooks = {
      beforeRequest({ url, headers }) {
        hosts.push(new URL(url).host);
        if (hosts.length === 1) headers.set("X-Only", "first");
        headers.append("X-Each", "1");
      },
    };
    await withClient({ hooks }, (client) => client.get(to(`${other.url}/end`)));
    assert.deepEqual(hosts, [server.host, other.host]);
    assert.deepEqual([server.seen.at(-1)?.headers["x-only"], server.seen.at(-1)?.headers["x-each"]], ["first", "1"]);
    assert.deepEqual([other.seen.at(-1)?.headers["x-only"], other.seen.at(-1)?.headers["x-each"]], [undefined, "1"]);
  });

  for (const name of ["Host", "content-length", "Transfer-Encoding", "Connection"])
    it(`cannot touch ${name}, which is the client's own`, async () => {
      const { length } = server.seen;
      for (const change of ["set", "append", "delete"] as const) {
        const hooks: Hooks = { beforeRequest: ({ headers }) => headers[change](name, "1") };
        const { code } = await failed(withClient({ hooks }, (client) => client.post(server.url)));
        assert.equal(code, "invalid-headers");
      }
      assert.equal(server.seen.length, length);
    });

  it("cannot break a line", async () => {
    for (const value of ["a\r\nX-Evil: 1", "a\nb", "\0"]) {
      const hooks: Hooks = { beforeRequest: ({ headers }) => headers.set("X-One", value) };
      const { code, message } = await failed(withClient({ hooks }, (client) => client.get(server.url)));
      assert.equal(code, "invalid-headers");
      assert.doesNotMatch(message, /Evil/);
    }
  });
});

describe("The hook beforeRedirect", () => {
  it("sees where the redirect leads, and may refuse it by throwing", async () => {
    const seen: unknown[] = [];
    const watching: Hooks = { beforeRedirect: (turn) => void seen.push(turn) };
    const place = `${other.url}/end`;
    await withClient({ hooks: watching }, (client) => client.post(to(place)));
    assert.deepEqual(seen, [{ status: 307, from: to(place), to: place, method: "POST" }]);
    const { length } = other.seen;
    const error = await failed(withClient({ hooks: { beforeRedirect: throws } }, (client) => client.get(to(place))));
    assert.deepEqual([error.code, error.phase, error.cause, error.peer], ["callback-failed", "redirect", enough, server.host]);
    assert.equal(other.seen.length, length);
  });
});

describe("The hook afterResponse", () => {
  it("may read the body, which then has been read", async () => {
    let text = "";
    const hooks: Hooks = {
      async afterResponse(response) {
        text = await response.text();
      },
    };
    const response = await withClient({ hooks }, (client) => client.get(server.url));
    assert.deepEqual([text, response.bodyUsed, response.status], ["body", true, 200]);
    await assert.rejects(response.text(), TypeError);
  });

  it("sees the response that counts, whatever its status, and is called once", async () => {
    const seen: unknown[] = [];
    const hooks: Hooks = { afterResponse: ({ status, url }) => void seen.push([status, url]) };
    await failed(withClient({ hooks }, (client) => client.get(to("/500"), { throwHttpErrors: true })));
    assert.deepEqual(seen, [[500, `${server.url}/500`]]);
  });

  it("that throws gives the body up: its connection is free for the next request", () =>
    withClient({ maxConnectionsPerOrigin: 1 }, async (client) => {
      let kept: ClientResponse | undefined;
      const afterResponse = (response: ClientResponse): never => ((kept = response), throws());
      const error = await failed(client.get(`${server.url}/large`, { hooks: { afterResponse } }));
      assert.equal(kept?.bodyUsed, true);
      assert.deepEqual([error.code, error.phase, error.cause, error.peer], ["callback-failed", "headers", enough, server.host]);
      assert.equal((await client.get(server.url)).status, 200);
    }));
});

describe("The hook onError", () => {
  it("hears of every error before the program, and the error stays what it is", async () => {
    const seen: HttpError[] = [];
    const hooks: Hooks = { onError: (error) => void seen.push(error) };
    await withClient({ hooks, throwHttpErrors: true }, async (client) => {
      const refused = await failed(client.get("http://127.0.0.1:1/"));
      const status = await failed(client.get(`${server.url}/404`));
      assert.deepEqual(seen, [refused, status]);
      assert.ok(status instanceof HttpStatusError);
      assert.equal(await status.response.text(), "body");
    });
  });

  it("hears of what another hook threw", async () => {
    const seen: HttpError[] = [];
    const hooks: Hooks = { beforeRequest: throws, onError: (error) => void seen.push(error) };
    const error = await failed(withClient({ hooks }, (client) => client.get(server.url)));
    assert.deepEqual([error.code, seen], ["callback-failed", [error]]);
  });

  it("that throws puts its own in the place of the error", async () => {
    const error = await failed(withClient({ hooks: { onError: throws } }, (client) => client.get("http://127.0.0.1:1/")));
    assert.deepEqual([error.code, error.cause], ["callback-failed", enough]);
  });

  it("hears of a call that was given up, or whose time was over, and does not hold it up", async () => {
    const seen: string[] = [];
    const hooks: Hooks = { onError: ({ code }) => (seen.push(code), never()) };
    const controller = new AbortController();
    const aborting: Hooks = { beforeRequest: () => controller.abort(enough) };
    await withClient({ hooks }, async (client) => {
      const aborted = await failed(client.get(server.url, { signal: controller.signal, hooks: aborting }));
      assert.deepEqual([aborted.code, aborted.cause], ["aborted", enough]);
      const late = await failed(client.get(server.url, { hooks: { beforeRequest: never }, timeout: 50 }));
      assert.equal(late.code, "timeout");
      assert.match(late.message, /while its hook beforeRequest ran/);
    });
    assert.deepEqual(seen, ["aborted", "timeout"]);
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  });
});

describe("A hook", () => {
  const places: Readonly<Record<Exclude<keyof Hooks, "onError">, () => string>> = {
    beforeRequest: () => server.url,
    beforeRedirect: () => to("/end"),
    beforeRetry: () => `${server.url}/503`,
    afterResponse: () => server.url,
  };
  const retry = { limit: 1, delay: 0 } as const;

  for (const [name, place] of Object.entries(places)) {
    for (const [what, hook] of [
      ["throws", throws],
      ["rejects", async () => throws()],
    ] as const)
      it(`${name} that ${what} ends the call, and the error says which it was`, async () => {
        const error = await failed(withClient({ hooks: { [name]: hook }, retry }, (client) => client.get(place())));
        assert.deepEqual([error.code, error.blame, error.cause], ["callback-failed", "caller", enough]);
        assert.match(error.message, new RegExp(`: the hook ${name} threw: enough \\[phase `));
      });

    it(`${name} that never ends is ended by the time of the call`, async () => {
      const error = await failed(withClient({ hooks: { [name]: never }, retry, timeout: 150 }, (client) => client.get(place())));
      assert.equal(error.code, "timeout");
      assert.match(error.message, new RegExp(`150 ms \\(timeout\\.total\\): the time ended while its hook ${name} ran`));
    });

    it(`${name} that never ends is ended by the signal`, async () => {
      const controller = new AbortController();
      const hook = (): Promise<never> => (setImmediate(() => controller.abort(enough)), never());
      const { signal } = controller;
      const error = await failed(withClient({ hooks: { [name]: hook }, retry }, (client) => client.get(place(), { signal })));
      assert.deepEqual([error.code, error.cause, getEventListeners(signal, "abort").length], ["aborted", enough, 0]);
    });
  }

  it("that has ended leaves no listener", async () => {
    const { signal } = new AbortController();
    const hooks: Hooks = Object.fromEntries(Object.keys(places).map((name) => [name, turnOfLoop]));
    for (const place of Object.values(places))
      await withClient({ hooks, retry }, async (client) => (await client.get(place(), { signal })).text());
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("that fails when the call is over already troubles nobody", async () => {
    let fail: ((error: Error) => void) | undefined;
    const late = (): Promise<never> => new Promise((_resolve, reject) => (fail = reject));
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    const error = await failed(withClient({ hooks: { afterResponse: late }, timeout: 150 }, (client) => client.get(server.url)));
    assert.equal(error.code, "timeout");
    fail?.(new Error("too late"));
    await turnOfLoop();
    await turnOfLoop();
    process.off("unhandledRejection", note);
    assert.deepEqual(unhandled, []);
  });

  it("that ends a call lets a stream go that was to be its body", async () => {
    const body = Readable.from(["never sent"]);
    const error = await failed(withClient({ hooks: { beforeRequest: throws } }, (client) => client.post(server.url, { body })));
    assert.deepEqual([error.code, body.destroyed], ["callback-failed", true]);
  });

  it("may throw the error of a request of its own, which becomes that of the call", async () => {
    const hooks: Hooks = {
      beforeRequest: async () => void (await withClient({}, (client) => client.get("http://127.0.0.1:1/token"))),
    };
    const error = await failed(withClient({ hooks }, (client) => client.get(server.url)));
    assert.deepEqual([error.code, error.url], ["connect-refused", "http://127.0.0.1:1/token"]);
  });
});
