import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { Client, fetch as shared, type Fetch } from "../src/client-entry.ts";
import { freePort } from "../../../test/helpers/listen.ts";
import { startFetchServer, type FetchServer } from "./helpers/fetch-server.ts";

let server: FetchServer;
let client: Client;
let closed: number;
before(async () => {
  server = await startFetchServer();
  closed = await freePort();
  client = new Client({ timeout: 10_000 });
});
after(async () => {
  client.close();
  await server.close();
});

/** A program that uses fetch: what it comes to is compared. */
type Program = (fetch: Fetch, url: string) => Promise<unknown>;

/** What a program gives, or what it fails with, and what its server has seen. */
async function tried(program: Program, fetch: Fetch): Promise<unknown> {
  const before = server.seen.length;
  const result = await program(fetch, server.url).then(
    (value) => ({ value }),
    (error: unknown) => ({ failed: error instanceof Error ? error.name : error }),
  );
  return { result, seen: server.seen.slice(before) };
}

const facts = async (response: Response): Promise<unknown> => ({
  status: response.status,
  statusText: response.statusText,
  ok: response.ok,
  path: response.url.replace(server.url, ""),
  redirected: response.redirected,
  type: response.type,
  text: await response.text(),
  used: response.bodyUsed,
});

const get =
  (path: string, init?: RequestInit): Program =>
  async (fetch, url) =>
    facts(await fetch(url + path, init));

const post =
  (body: () => RequestInit["body"], init: RequestInit = {}): Program =>
  async (fetch, url) =>
    facts(await fetch(`${url}/echo`, { method: "POST", ...init, body: body() ?? null }));

const read =
  (path: string, how: (response: Response) => unknown): Program =>
  async (fetch, url) =>
    how(await fetch(url + path));

const stream = (...pieces: string[]): ReadableStream<Uint8Array> =>
  Readable.toWeb(Readable.from(pieces.map((piece) => Buffer.from(piece))));

async function* given(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("piece by ");
  yield Buffer.from("piece");
}

function form(): FormData {
  const data = new FormData();
  data.set("text", "Grüße\nzwei");
  data.append("text", "again");
  data.set("file", new File(["of bytes"], 'a "name".txt', { type: "text/x-own" }));
  return data;
}

const ALIKE: Readonly<Record<string, Program>> = {
  "a page": get("/text"),
  "a URL object": async (fetch, url) => facts(await fetch(new URL("/text?a=b#c", url))),
  "a URL that has to be normalised": async (fetch, url) => facts(await fetch(`${url}/text/./é f/../g?ü`)),
  "a Request": async (fetch, url) => facts(await fetch(new Request(`${url}/text`, { headers: { "X-Own": "1" } }))),
  "an init that goes before its Request": async (fetch, url) =>
    facts(
      await fetch(new Request(`${url}/echo`, { method: "PUT", body: "one", headers: { "X-Own": "1" } }), { headers: { "X-Other": "2" } }),
    ),
  "a Request as init": async (fetch, url) =>
    facts(await fetch(`${url}/echo`, new Request(url, { method: "POST", headers: { "X-Own": "1" } }))),
  "a Request with a body of text": async (fetch, url) => facts(await fetch(new Request(`${url}/echo`, { method: "POST", body: "Grüße" }))),
  "a Request with a form": async (fetch, url) => facts(await fetch(new Request(`${url}/echo`, { method: "POST", body: form() }))),
  "a Request whose body was read": async (fetch, url) => {
    const request = new Request(`${url}/echo`, { method: "POST", body: "once" });
    await request.text();
    return fetch(request);
  },
  "headers as an object, a number among them": get("/text", {
    headers: { "X-Number": 5, "X-Text": " around " } as unknown as Record<string, string>,
  }),
  "headers as pairs": get("/text", {
    headers: [
      ["X-Twice", "1"],
      ["x-twice", "2"],
    ],
  }),
  Headers: get("/text", { headers: new Headers({ "X-Own": "a", Authorization: "Basic eA==" }) }),
  "a header that is a line of its own": get("/text", { headers: { "X-Own": "a\r\nX-Other: b" } }),
  "a header with an end of line behind it": get("/text", { headers: { "X-Own": "key\n" } }),
  "a header with a name that is none": get("/text", { headers: { "X Own": "a" } }),
  "a method in lower case": get("/echo", { method: "delete" }),
  "a method of one's own": get("/echo", { method: "Purge" }),
  "a forbidden method": get("/echo", { method: "trace" }),
  "a method that is none": get("/echo", { method: "GET IT" }),
  "a body of text": post(() => "Grüße"),
  "a body of bytes": post(() => new Uint8Array([1, 2, 255])),
  "a body of an ArrayBuffer": post(() => new Uint8Array([3, 4]).buffer),
  "a body of URLSearchParams": post(() => new URLSearchParams({ a: "b c" })),
  "a body of a Blob": post(() => new Blob(["blob"], { type: "text/x-blob" })),
  "a body of FormData": post(form),
  "a body of a web stream": post(() => stream("one", "two"), { duplex: "half" }),
  "a body of an async iterable": post(given, { duplex: "half" }),
  "a stream with its Content-Length": post(() => stream("one", "two"), { duplex: "half", headers: { "Content-Length": "6" } }),
  "a body with a type of one's own": post(() => "<a/>", { headers: { "content-type": "text/xml" } }),
  "no body of a POST": post(() => null),
  "a body of a GET": post(() => "text", { method: "GET" }),
  "a stream that breaks": post(
    () =>
      Readable.toWeb(
        Readable.from(
          (async function* broken() {
            yield "a";
            throw new Error("broken");
          })(),
        ),
      ),
    { duplex: "half" },
  ),
  HEAD: async (fetch, url) => {
    const response = await fetch(`${url}/text`, { method: "HEAD" });
    return [response.body, response.headers.get("content-length"), await facts(response)];
  },
  "204, which has no body": async (fetch, url) => {
    const response = await fetch(`${url}/empty/204`);
    return [response.body, await facts(response)];
  },
  "304, which has no body": read("/empty/304", ({ status, body }) => [status, body]),
  "404, which is no error": get("/status/404"),
  "a status that nobody knows": get("/status/999"),
  JSON: read("/json", (response) => response.json()),
  "JSON that is none": read("/text", (response) => response.json()),
  "a form that comes back": read("/form", async (response) => [...(await response.formData())]),
  "a Blob with its type": read("/typed", async (response) => {
    const blob = await response.blob();
    return [blob.type, blob.size];
  }),
  "an ArrayBuffer": read("/typed", async (response) => [...new Uint8Array(await response.arrayBuffer())]),
  "a body that is read twice": read("/text", async (response) => [await response.text(), await response.text()]),
  "a clone, with all that is known": read("/308", async (response) => {
    const clone = response.clone();
    return [await facts(clone), await facts(clone.redirected ? response : clone), clone instanceof Response];
  }),
  "a clone of a status that nobody knows": read("/status/999", async (response) => facts(response.clone())),
  "Set-Cookie line by line": read("/cookies", ({ headers }) => [headers.getSetCookie(), headers.get("x-twice"), headers.get("x-none")]),
  "a packed body": get("/gzip"),
  "a packed body that is none": get("/bad-gzip"),
  "a body by its iterator": read("/large", async ({ body }) => {
    let size = 0;
    for await (const piece of body ?? []) size += piece.length;
    return size;
  }),
  "a body into memory of one's own": read("/typed", async ({ body }) => {
    const reader = body?.getReader({ mode: "byob" });
    const first = await reader?.read(new Uint8Array(2));
    const second = await reader?.read(new Uint8Array(2));
    const last = await reader?.read(new Uint8Array(2));
    return [first, second, last].map((step) => [step?.done, [...(step?.value ?? [])]]);
  }),
  "a body that is cancelled": read("/large", async (response) => {
    await response.body?.cancel();
    return response.bodyUsed;
  }),
  "301 after a POST": async (fetch, url) => facts(await fetch(`${url}/301`, { method: "POST", body: "text" })),
  "303 after a PUT": async (fetch, url) => facts(await fetch(`${url}/303`, { method: "PUT", body: "text" })),
  "307 with its body": async (fetch, url) => facts(await fetch(`${url}/307`, { method: "POST", body: "text" })),
  "307 with the body of a Request": async (fetch, url) => facts(await fetch(new Request(`${url}/307`, { method: "POST", body: "text" }))),
  "307 with a stream": async (fetch, url) => facts(await fetch(`${url}/307`, { method: "POST", body: stream("a"), duplex: "half" })),
  "308 with a fragment": get("/308"),
  'redirect: "manual"': read("/302", async (response) => [response.headers.get("location"), await facts(response)]),
  'redirect: "error"': get("/302", { redirect: "error" }),
  "a redirect mode that is none": get("/text", { redirect: "maybe" as "follow" }),
  "a redirect to nowhere": get("/nowhere"),
  "a redirect to another scheme": get("/ftp"),
  "a redirect in a circle": get("/loop"),
  "a URL with a password": async (fetch, url) => fetch(url.replace("//", "//user:word@")),
  "a URL that is none": async (fetch) => fetch("//nowhere"),
  "an init that is none": async (fetch, url) => fetch(url, "init" as RequestInit),
  "a signal that is none": get("/text", { signal: {} as AbortSignal }),
  "a body that is cut": get("/cut"),
  "a connection that is reset": get("/reset"),
  "a server that does not listen": async (fetch) => fetch(`http://127.0.0.1:${closed}/`),
  "a signal that has fired": get("/text", { signal: AbortSignal.abort() }),
  "a signal that has fired for a reason": get("/text", { signal: AbortSignal.abort("a reason") }),
  "a signal that fires before the head": async (fetch, url) => {
    const stop = new AbortController();
    const promise = fetch(`${url}/never`, { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    return promise;
  },
  "a signal that runs out": get("/never", { signal: AbortSignal.timeout(20) }),
  "a Request's signal": async (fetch, url) => {
    const stop = new AbortController();
    const promise = fetch(new Request(`${url}/never`, { signal: stop.signal }));
    setTimeout(() => stop.abort({ own: "reason" }), 20);
    return promise;
  },
  "a signal that fires in the body": async (fetch, url) => {
    const stop = new AbortController();
    const response = await fetch(`${url}/stuck`, { signal: stop.signal });
    setTimeout(() => stop.abort("enough"), 20);
    return response.text();
  },
  "a signal that fires after all": async (fetch, url) => {
    const stop = new AbortController();
    const response = await fetch(`${url}/text`, { signal: stop.signal });
    const text = await response.text();
    stop.abort();
    return [text, response.ok];
  },
};

describe("fetch does what Node's own does with", () => {
  for (const [what, program] of Object.entries(ALIKE))
    it(what, async () => {
      const node = await tried(program, globalThis.fetch);
      assert.deepEqual(await tried(program, client.fetch), node);
      assert.deepEqual(await tried(program, shared), node);
    });
});
