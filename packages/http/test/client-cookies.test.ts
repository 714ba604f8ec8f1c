import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import type { ServerResponse } from "node:http";
import { after, before, describe, it } from "node:test";
import { CookieJar } from "tough-cookie";
import {
  Client,
  isHttpError,
  type ClientOptions,
  type HttpError,
  type RequestOptions,
  type TransportResponse,
} from "../src/client-entry.ts";
import { startEchoServer, type EchoServer, type Seen } from "./helpers/echo-server.ts";

/** More than is read of a body that nobody wants. */
const LARGE = Buffer.alloc(10_000_000);

/** `/set?COOKIES` sets them, `/large` one with a large body, `/login` sets one and redirects, `/to?URL` redirects, everything else answers. */
function answer(response: ServerResponse, { url }: Seen): void {
  const query = decodeURIComponent(url.split("?")[1] ?? "");
  if (url.startsWith("/set")) response.setHeader("Set-Cookie", query.split("|"));
  if (url === "/login") response.writeHead(302, { Location: "/home", "Set-Cookie": "session=1; Path=/; HttpOnly" });
  if (url.startsWith("/to")) response.writeHead(307, { Location: query });
  if (url === "/large") response.setHeader("Set-Cookie", "a=1");
  response.end(url === "/large" ? LARGE : "body");
}

let server: EchoServer;
let other: EchoServer;
before(async () => {
  [server, other] = await Promise.all([startEchoServer(answer), startEchoServer(answer)]);
});
after(() => Promise.all([server.close(), other.close()]));

/** The same server under another name of this machine: cookies know no ports. */
const elsewhere = (): string => other.url.replace("127.0.0.1", "localhost");

const sent = ({ seen }: EchoServer): string | undefined => seen.at(-1)?.headers["cookie"];

async function withClient<Result>(options: ClientOptions, work: (client: Client) => Promise<Result>): Promise<Result> {
  await using client = new Client({ timeout: 10_000, ...options });
  return await work(client);
}

async function failure(options: RequestOptions, url = server.url): Promise<HttpError> {
  try {
    await withClient({}, (client) => client.get(url, options));
  } catch (error) {
    assert.ok(isHttpError(error), String(error));
    return error;
  }
  return assert.fail("it did not fail");
}

const set = (...cookies: string[]): string => `/set?${encodeURIComponent(cookies.join("|"))}`;

describe("tough-cookie's jar as the option cookies", () => {
  it("is given what the server sets, and gives it back", () =>
    withClient({ cookies: new CookieJar() }, async (client) => {
      await client.get(server.url);
      assert.equal(sent(server), undefined);
      await client.get(server.url + set("a=1", "b=2; Path=/", "c=3; Path=/elsewhere"));
      await client.get(server.url);
      assert.equal(sent(server), "a=1; b=2");
    }));

  it("is asked at every hop: what a redirect sets is sent to where it leads", () =>
    withClient({ cookies: new CookieJar() }, async (client) => {
      assert.equal((await client.get(`${server.url}/login`)).url, `${server.url}/home`);
      assert.equal(sent(server), "session=1");
      await client.get(`${server.url}/login`);
      assert.equal(sent(server), "session=1");
    }));

  it("sends to another host what is that host's, and nothing else", () =>
    withClient({ cookies: new CookieJar() }, async (client) => {
      await client.get(server.url + set("mine=1"));
      await client.get(`${server.url}/to?${encodeURIComponent(`${elsewhere()}/end`)}`);
      assert.deepEqual([other.seen.at(-1)?.url, sent(other)], ["/end", undefined]);
      await client.get(elsewhere() + set("yours=2"));
      await client.get(`${server.url}/to?${encodeURIComponent(`${elsewhere()}/end`)}`);
      assert.deepEqual([sent(server), sent(other)], ["mine=1", "yours=2"]);
    }));

  it("refuses cookies for other hosts and what is no cookie, and the answer is none the worse", () =>
    withClient({ cookies: new CookieJar() }, async (client) => {
      const response = await client.get(server.url + set("evil=1; Domain=example.com", "", "=; =", "good=1"));
      assert.equal(await response.text(), "body");
      await client.get(server.url);
      assert.equal(sent(server), "good=1");
    }));

  it("is shared by the requests of a client, and each may have another one", () =>
    withClient({ cookies: new CookieJar() }, async (client) => {
      await client.get(server.url + set("a=1"));
      await client.get(server.url, { cookies: new CookieJar() });
      assert.equal(sent(server), undefined);
    }));
});

const jar = (cookies: unknown, setCookie: (cookie: string, url: string) => unknown = () => {}): { cookies: CookieJarLike } => ({
  cookies: { getCookieString: () => cookies as string, setCookie },
});
type CookieJarLike = NonNullable<RequestOptions["cookies"]>;

const throws = (): never => {
  throw new Error("the store is broken");
};

describe("A jar", () => {
  it("is asked with the URL of each hop, and told each cookie with the URL it came from, before the program has the response", async () => {
    const heard: string[] = [];
    const cookies = {
      getCookieString: (url: string): string => (heard.push(`get ${url}`), ""),
      setCookie: async (cookie: string, url: string): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve));
        heard.push(`set ${cookie} ${url}`);
      },
    };
    await withClient({ cookies }, (client) => client.get(`${server.url}/login`));
    assert.deepEqual(heard, [`get ${server.url}/login`, `set session=1; Path=/; HttpOnly ${server.url}/login`, `get ${server.url}/home`]);
  });

  it("that has nothing makes no header", async () => {
    for (const nothing of ["", " "]) {
      await withClient(jar(nothing), (client) => client.get(server.url));
      assert.equal(sent(server), undefined);
    }
  });

  it("is not asked when the header Cookie was set by hand", async () => {
    const own = { cookies: { getCookieString: throws, setCookie: throws } };
    await withClient(own, (client) => client.get(server.url, { headers: { cookie: "mine=1" } }));
    assert.equal(sent(server), "mine=1");
  });

  it("is asked again behind a redirect that took a Cookie set by hand away", async () => {
    const { cookies } = jar("from=jar");
    const url = `${server.url}/to?${encodeURIComponent(`${other.url}/end`)}`;
    await withClient({ cookies }, (client) => client.get(url, { headers: { Cookie: "mine=1" } }));
    assert.deepEqual([sent(server), sent(other)], ["mine=1", "from=jar"]);
  });

  for (const [what, getCookieString] of [
    ["throws", throws],
    ["rejects", async () => throws()],
  ] as const)
    it(`that ${what} ends the call before anything is sent`, async () => {
      const { length } = server.seen;
      const error = await failure({ cookies: { getCookieString, setCookie: () => {} } });
      assert.deepEqual([error.code, error.phase, error.blame, server.seen.length], ["callback-failed", "request", "caller", length]);
      assert.match(error.message, /: the cookie jar threw: the store is broken \[phase request, no connection, attempt 1, 0 bytes sent/);
      assert.ok(error.cause instanceof Error);
    });

  it("that gives no string ends the call", async () => {
    for (const wrong of [undefined, null, 5, ["a=1"], {}]) {
      const error = await failure(jar(wrong));
      assert.equal(error.code, "callback-failed");
      assert.match(error.message, /getCookieString gave no string/);
    }
  });

  for (const wrong of ["a=1\r\nX-Evil: 1", "a=1\nb", "a=\0", "a=\u20ac"])
    it(`cannot break its line: ${JSON.stringify(wrong)}`, async () => {
      const { length } = server.seen;
      const error = await failure(jar(wrong));
      assert.deepEqual([error.code, server.seen.length], ["invalid-headers", length]);
    });

  it("that throws for a cookie does not want it, and hears of the others", async () => {
    const heard: string[] = [];
    const picky = jar("", (cookie) => (cookie === "a=1" ? throws() : heard.push(cookie)));
    assert.equal((await withClient(picky, (client) => client.get(server.url + set("a=1", "b=2")))).status, 200);
    assert.deepEqual(heard, ["b=2"]);
  });

  it("hears of no more than 100 cookies of one answer", async () => {
    const heard: string[] = [];
    const many = Array.from({ length: 150 }, (_, index) => `c${index}=1`);
    await withClient(
      jar("", (cookie) => heard.push(cookie)),
      (client) => client.get(server.url + set(...many)),
    );
    assert.deepEqual(heard, many.slice(0, 100));
  });

  const never = (): Promise<never> => new Promise(() => {});

  it("that never answers ends with the time of the call", async () => {
    const asking = await failure({ cookies: { getCookieString: never, setCookie: () => {} }, timeout: 100 });
    assert.deepEqual([asking.code, asking.phase], ["timeout", "request"]);
    assert.match(asking.message, /within 100 ms \(timeout\.total\): the time ended while its cookies were looked up\./);
    const telling = await failure({ ...jar("", never), timeout: 300 }, server.url + set("a=1"));
    assert.deepEqual([telling.code, telling.phase, telling.peer], ["timeout", "headers", server.host]);
    assert.match(telling.message, /while its cookies were kept/);
  });

  it("that never answers ends with the signal, and nothing listens any more", async () => {
    const controller = new AbortController();
    const getCookieString = (): Promise<never> => (setImmediate(() => controller.abort(new Error("enough"))), never());
    const error = await failure({ cookies: { getCookieString, setCookie: () => {} }, signal: controller.signal });
    assert.deepEqual([error.code, error.cause], ["aborted", controller.signal.reason]);
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  });

  it("that fails when the call is over already troubles nobody", async () => {
    let fail: ((error: Error) => void) | undefined;
    const getCookieString = (): Promise<never> => new Promise((_resolve, reject) => (fail = reject));
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    const error = await failure({ cookies: { getCookieString, setCookie: () => {} }, timeout: 50 });
    assert.equal(error.code, "timeout");
    fail?.(new Error("too late"));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    process.off("unhandledRejection", note);
    assert.deepEqual(unhandled, []);
  });

  it("that hangs holds no answer: its body is let go", async () => {
    let left = 0;
    let last: (() => void) | undefined;
    const pieces = {
      next: () => new Promise<never>(() => {}),
      return: async () => (left++, last?.(), { done: true as const, value: undefined }),
    };
    const body = { [Symbol.asyncIterator]: () => pieces };
    const send = async (): Promise<TransportResponse> => ({ status: 200, headers: [["Set-Cookie", "a=1"]], body });
    const gone = new Promise<void>((resolve) => (last = resolve));
    assert.equal((await failure({ ...jar("", never), transport: { send }, timeout: 100 })).code, "timeout");
    await gone;
    assert.equal(left, 1);
  });

  it("that hangs keeps no connection: an answer whose cookies are not kept is dropped", () =>
    withClient({ maxConnectionsPerOrigin: 1 }, async (client) => {
      await assert.rejects(client.get(`${server.url}/large`, { ...jar("", never), timeout: 300 }), { code: "timeout" });
      assert.equal((await client.get(server.url)).status, 200);
    }));

  it("must have both functions", async () => {
    for (const cookies of [{}, { getCookieString: throws }, { setCookie: throws }, "a=1"])
      await assert.rejects(
        withClient({}, (client) => client.get(server.url, { cookies: cookies as unknown as CookieJarLike })),
        /TypeError: the option cookies must be a jar with getCookieString and setCookie/,
      );
  });
});
