import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inspect, promisify } from "node:util";
import {
  Client,
  isHttpError,
  mockTransport,
  recordHar,
  recordTransport,
  type CompleteMessage,
  type ConnectMessage,
  type ErrorMessage,
  type RedirectMessage,
  type RequestMessage,
  type ResponseMessage,
  type RetryMessage,
  type Transport,
} from "../src/client-entry.ts";
import { makeIdentity } from "../../../test/helpers/certificates.ts";
import { startEchoServer, type EchoServer } from "./helpers/echo-server.ts";

/** The messages by the channel's last word. */
interface Messages {
  readonly request: RequestMessage;
  readonly response: ResponseMessage;
  readonly complete: CompleteMessage;
  readonly redirect: RedirectMessage;
  readonly retry: RetryMessage;
  readonly error: ErrorMessage;
  readonly connect: ConnectMessage;
}

type Heard = { [Name in keyof Messages]: readonly [name: Name, message: Messages[Name]] }[keyof Messages];

const NAMES = ["request", "response", "complete", "redirect", "retry", "error", "connect"] as const;

/** What the channels say during the work. */
async function heard(work: () => Promise<unknown>, names: readonly (keyof Messages)[] = NAMES): Promise<readonly Heard[]> {
  const messages: Heard[] = [];
  const listeners = names.map((name) => [`nodemcu-http:${name}`, (message: unknown) => messages.push([name, message] as Heard)] as const);
  for (const [channel, listener] of listeners) subscribe(channel, listener);
  try {
    await work();
  } finally {
    for (const [channel, listener] of listeners) unsubscribe(channel, listener);
  }
  return messages;
}

const of = <Name extends keyof Messages>(messages: readonly Heard[], wanted: Name): Messages[Name][] =>
  messages.filter(([name]) => name === wanted).map(([, message]) => message as Messages[Name]);

const names = (messages: readonly Heard[]): string[] => messages.map(([name]) => name);

let server: EchoServer;
let client: Client;
before(async () => {
  server = await startEchoServer((response, { url, body }) => {
    if (url.startsWith("/redirect")) response.writeHead(302, { Location: "/landed?token=url-secret" }).end();
    else if (url.startsWith("/busy")) response.writeHead(503).end();
    else response.setHeader("Set-Cookie", "id=cookie-secret; Path=/").end(`${body.length} bytes`);
  });
  client = new Client({ baseUrl: server.url });
});
after(async () => {
  client.close();
  await server.close();
});

describe("The diagnostics channels", () => {
  it("tell of a call: its request, its connection, its response, its end", async () => {
    await using fresh = new Client({ baseUrl: server.url });
    const messages = await heard(async () => (await fresh.post("/echo?room=1", { body: "12345" })).text());
    assert.deepEqual(names(messages), ["request", "connect", "response", "complete"]);
    const [request] = of(messages, "request");
    const [connect] = of(messages, "connect");
    const [response] = of(messages, "response");
    const [complete] = of(messages, "complete");
    assert.ok(request && connect && response && complete);
    const url = `${server.url}/echo?room=1`;
    for (const message of [request, response, complete])
      assert.deepEqual([message.method, message.url, message.id], ["POST", url, request.id]);
    assert.deepEqual(
      request.headers.map(([name]) => name),
      server.seen.at(-1)?.lines.map(([name]) => name),
    );
    const [host = "", port] = server.host.split(":");
    const peer = { host, port: Number(port) };
    const { elapsed, ...place } = connect;
    assert.deepEqual(place, { host, port: Number(port), peer, tls: undefined });
    assert.ok(elapsed >= 0);
    assert.deepEqual([response.status, response.peer, response.reused, response.attempts], [200, peer, false, 1]);
    assert.ok(response.headers.some(([name, value]) => name === "Set-Cookie" && value === "id=***; Path=/"));
    assert.deepEqual([complete.status, complete.bytes], [200, 7]);
    assert.ok(complete.timings.total > 0 && complete.timings.connect !== undefined && complete.elapsed >= response.elapsed);
  });

  it("tell of redirects and repetitions between the two, all with the number of their call", async () => {
    const messages = await heard(async () => {
      await (await client.get("/redirect?token=url-secret")).text();
      await (await client.get("/busy", { retry: { limit: 1, delay: 1 } })).text();
      await assert.rejects(client.get("http://127.0.0.1:1/", { retry: { limit: 1, delay: 1 } }));
    });
    assert.deepEqual(
      names(messages).filter((name) => name !== "connect"),
      ["request", "redirect", "response", "complete", "request", "retry", "response", "complete", "request", "retry", "error"],
    );
    const [redirect] = of(messages, "redirect");
    assert.deepEqual(
      [redirect?.status, redirect?.url, redirect?.to],
      [302, `${server.url}/redirect?token=***`, `${server.url}/landed?token=***`],
    );
    const [busy, refused] = of(messages, "retry");
    assert.deepEqual([busy?.status, busy?.code, busy?.repetition], [503, undefined, 1]);
    assert.deepEqual([refused?.status, refused?.code], [undefined, "connect-refused"]);
    assert.equal(of(messages, "response")[1]?.attempts, 2);
    const ids = messages.flatMap(([name, message]) => (name === "connect" ? [] : [message.id]));
    const [first = 0] = ids;
    assert.deepEqual(
      ids.map((id) => id - first),
      [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2],
    );
  });

  it("tell of failures, before the response and in its body", async () => {
    const transport = mockTransport([
      { url: "/broken", fault: "connection-reset", reply: { body: "half" } },
      { url: "/refused", fault: "connect-refused" },
    ]);
    const messages = await heard(async () => {
      await assert.rejects((await client.get("/broken", { transport })).text());
      await assert.rejects(client.get("/refused", { transport }));
      await assert.rejects(client.get("/redirect", { redirect: "error" }));
    });
    assert.deepEqual(
      names(messages).filter((name) => name !== "connect"),
      ["request", "response", "error", "request", "error", "request", "error"],
    );
    const errors = of(messages, "error");
    assert.deepEqual(
      errors.map(({ code, phase, blame }) => [code, phase, blame]),
      [
        ["connection-reset", "body", "network"],
        ["connect-refused", "connect", "network"],
        ["redirect-refused", "redirect", "caller"],
      ],
    );
    assert.match(errors[1]?.message ?? "", /^GET http:\/\/127\.0\.0\.1:\d+\/refused: the mock was declared to fail/);
  });

  it("tell of the end of a response that has no body, or whose body is left, once", async () => {
    const messages = await heard(async () => {
      await client.head("/echo");
      (await client.get("/echo")).discard();
      const left = await client.get("/echo");
      for await (const piece of left) if (piece.length > 0) break;
      left.discard();
    });
    assert.deepEqual(
      of(messages, "complete").map(({ method, bytes }) => [method, bytes]),
      [
        ["HEAD", 0],
        ["GET", 0],
        ["GET", 7],
      ],
    );
  });

  it("tell what a TLS handshake came to, but not the certificate", async () => {
    const identity = await makeIdentity();
    const secure = await startEchoServer(undefined, identity);
    await using fresh = new Client({ tls: { ca: identity.cert } });
    const [connect] = of(await heard(async () => (await fresh.get(secure.url)).text()), "connect");
    await secure.close();
    assert.equal(connect?.tls?.version, "TLSv1.3");
    assert.deepEqual(Object.keys(connect.tls).toSorted(), ["alpn", "cipher", "resumed", "version"]);
  });

  it("tell each channel's subscribers alone, and nobody else anything", async () => {
    const ask = async (): Promise<unknown> => (await client.get("/redirect")).text();
    for (const name of ["request", "response", "complete", "redirect"] as const) assert.deepEqual(names(await heard(ask, [name])), [name]);
    assert.deepEqual(await heard(ask, []), []);
  });

  it("do not let a subscriber that throws break a request: it is an uncaught exception of its own", async () => {
    const script = `
      import { subscribe } from "node:diagnostics_channel";
      import { Client, mockTransport } from ${JSON.stringify(new URL("../src/client-entry.ts", import.meta.url).href)};
      process.on("uncaughtException", (error) => console.log(error.message));
      for (const name of ["request", "response", "complete"]) subscribe("nodemcu-http:" + name, () => { throw new Error("thrown at " + name); });
      const client = new Client({ transport: mockTransport([{ url: "/", reply: { body: "the body" } }]) });
      console.log(await (await client.get("http://h/")).text());`;
    const args = ["--import", "tsx", "--input-type=module", "-e", script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: new URL("../../..", import.meta.url), timeout: 30_000 });
    assert.deepEqual(stdout.trim().split("\n").toSorted(), ["the body", "thrown at complete", "thrown at request", "thrown at response"]);
  });
});

describe("A secret that is sent in every place that there is", () => {
  const SECRET = "kept-secret";
  const secrets = ["pin"];
  const options = {
    secrets,
    headers: {
      Authorization: `Bearer ${SECRET}`,
      "X-Api-Key": SECRET,
      Pin: SECRET,
      Cookie: `id=${SECRET}`,
      Referer: `http://h/?pin=${SECRET}`,
    },
  };
  const query = `?token=${SECRET}&pin=${SECRET}&x=1`;
  const BODIES = [
    { json: { password: SECRET, pin: SECRET } },
    { form: { password: SECRET, pin: SECRET } },
    { multipart: { password: SECRET } },
  ];

  const work = async (asking: Client): Promise<unknown[]> => {
    const errors: unknown[] = [];
    const fail = async (call: Promise<unknown>): Promise<void> => {
      await call.then(
        () => assert.fail("it did not fail"),
        (error: unknown) => errors.push(error),
      );
    };
    for (const body of BODIES) await (await asking.post(`/echo${query}`, { ...options, ...body })).text();
    await (await asking.get(`/redirect${query}`, options)).text();
    await fail(asking.get(`/redirect${query}`, { ...options, redirect: "error" }));
    await fail(asking.get(`/echo${query}`, { ...options, headers: { Authorization: `${SECRET}\n` } }));
    await fail(asking.get(`http://user:${SECRET}@h/`, options));
    await fail(asking.get(`/busy${query}`, { ...options, throwHttpErrors: true }));
    await fail((await asking.get(`/echo${query}`, options)).json());
    await fail(asking.get(`http://127.0.0.1:1/${query}`, options));
    return errors;
  };

  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "events-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("is in no error: not in its message, its stack, its JSON, nor in what inspect finds", async () => {
    const errors = await work(client);
    assert.equal(errors.length, 6);
    for (const error of errors) {
      assert.ok(isHttpError(error));
      const shown = [
        error.message,
        error.stack,
        JSON.stringify(error),
        inspect(error, { depth: Infinity, showHidden: true }),
        inspect(error.cause),
      ];
      for (const text of shown) assert.doesNotMatch(text ?? "", /kept-secret|cookie-secret|url-secret/);
    }
  });

  it("is in no error of a transport, whatever that says", async () => {
    const transport = mockTransport([{ url: "/other" }]);
    await assert.rejects(client.get(`/echo${query}`, { ...options, transport }), (error) => {
      assert.doesNotMatch(inspect(error, { depth: Infinity, showHidden: true }), /kept-secret/);
      return true;
    });
  });

  it("is in no message of a channel", async () => {
    const messages = await heard(() => work(client));
    assert.ok(messages.length > 20);
    assert.doesNotMatch(inspect(messages, { depth: Infinity, maxArrayLength: Infinity }), /kept-secret|cookie-secret|url-secret/);
  });

  it("is in no message about an error of another client, which does not know the names", async () => {
    const other = new Client();
    const transport: Transport = { send: ({ signal }) => other.get(`http://127.0.0.1:1/?pin=${SECRET}`, { signal }) };
    const messages = await heard(() => assert.rejects(client.get("/echo", { secrets, transport }), { code: "connect-refused" }), ["error"]);
    const [ofOther, ofClient] = of(messages, "error");
    assert.match(ofOther?.message ?? "", /pin=kept-secret/);
    assert.match(ofClient?.message ?? "", /pin=\*\*\* 127\.0\.0\.1:1 refused the connection/);
  });

  it("is in no archive and in no cassette", async () => {
    const file = join(folder, "cassette.json");
    await using transport = recordTransport({ file, secrets });
    const recorded = new Client({ baseUrl: server.url, transport });
    const recording = recordHar(recorded);
    await work(recorded);
    await recording.saveTo(join(folder, "archive.har"));
    await transport.close();
    for (const name of [file, join(folder, "archive.har")]) {
      const text = await readFile(name, "utf8");
      assert.ok(text.length > 3000 && text.includes("***"));
      assert.doesNotMatch(text, /kept-secret|cookie-secret|url-secret/);
    }
  });
});
