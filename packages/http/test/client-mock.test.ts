import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Client, mockTransport, type MockRoute, type RequestOptions } from "../src/client-entry.ts";
import { polluted } from "./helpers/polluted.ts";
import { errorOf } from "./helpers/error-of.ts";

const HOST = "https://api.example";

const clientOf = (routes: readonly MockRoute[], options: RequestOptions = {}) => {
  const transport = mockTransport(routes);
  return { transport, client: new Client({ ...options, transport }) };
};

describe("A mock transport", () => {
  it("answers with a status, headers, and a body that is text, bytes, JSON or a stream", async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("pie");
      yield Buffer.from("ces");
    }
    const { client } = clientOf([
      { url: `${HOST}/text`, reply: { status: 202, statusText: "Later", headers: { "X-Name": "lamp" }, body: "text" } },
      { url: `${HOST}/bytes`, reply: { body: Uint8Array.of(1, 2) } },
      { url: `${HOST}/json`, reply: { json: { on: true } } },
      { url: `${HOST}/typed`, reply: { json: [], headers: { "content-type": "application/problem+json" } } },
      { url: `${HOST}/stream`, reply: () => ({ body: pieces() }) },
      { url: `${HOST}/nothing` },
    ]);
    const text = await client.get(`${HOST}/text`);
    assert.deepEqual([text.status, text.statusText, text.headers.get("x-name"), await text.text()], [202, "Later", "lamp", "text"]);
    assert.deepEqual(await (await client.get(`${HOST}/bytes`)).bytes(), Uint8Array.of(1, 2));
    const json = await client.get(`${HOST}/json`);
    assert.deepEqual([json.headers.get("content-type"), await json.json()], ["application/json", { on: true }]);
    assert.equal((await client.get(`${HOST}/typed`)).headers.get("content-type"), "application/problem+json");
    assert.equal(await (await client.get(`${HOST}/stream`)).text(), "pieces");
    const nothing = await client.get(`${HOST}/nothing`);
    assert.deepEqual([nothing.status, await nothing.text()], [200, ""]);
  });

  it("finds its route by method and URL: whole, without query, a path, a RegExp, a pattern, a function", async () => {
    const named = (name: string): Pick<MockRoute, "reply"> => ({ reply: { body: name } });
    const { client } = clientOf([
      { method: "post", url: `${HOST}/a`, ...named("post") },
      { url: `${HOST}/a?x=1`, ...named("query") },
      { url: `${HOST}/a`, ...named("any query") },
      { url: "/path", ...named("path") },
      { url: "/exact?y=2", ...named("exact") },
      { url: /\/devices\/\d+$/g, ...named("pattern") },
      { url: { test: (url) => url.endsWith("/tested") }, ...named("tested") },
      { url: (url) => new URL(url).port === "81", ...named("function") },
    ]);
    const text = async (url: string, method = "GET"): Promise<string> => (await client.request(method, url)).text();
    assert.deepEqual(
      [await text(`${HOST}/a`, "POST"), await text(`${HOST}/a`), await text(`${HOST}/a?x=1`), await text(`${HOST}/a?x=2`)],
      ["post", "any query", "query", "any query"],
    );
    assert.deepEqual([await text("http://other/path?z"), await text("http://other/exact?y=2")], ["path", "exact"]);
    for (let times = 0; times < 2; times++) assert.equal(await text(`${HOST}/devices/12`), "pattern");
    assert.deepEqual([await text(`${HOST}/tested`), await text("http://h:81/")], ["tested", "function"]);
    assert.equal((await errorOf(text(`${HOST}/A`))).code, "transport-failed");
    assert.equal((await errorOf(text("http://other/exact?y=3"))).code, "transport-failed");
  });

  it("answers as often as it was told, then with the next route", async () => {
    const { client, transport } = clientOf([
      { url: "/", times: 2, reply: { status: 503 } },
      { url: "/", times: 1, reply: { status: 200, body: "at last" } },
    ]);
    assert.equal(transport.unused.length, 2);
    const response = await client.get(HOST, { retry: { limit: 2, delay: 1 } });
    assert.deepEqual(
      response.attempts.map(({ status }) => status),
      [503, 503, 200],
    );
    assert.deepEqual(transport.unused, []);
    const error = await errorOf(client.get(HOST));
    assert.match(error.message, /The nearest is any method \/: it was declared for 2 requests, and has had 2\. \[/);
  });

  it("remembers its requests: method, URL, headers, body", async () => {
    const { client, transport } = clientOf([{ url: "/form" }, { url: "/json" }, { url: "/none" }]);
    await client.post(`${HOST}/form`, { form: { a: "1 2" }, headers: { "X-Name": "lamp" } });
    await client.put(`${HOST}/json`, { json: { on: true } });
    await client.get(`${HOST}/none`);
    const [form, json, none] = transport.requests;
    assert.deepEqual([form?.method, form?.url, form?.headers.get("x-name"), form?.text()], ["POST", `${HOST}/form`, "lamp", "a=1+2"]);
    assert.deepEqual([json?.json(), json?.headers.get("content-type")], [{ on: true }, "application/json"]);
    assert.deepEqual(none?.bytes(), new Uint8Array());
  });

  it("makes answers of requests, and what goes wrong in that is the cause of the error", async () => {
    const { client } = clientOf([
      { method: "POST", url: "/echo", reply: async (request) => ({ json: request.json() }) },
      { url: "/broken", reply: () => assert.fail("not as expected") },
    ]);
    assert.deepEqual(await (await client.post(`${HOST}/echo`, { json: [1] })).json(), [1]);
    const error = await errorOf(client.get(`${HOST}/broken`));
    assert.equal(error.code, "transport-failed");
    assert.ok(error.cause instanceof assert.AssertionError);
  });

  it("lets a request fail as the network would: before the answer, or in the middle of its body", async () => {
    const faults = ["connect-refused", "dns-not-found", "timeout", "connection-reset", "closed-early", "tls-untrusted"] as const;
    for (const fault of faults) {
      const error = await errorOf(clientOf([{ url: "/", fault }]).client.get(HOST));
      assert.deepEqual([error.code, error.method, error.attempt], [fault, "GET", 1]);
    }
    const { client } = clientOf([{ url: "/", fault: "connection-reset", reply: { headers: { "Content-Length": "9" }, body: "half" } }]);
    const response = await client.get(HOST);
    assert.equal(response.status, 200);
    const error = await errorOf(response.text());
    assert.deepEqual([error.code, error.phase, error.bytesReceived], ["connection-reset", "body", 4]);
  });

  it("lets the client try again after a fault", async () => {
    const { client, transport } = clientOf([
      { url: "/", times: 1, fault: "connection-reset" },
      { url: "/", reply: { body: "again" } },
    ]);
    assert.equal(await (await client.get(HOST, { retry: { limit: 1, delay: 1 } })).text(), "again");
    assert.equal(transport.requests.length, 2);
  });

  it("takes its time, or for ever, as far as the client waits", async () => {
    const { client } = clientOf([
      { url: "/late", delay: 20, reply: { body: "late" } },
      { url: "/never", delay: Number.POSITIVE_INFINITY },
    ]);
    assert.equal(await (await client.get(`${HOST}/late`)).text(), "late");
    const error = await errorOf(client.get(`${HOST}/never`, { timeout: { headers: 20 } }));
    assert.deepEqual([error.code, error.blame], ["timeout", "server"]);
  });

  it("says of an unexpected request what is declared, and what comes nearest", async () => {
    const { client } = clientOf([
      { method: "POST", url: `${HOST}/devices` },
      { method: "GET", url: `${HOST}/rooms/kitchen` },
      { url: /^http:/ },
    ]);
    const method = await errorOf(client.get(`${HOST}/devices`));
    assert.match(
      method.message,
      /no answer is declared for GET https:\/\/api\.example\/devices; there are answers for POST https:\/\/api\.example\/devices, GET https:\/\/api\.example\/rooms\/kitchen, any method \/\^http:\/\. The nearest is POST https:\/\/api\.example\/devices: its method is another one\. \[/,
    );
    assert.match(
      (await errorOf(client.get(`${HOST}/rooms/kitchn`))).message,
      /The nearest is GET https:\/\/api\.example\/rooms\/kitchen: its URL is another one/,
    );
    assert.ok(!(await errorOf(client.get("https://zzz/"))).message.includes("nearest"));
    assert.match((await errorOf(clientOf([]).client.get(HOST))).message, /there is none for any request\./);
  });

  it("shows no secret of a URL in that", async () => {
    const { client } = clientOf([{ url: `${HOST}/?token=declared-secret` }], { secrets: ["pin"] });
    const error = await errorOf(client.get(`${HOST}/?token=sent-secret&pin=pin-secret`));
    assert.match(error.message, /token=\*\*\*&pin=\*\*\*/);
    assert.doesNotMatch(error.message + String(error.stack) + JSON.stringify(error), /-secret/);
  });

  it("refuses routes that cannot be meant", () => {
    const refused: readonly (readonly [object, RegExp])[] = [
      [{ url: 5 }, /the url of a mock's route must be/],
      [{ url: "/", times: 0 }, /times of a mock's route/],
      [{ url: "/", fault: "no-such" }, /fault of a mock's route must be one of dns-not-found/],
      [{ url: "/", response: {} }, /has no "response"; it has method, url/],
    ];
    for (const [route, words] of refused) assert.throws(() => mockTransport([route as MockRoute]), { name: "TypeError", message: words });
  });

  it("reads its routes by their own members alone", async () => {
    await polluted({ fault: "timeout", delay: 1e9, times: 0, method: "PUT", json: "polluted" }, async () => {
      const { client } = clientOf([{ url: "/", reply: { body: "own" } }]);
      assert.equal(await (await client.get(HOST)).text(), "own");
    });
  });
});
