import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { after, before, beforeEach, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIUserAbortError, RateLimitError, toFile } from "openai";
import { Client, HttpError } from "../packages/http/src/client-entry.ts";
import { listen } from "./helpers/listen.ts";

/** A request of a library, as its server saw it. */
interface Seen {
  readonly call: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

const seen: Seen[] = [];

/** Answers that are still to come for a path, before its usual one. */
let first: ((response: ServerResponse) => void)[] = [];

const json = (response: ServerResponse, status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void =>
  void response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(value));

const completion = (object: string, choice: object): object => ({
  id: "chatcmpl-1",
  object,
  created: 1,
  model: "small",
  choices: [{ index: 0, ...choice }],
});

const WORDS = ["Hel", "lo, ", "Grüße"];

async function streamWords(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  for (const content of WORDS) {
    const event = JSON.stringify(completion("chat.completion.chunk", { delta: { content }, finish_reason: null }));
    // In the middle of a line, and of a character.
    const bytes = Buffer.from(`data: ${event}\n\n`);
    response.write(bytes.subarray(0, -24));
    await new Promise((later) => setTimeout(later, 5));
    response.write(bytes.subarray(-24));
  }
  response.end("data: [DONE]\n\n");
}

/** The calls of the API, or as much of it as is used here. */
const API: Readonly<Record<string, (response: ServerResponse, body: Buffer) => unknown>> = {
  "POST /v1/chat/completions": (response, body) => {
    const { stream } = JSON.parse(body.toString()) as { readonly stream?: boolean };
    if (stream) return streamWords(response);
    return json(response, 200, completion("chat.completion", { message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }));
  },
  "POST /v1/files": (response, body) => json(response, 200, { id: "file-1", object: "file", bytes: body.length, filename: "a.jsonl" }),
  "GET /v1/files/file-1/content": (response) => void response.end(Buffer.from([0, 255, 10])),
  "GET /v1/models/slow": () => {},
  "POST /v1/echo": (response, body) => json(response, 200, { given: JSON.parse(body.toString()) as unknown }),
  "PUT /v1/echo": (response, body) => json(response, 200, { put: JSON.parse(body.toString()) as unknown }),
};

const server = createServer((request, response) => {
  const answer = async (): Promise<void> => {
    const call = `${request.method ?? ""} ${request.url ?? ""}`;
    const body = await buffer(request);
    seen.push({ call, headers: request.headers, body });
    const own = first.shift();
    if (own) return own(response);
    await (API[call] ?? ((out: ServerResponse) => json(out, 404, { error: { message: `no ${call}` } })))(response, body);
  };
  answer().catch(() => response.destroy());
});

let client: Client;
let baseURL: string;
before(async () => {
  baseURL = `http://127.0.0.1:${await listen(server)}/v1`;
  client = new Client({ timeout: 10_000 });
});
after(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen.length = 0;
  first = [];
});

const last = (): Seen => seen.at(-1) ?? assert.fail("nothing was asked");

const question = { model: "small", messages: [{ role: "user" as const, content: "Say hello." }] };

describe("The SDK of OpenAI, on client.fetch,", () => {
  /** The function alone, as it would be handed over by a program. */
  const sdk = (): OpenAI => new OpenAI({ baseURL, apiKey: "sk-test", fetch: client.fetch, maxRetries: 2 });

  test("asks and is answered in JSON", async () => {
    const { choices } = await sdk().chat.completions.create(question);
    assert.equal(choices[0]?.message.content, "Hello");
    assert.deepEqual(JSON.parse(last().body.toString()), question);
    assert.deepEqual(
      [last().headers.authorization, last().headers["content-type"], last().headers["content-length"]],
      ["Bearer sk-test", "application/json", String(last().body.length)],
    );
  });

  test("reads a stream of events as they come", async () => {
    const words: string[] = [];
    for await (const { choices } of await sdk().chat.completions.create({ ...question, stream: true }))
      words.push(choices[0]?.delta.content ?? "");
    assert.deepEqual(words, WORDS);
  });

  test("stops reading a stream that it leaves, and the next request is served", async () => {
    for await (const { choices } of await sdk().chat.completions.create({ ...question, stream: true })) {
      assert.equal(choices[0]?.delta.content, "Hel");
      break;
    }
    assert.equal((await sdk().chat.completions.create(question)).choices.length, 1);
  });

  test("uploads a file as multipart/form-data, and downloads bytes", async () => {
    const file = await toFile(Buffer.from('{"a":1}\n'), "a.jsonl", { type: "application/jsonl" });
    const made = await sdk().files.create({ file, purpose: "batch" });
    assert.equal(made.id, "file-1");
    const [, boundary = ""] = /^multipart\/form-data; boundary=(.+)$/.exec(last().headers["content-type"] ?? "") ?? [];
    const [, part, purpose] = last().body.toString().split(`--${boundary}`);
    assert.match(purpose ?? "", /^\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n$/);
    assert.match(part ?? "", /name="file"; filename="a\.jsonl"\r\nContent-Type: application\/jsonl\r\n\r\n\{"a":1\}\n\r\n$/);
    const content = await (await sdk().files.content("file-1")).arrayBuffer();
    assert.deepEqual([...new Uint8Array(content)], [0, 255, 10]);
  });

  test("sends again what was answered with 429, and tells of the error when that does not help", async () => {
    const busy = (response: ServerResponse): void =>
      json(response, 429, { error: { message: "Slow down.", code: "rate_limit" } }, { "retry-after-ms": "1" });
    first = [busy];
    assert.equal((await sdk().chat.completions.create(question)).id, "chatcmpl-1");
    assert.equal(seen.length, 2);
    first = [busy, busy, busy];
    await assert.rejects(sdk().chat.completions.create(question), (error) => {
      assert.ok(error instanceof RateLimitError);
      assert.deepEqual([error.status, error.code], [429, "rate_limit"]);
      return true;
    });
    assert.equal(seen.length, 5);
  });

  test("gives a request up when its signal fires, and when its time is over", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    await assert.rejects(sdk().models.retrieve("slow", { signal: stop.signal }), APIUserAbortError);
    await assert.rejects(sdk().models.retrieve("slow", { timeout: 20, maxRetries: 0 }), APIConnectionTimeoutError);
  });

  test("has the client's error as the cause of its own when there is no answer", async () => {
    const alone = new OpenAI({ baseURL: "http://127.0.0.1:1/v1", apiKey: "sk-test", fetch: client.fetch, maxRetries: 0 });
    await assert.rejects(alone.models.list(), (error) => {
      assert.ok(error instanceof APIConnectionError && error.cause instanceof TypeError);
      const { cause } = error.cause;
      assert.ok(cause instanceof HttpError);
      assert.equal(cause.code, "connect-refused");
      return true;
    });
  });
});

/** What is used of ky, which is a dependency of the bench alone. */
type Ky = (url: string, options: object) => Promise<Response> & { json(): Promise<unknown> };

describe("ky, on client.fetch,", async () => {
  const { default: ky } = (await import(pathToFileURL(createRequire(resolve("bench/package.json")).resolve("ky")).href)) as { default: Ky };
  const ask = (path: string, options: object): ReturnType<Ky> => ky(`${baseURL}/${path}`, { fetch: client.fetch, ...options });

  test("posts JSON in a Request, which goes with its length", async () => {
    assert.deepEqual(await ask("echo", { method: "post", json: { celsius: 21.5 } }).json(), { given: { celsius: 21.5 } });
    assert.deepEqual([last().headers["content-length"], last().headers["content-type"]], ["16", "application/json"]);
  });

  test("sends again what was answered with 503", async () => {
    first = [(response) => void response.writeHead(503).end()];
    assert.deepEqual(await ask("echo", { method: "put", json: 1, retry: { limit: 1, delay: () => 1 } }).json(), { put: 1 });
    assert.equal(seen.length, 2);
    assert.equal(last().body.toString(), "1");
  });

  test("gives a request up when its time is over", async () => {
    await assert.rejects(ask("models/slow", { timeout: 20, retry: 0 }), { name: "TimeoutError" });
  });
});
