import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { Client, isHttpError, isSecret, redactUrl, type HttpError, type RequestOptions } from "../src/client-entry.ts";
import { secretNames } from "../src/client/errors/redact.ts";
import { makeIdentity } from "../../../test/helpers/certificates.ts";
import { freePort } from "../../../test/helpers/listen.ts";
import { startEchoServer, type EchoServer, type Seen } from "./helpers/echo-server.ts";

/** `/to?URL` redirects, everything else is not found. */
function answer(response: ServerResponse, { url }: Seen): void {
  if (url.startsWith("/to?")) response.writeHead(307, { Location: decodeURIComponent(url.slice(4)) });
  else response.statusCode = 404;
  response.end();
}

let server: EchoServer;
let other: EchoServer;
let secure: EchoServer;
let client: Client;
before(async () => {
  const identity = await makeIdentity();
  [server, other, secure] = await Promise.all([startEchoServer(answer), startEchoServer(answer), startEchoServer(answer, identity)]);
  client = new Client({ timeout: 10_000, tls: { ca: identity.cert }, secrets: ["X-Device", "pin"] });
});
after(async () => {
  client.close();
  await Promise.all([server.close(), other.close(), secure.close()]);
});

const HEADERS = { "x-device": "hunter2", PIN: "hunter2", "X-Room": "kitchen" };

const names = ({ seen }: EchoServer): string[] => (seen.at(-1)?.lines ?? []).map(([name]) => name).filter((name) => name in HEADERS);

const to = (place: string, from = server.url): string => `${from}/to?${encodeURIComponent(place)}`;

describe("Headers that a program calls secret", () => {
  for (const [what, place, there] of [
    ["another port", () => `${other.url}/end`, () => other],
    ["another host", () => `http://localhost:${new URL(other.url).port}/end`, () => other],
    ["another scheme", () => `${secure.url}/end`, () => secure],
  ] as const)
    it(`are not taken along to ${what}, in whatever case they were written`, async () => {
      await client.get(to(place()), { headers: HEADERS });
      assert.deepEqual([names(server), names(there())], [Object.keys(HEADERS), ["X-Room"]]);
    });

  it("are not taken along from https to http where that is allowed", async () => {
    await client.get(to(`${other.url}/end`, secure.url), { headers: HEADERS, allowDowngrade: true });
    assert.deepEqual([names(secure), names(other)], [Object.keys(HEADERS), ["X-Room"]]);
  });

  it("are taken along within an origin", async () => {
    await client.get(to("/end"), { headers: HEADERS });
    assert.deepEqual(names(server), Object.keys(HEADERS));
  });

  it("are harmless to others: without the option they are headers like any other", async () => {
    await using plain = new Client();
    await plain.get(to(`${other.url}/end`), { headers: HEADERS });
    assert.deepEqual(names(other), Object.keys(HEADERS));
  });
});

/** Everything that a log could hold of an error. */
const shown = (error: Error): string =>
  [error.message, error.stack, String(error), JSON.stringify(error), inspect(error, { depth: 20, showHidden: true })].join("\n");

async function failure(url: string, options: RequestOptions = {}): Promise<HttpError> {
  try {
    await client.get(url, options);
  } catch (error) {
    assert.ok(isHttpError(error), String(error));
    return error;
  }
  return assert.fail("it did not fail");
}

const QUERY = "room=kitchen&pin=hunter2&access_token=hunter2&X-Amz-Signature=hunter2&%61pi_key=hunter2&key=hunter2";
const REDACTED = "room=kitchen&pin=***&access_token=***&X-Amz-Signature=***&%61pi_key=***&key=***";

describe("Query parameters that are secret", () => {
  it("are in no error: not of a connection, a status, a redirect or a URL that cannot be used", async () => {
    const errors = [
      await failure(`http://127.0.0.1:${await freePort()}/?${QUERY}`),
      await failure(`${server.url}/?${QUERY}`, { throwHttpErrors: true }),
      await failure(`${secure.url}/to?${encodeURIComponent(`${server.url}/?${QUERY}`)}`),
      await failure(`${server.url}/to?${encodeURIComponent(`http://[?${QUERY}`)}`),
      await failure(`http://h/a b?${QUERY}`),
      await failure(`http://h:port/#${QUERY}`),
      await failure(`http://h/?${QUERY}`, { signal: AbortSignal.abort() }),
    ];
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["connect-refused", "http-status", "redirect-refused", "redirect-invalid", "invalid-url", "invalid-url", "aborted"],
    );
    // The place of the redirect stands in the query of the test's own URL.
    for (const error of errors) assert.doesNotMatch(shown(error).replaceAll(/\/to\?\S*/g, ""), /hunter2/);
    assert.equal(errors[0]?.url.split("?")[1], REDACTED);
    assert.equal(errors[1]?.url.split("?")[1], REDACTED);
  });

  it("are not in the attempts of a response, and are sent all the same", async () => {
    const response = await client.get(`${server.url}/?${QUERY}`);
    assert.deepEqual(
      response.attempts.map(({ url }) => url),
      [`${server.url}/?${REDACTED}`],
    );
    assert.equal(server.seen.at(-1)?.url, `/?${QUERY}`);
    assert.equal(response.url, `${server.url}/?${QUERY}`);
    assert.doesNotMatch(inspect(response, { depth: 1 }), /hunter2/);
  });
});

describe("A user name or a password in a URL", () => {
  for (const url of [
    " http://ann:hunter2@h/",
    "\thttp://ann:hunter2@h/",
    "http:/ann:hunter2@h/",
    "http:\\ann:hunter2@h/",
    "http:ann:hunter2@h/",
    "//ann:hunter2@h/",
    "http://ann:hunter2/x@h/",
    "http://ann:x/hunter2@h/",
    "http://ann:hunter2?x@h/",
    "http://ann:hunter2#x@h/",
    "http://ann:x@hunter2@h/",
    "ftp://ann:hunter2@h/",
  ])
    it(`is in no error, however wrong the URL is: ${JSON.stringify(url)}`, async () => {
      const error = await failure(url);
      assert.equal(error.code, "invalid-url");
      assert.doesNotMatch(shown(error), /hunter2|ann:/);
    });

  it("is told from a port, and from an @ in a path", async () => {
    for (const [url, expected] of [
      ["http://h:80/a@b c", "http://h:80/a@b c"],
      ["http://h:/a@b c", "http://h:/a@b c"],
      ["http://[::1]:80/a@b c", "http://[::1]:80/a@b c"],
      ["http://h/a:b@c d", "http://h/a:b@c d"],
    ] as const)
      assert.equal((await failure(url)).url, expected);
  });
});

describe("redactUrl", () => {
  it("leaves every other part of a URL as it is", () => {
    for (const url of [
      "http://h/",
      "http://h/?",
      "http://h/?a",
      "http://h/?a=1&b=%zz&=2",
      "http://h/token=1/?author_name",
      "http://h/?room=k#top",
    ])
      assert.equal(redactUrl(url), url);
  });

  it("knows names by what they say, whatever their case and their percent-encoding", () => {
    for (const name of [
      "token",
      "ACCESS_TOKEN",
      "client%5Fsecret",
      "Signature",
      "sig",
      "pwd",
      "password",
      "apikey",
      "subscription-key",
      "session+id",
    ])
      assert.equal(redactUrl(`http://h/?a=1&${name}=hunter2&b=2#c`), `http://h/?a=1&${name}=***&b=2#c`);
  });

  it("leaves out what a fragment says, too", () => {
    assert.equal(redactUrl("http://h/#access_token=hunter2&a=1"), "http://h/#access_token=***&a=1");
    assert.equal(redactUrl("http://h/?a=1#id_token=hunter2"), "http://h/?a=1#id_token=***");
  });

  it("leaves out the names that it is given", () => {
    assert.equal(redactUrl("http://h/?PIN=hunter2&pinned=1", secretNames(["pin"])), "http://h/?PIN=***&pinned=1");
    assert.equal(isSecret("x-device", secretNames(["X-Device"])), true);
    assert.equal(isSecret("x-device"), false);
  });
});
