import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import { Readable } from "node:stream";
import { Client, type RequestOptions } from "../src/client-entry.ts";
import { parseChallenges } from "../src/client/rungs/challenges.ts";
import { DigestSessions } from "../src/client/rungs/digest.ts";
import { startEchoServer, type EchoServer, type Seen } from "./helpers/echo-server.ts";

const USER = "Mufasa";
const PASSWORD = "Circle of Life";
const REALM = 'the "circle"';

/** How the server behaves; each test says what differs. */
interface Behaviour {
  readonly algorithm: string;
  readonly qop: string | undefined;
  /** Times that a nonce is taken; then it is stale. */
  readonly uses: number;
  /** Whether it says that a nonce was stale. */
  readonly honest: boolean;
  readonly more: string;
  readonly location: string | undefined;
  readonly info: boolean;
}

const USUAL: Behaviour = {
  algorithm: "SHA-256",
  qop: "auth, auth-int",
  uses: 1000,
  honest: true,
  more: "",
  location: undefined,
  info: false,
};

let behaviour = USUAL;
let server: EchoServer;
let client: Client;
/** Nonces that were given out, with the counts that came for them. */
const nonces = new Map<string, Set<string>>();

before(async () => {
  server = await startEchoServer((response, seen) => {
    const verdict = judge(seen);
    if (verdict === "welcome") {
      const location = behaviour.location === undefined ? {} : { Location: behaviour.location };
      const info = behaviour.info ? { "Authentication-Info": `nextnonce="${newNonce()}"` } : {};
      response.writeHead(behaviour.location === undefined ? 200 : 302, { ...location, ...info }).end("welcome");
      return;
    }
    const stale = verdict === "stale" && behaviour.honest ? ", stale=true" : "";
    const qop = behaviour.qop === undefined ? "" : `, qop="${behaviour.qop}"`;
    const field = `Digest realm="${REALM.replaceAll('"', '\\"')}", nonce="${newNonce()}", algorithm=${behaviour.algorithm}${qop}${stale}${behaviour.more}`;
    response.writeHead(401, { "WWW-Authenticate": ['Basic realm="x"', field] }).end("who are you?");
  });
});
afterEach(() => {
  behaviour = USUAL;
  client?.close();
  server.seen.length = 0;
});
after(() => server.close());

function newNonce(): string {
  const nonce = `nonce${nonces.size}`;
  nonces.set(nonce, new Set());
  return nonce;
}

/** What a server makes of an Authorization, by a way of its own through RFC 7616 §3.4. */
function judge({ method, url, headers, body }: Seen): "welcome" | "stale" | "unknown" {
  const own = parseChallenges([headers["authorization"] ?? ""])[0]?.parameters;
  const given = (name: string): string => own?.get(name) ?? "";
  const counts = nonces.get(given("nonce"));
  if (!own || !counts || given("uri") !== url) return "unknown";
  const hash = (...parts: string[]): string =>
    createHash(NODE_NAMES[behaviour.algorithm.replace("-sess", "")] ?? "")
      .update(parts.join(":"))
      .digest("hex");
  let secret = hash(USER, REALM, PASSWORD);
  if (behaviour.algorithm.endsWith("-sess")) secret = hash(secret, given("nonce"), given("cnonce"));
  const what = given("qop") === "auth-int" ? hash(method, url, hash(body.toString("latin1"))) : hash(method, url);
  const proof = behaviour.qop === undefined ? [given("nonce"), what] : [given("nonce"), given("nc"), given("cnonce"), given("qop"), what];
  if (hash(secret, ...proof) !== given("response")) return "unknown";
  assert.ok(behaviour.qop === undefined || !counts.has(given("nc")), "a count came twice");
  if (behaviour.qop !== undefined) assert.equal(parseInt(given("nc"), 16), counts.size + 1);
  counts.add(given("nc"));
  return counts.size > behaviour.uses ? "stale" : "welcome";
}

const NODE_NAMES: Readonly<Record<string, string>> = { MD5: "md5", "SHA-256": "sha256", "SHA-512-256": "sha512-256" };

const auth = { username: USER, password: PASSWORD, scheme: "digest" } as const;

/** Statuses of requests one after the other, by one client. */
async function ask(
  count: number,
  { path = "/", method = "GET", ...options }: RequestOptions & { path?: string; method?: string } = {},
): Promise<number[]> {
  client = new Client({ auth });
  const statuses: number[] = [];
  for (let request = 0; request < count; request++) {
    const response = await client.request(method, server.url + path, options);
    assert.equal(await response.text(), response.status === 401 ? "who are you?" : "welcome");
    statuses.push(response.status);
  }
  return statuses;
}

const sent = (): (string | undefined)[] => server.seen.map(({ headers }) => headers["authorization"]?.split(" ")[0]);

for (const algorithm of ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"])
  for (const qop of ["auth", "auth-int", undefined])
    test(`${algorithm} with ${qop ?? "no"} qop: a 401 is answered, and later requests are authorised at once`, async () => {
      behaviour = { ...USUAL, algorithm, qop };
      assert.deepEqual(await ask(3, { path: '/a?b="c"', method: "POST", body: "the body" }), [200, 200, 200]);
      assert.deepEqual(sent(), [undefined, "Digest", "Digest", "Digest"]);
      assert.ok(server.seen.every(({ body }) => body.toString() === "the body"));
    });

test("a wrong password ends with the 401 of the server, after two requests", async () => {
  client = new Client({ auth: { ...auth, password: "wrong" } });
  for (let time = 0; time < 2; time++) {
    const response = await client.get(server.url);
    assert.deepEqual([response.status, await response.text()], [401, "who are you?"]);
  }
  assert.deepEqual(sent(), [undefined, "Digest", undefined, "Digest"]);
});

test("a nonce that was too old is replaced once, when the server says so or when it is one of an earlier request", async () => {
  for (const honest of [true, false]) {
    behaviour = { ...USUAL, uses: 2, honest };
    assert.deepEqual(await ask(4), [200, 200, 200, 200]);
    assert.deepEqual(sent(), [undefined, "Digest", "Digest", "Digest", "Digest", "Digest"]);
    server.seen.length = 0;
  }
  behaviour = { ...USUAL, uses: 0 };
  assert.deepEqual(await ask(1), [401]);
  assert.equal(server.seen.length, 3);
});

test("the nonce that the server wants next is used next, with its count from the beginning", async () => {
  behaviour = { ...USUAL, info: true, uses: 1 };
  assert.deepEqual(await ask(3), [200, 200, 200]);
  assert.deepEqual(sent(), [undefined, "Digest", "Digest", "Digest"]);
});

test("every request of a client has a nonce of its own, but in a session", async () => {
  await ask(3);
  const cnonces = server.seen.map(({ headers }) => parseChallenges([headers["authorization"] ?? ""])[0]?.parameters.get("cnonce"));
  assert.equal(new Set(cnonces.slice(1)).size, 3);
  assert.match(cnonces.at(-1) ?? "", /^[0-9a-f]{32}$/);
});

test("nothing is answered without digest in the options, to another challenge, and where a header says who asks", async () => {
  client = new Client({ auth: { username: USER, password: PASSWORD } });
  assert.equal((await client.get(server.url)).status, 401);
  assert.deepEqual(sent(), ["Basic"]);
  assert.equal((await client.get(server.url, { headers: { Authorization: "Mine x" } })).status, 401);
  behaviour = { ...USUAL, algorithm: "SHA-3" };
  assert.deepEqual(await ask(1), [401]);
  assert.deepEqual(sent(), ["Basic", "Mine", undefined]);
});

test("a redirect within the origin is authorised, another origin gets nothing, and nor does the first after it", async () => {
  const other = await startEchoServer((response) =>
    response.writeHead(302, { Location: `${server.url}/back`, "WWW-Authenticate": 'Digest realm="r", nonce="n"' }).end(),
  );
  try {
    behaviour = { ...USUAL, location: `${other.url}/other` };
    client = new Client({ auth });
    assert.equal((await client.get(`${server.url}/first`)).status, 401);
    assert.deepEqual(
      server.seen.map(({ url, headers }) => [url, headers["authorization"]?.slice(0, 6)]),
      [
        ["/first", undefined],
        ["/first", "Digest"],
        ["/back", undefined],
      ],
    );
    assert.deepEqual(
      other.seen.map(({ headers }) => headers["authorization"]),
      [undefined],
    );
  } finally {
    await other.close();
  }
});

test("a 401 of another origin is not answered", async () => {
  const other = await startEchoServer((response) => response.writeHead(401, { "WWW-Authenticate": 'Digest realm="r", nonce="n"' }).end());
  try {
    behaviour = { ...USUAL, location: other.url };
    client = new Client({ auth });
    assert.equal((await client.get(server.url)).status, 401);
    assert.equal(other.seen.length, 1);
  } finally {
    await other.close();
  }
});

test("a client that asks as somebody else does not use that one's nonce", async () => {
  await ask(1);
  await client.get(server.url, { auth: { ...auth, password: "other" } });
  assert.deepEqual(sent(), [undefined, "Digest", undefined, "Digest"]);
});

test("a stream that can be read once is not sent twice: the 401 is the answer, but a nonce that is known helps", async () => {
  client = new Client({ auth });
  const stream = (): RequestOptions => ({ body: Readable.from([Buffer.from("once")]) });
  assert.equal((await client.post(server.url, stream())).status, 401);
  assert.equal((await client.get(server.url)).status, 200);
  assert.equal((await client.post(server.url, stream())).status, 200);
  assert.deepEqual(sent(), [undefined, undefined, "Digest", "Digest"]);
  assert.equal(server.seen.at(-1)?.body.toString(), "once");
});

test("nonces of a bounded number of origins are remembered", async () => {
  const sessions = new DigestSessions(2);
  const asked: string[] = [];
  for (const origin of ["http://a", "http://b", "http://a", "http://c"]) {
    const known = sessions.find(origin, auth);
    if (!known) asked.push(origin);
    sessions.keep(origin, known ?? ({ credentials: auth } as NonNullable<typeof known>));
  }
  assert.deepEqual(asked, ["http://a", "http://b", "http://c"]);
  assert.deepEqual(
    ["http://a", "http://b", "http://c"].map((origin) => sessions.find(origin, auth) !== undefined),
    [true, false, true],
  );
});
