import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parseChallenges } from "../src/client/rungs/challenges.ts";
import { digestAuthorization, digestChallenge, type DigestChallenge, type DigestRequest } from "../src/client/rungs/digest-response.ts";

const shown = (...fields: string[]): unknown =>
  parseChallenges(fields).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

test("a field holds one challenge or several, and so do several fields", () => {
  const digest = 'Digest realm="a, b", nonce="x=y", qop="auth,auth-int" , stale=TRUE';
  const expected = ["digest", { realm: "a, b", nonce: "x=y", qop: "auth,auth-int", stale: "TRUE" }];
  assert.deepEqual(shown(digest), [expected]);
  assert.deepEqual(shown(`Basic realm="c", ${digest}, Negotiate`), [["basic", { realm: "c" }], expected, ["negotiate", {}]]);
  assert.deepEqual(shown("Negotiate", 'Basic realm="c"', digest), [["negotiate", {}], ["basic", { realm: "c" }], expected]);
  assert.deepEqual(shown(`NTLM TlRMTVNTUAAC=, ${digest}`), [["ntlm", {}], expected]);
  assert.deepEqual(shown(`,, ${digest},`), [expected]);
});

test("a quoted value has its escapes undone, and white space may stand around the equals sign", () => {
  assert.deepEqual(shown('DIGEST\tRealm = "say \\"hello\\\\\\"", nonce=a'), [["digest", { realm: 'say "hello\\"', nonce: "a" }]]);
  assert.deepEqual(shown('Digest realm=""'), [["digest", { realm: "" }]]);
});

test("what is written wrongly ends the reading of its field, and does not take long", () => {
  assert.deepEqual(shown('realm="no scheme"'), []);
  assert.deepEqual(shown('Basic realm="c", Digest realm="open'), [
    ["basic", { realm: "c" }],
    ["digest", {}],
  ]);
  assert.deepEqual(shown("Digest (comment)", "Basic realm=x"), [
    ["digest", {}],
    ["basic", { realm: "x" }],
  ]);
  assert.deepEqual(shown("\u00e4", ""), []);
  const parts = parseChallenges(["Digest a=b ".repeat(5000), `Digest realm="${'\\"'.repeat(30_000)}`, `${"a,".repeat(20_000)}"`]);
  assert.equal(parts.length, 20_002);
});

test("a challenge that names a parameter twice is left out", () => {
  assert.deepEqual(shown('Digest nonce=a, nonce=b, Basic realm="c"'), [["basic", { realm: "c" }]]);
  assert.deepEqual(shown("Digest nonce=a, NONCE=a"), []);
});

const digest = (parameters: string): string => `Digest realm="r", nonce="n", ${parameters}`;

function chosen(fields: string[], inMemory = true): string | undefined {
  const challenge = digestChallenge(fields, inMemory);
  return challenge && `${challenge.hash}${challenge.session ? "-sess" : ""} ${challenge.qop ?? "none"}`;
}

test("the strongest hash is chosen, whatever its place, and MD5 only when there is nothing else", () => {
  const offered = ["qop=auth", "algorithm=SHA-256, qop=auth", "algorithm=SHA-512-256, qop=auth"].map(digest);
  assert.equal(chosen(offered), "SHA-512-256 auth");
  assert.equal(chosen([offered.toReversed().join(", ")]), "SHA-512-256 auth");
  assert.equal(chosen(offered.slice(0, 2)), "SHA-256 auth");
  assert.equal(chosen(offered.slice(0, 1)), "MD5 auth");
  assert.equal(chosen([digest("algorithm=sha-256-SESS, qop=auth"), digest("algorithm=md5")]), "SHA-256-sess auth");
});

test("auth is chosen before auth-int, which needs the body in memory, and nothing only when nothing is asked for", () => {
  assert.equal(chosen([digest('qop="auth-int, auth"')]), "MD5 auth");
  assert.equal(chosen([digest('qop="auth-int"')]), "MD5 auth-int");
  assert.equal(chosen([digest('qop="auth-int"')], false), undefined);
  assert.equal(chosen([digest('qop="AUTH"')]), "MD5 auth");
  assert.equal(chosen([digest("stale=false")]), "MD5 none");
  assert.equal(chosen([digest('qop="secret"')]), undefined);
  assert.equal(chosen([digest('qop=""')]), undefined);
});

test("what cannot be answered is no challenge", () => {
  assert.equal(chosen([]), undefined);
  assert.equal(chosen(['Basic realm="r"', "Negotiate"]), undefined);
  assert.equal(chosen([digest("algorithm=SHA-1")]), undefined);
  assert.equal(chosen([digest("algorithm=constructor"), digest("algorithm=-sess")]), undefined);
  assert.equal(chosen(['Digest nonce="n"']), undefined);
  assert.equal(chosen(['Digest realm="r"']), undefined);
  assert.equal(chosen([digest("algorithm=SHA-1"), digest("algorithm=MD5")]), "MD5 none");
});

const GET: DigestRequest = { method: "GET", uri: "/dir/index.html", body: new Uint8Array(0), cnonce: "0a4f113b", count: 1 };

function challengeOf(...fields: string[]): DigestChallenge {
  return digestChallenge(fields, true) ?? assert.fail("no challenge was found");
}

/** The parameters of an Authorization. */
function answered(field: string, username: string, password: string, request: Partial<DigestRequest> = {}): Record<string, string> {
  const text = digestAuthorization(challengeOf(field), { username, password }, { ...GET, ...request });
  return Object.fromEntries(parseChallenges([text])[0]?.parameters ?? assert.fail(text));
}

test("the example of RFC 7616 §3.9.1 is answered as it says, with MD5 and with SHA-256", () => {
  const field = (algorithm: string): string =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
  const cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
  const expected = {
    MD5: "8ca523f5e9506fed4657c9700eebdbec",
    "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
  };
  for (const [algorithm, response] of Object.entries(expected))
    assert.equal(
      digestAuthorization(challengeOf(field(algorithm)), { username: "Mufasa", password: "Circle of Life" }, { ...GET, cnonce }),
      `Digest username="Mufasa", realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", ` +
        `response="${response}", algorithm=${algorithm}, opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", qop=auth, nc=00000001, cnonce="${cnonce}"`,
    );
});

const UTF8 =
  'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8';

test("the example of RFC 7616 §3.9.2 is answered as its erratum 4897 says: SHA-512-256, UTF-8 and a hashed user name", () => {
  const request = { uri: "/doe.json", cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v" };
  // The same letters, written with a combining mark: what is sent is normalised.
  for (const username of ["J\u00e4s\u00f8n Doe", "Ja\u0308s\u00f8n Doe"]) {
    const hashed = answered(`${UTF8}, userhash=true`, username, "Secret, or not?", request);
    assert.equal(hashed["username"], "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b");
    assert.equal(hashed["userhash"], "true");
    assert.equal(hashed["response"], "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
    const plain = answered(UTF8, username, "Secret, or not?", request);
    assert.deepEqual([plain["username*"], plain["username"], plain["userhash"]], ["UTF-8''J%C3%A4s%C3%B8n%20Doe", undefined, undefined]);
    assert.equal(plain["response"], hashed["response"]);
  }
});

test("the example of RFC 2617 §3.5 is answered as it says", () => {
  const field =
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"';
  const { response, algorithm } = answered(field, "Mufasa", "Circle Of Life");
  assert.deepEqual([response, algorithm], ["6629fae49393a05397450978507c4ef1", undefined]);
});

const md5 = (text: string | Uint8Array): string => createHash("md5").update(text).digest("hex");

test("without qop the answer has no nonce of the client, as in RFC 2069", () => {
  const answer = answered('Digest realm="r", nonce="n"', "u", "p");
  assert.equal(answer["response"], md5(`${md5("u:r:p")}:n:${md5("GET:/dir/index.html")}`));
  assert.deepEqual([answer["qop"], answer["nc"], answer["cnonce"]], [undefined, undefined, undefined]);
});

test("a session's key is made of the first nonces, and auth-int covers the body", () => {
  const body = Buffer.from("the body");
  const answer = answered('Digest realm="r", nonce="n", algorithm=MD5-sess, qop=auth-int', "u", "p", {
    method: "POST",
    uri: "/",
    body,
    count: 255,
  });
  const secret = md5(`${md5("u:r:p")}:n:0a4f113b`);
  assert.equal(answer["response"], md5(`${secret}:n:000000ff:0a4f113b:auth-int:${md5(`POST:/:${md5(body)}`)}`));
  assert.deepEqual([answer["algorithm"], answer["qop"], answer["nc"]], ["MD5-sess", "auth-int", "000000ff"]);
  const legacy = answered('Digest realm="r", nonce="n", algorithm=MD5-sess', "u", "p");
  assert.deepEqual([legacy["cnonce"], legacy["qop"]], ["0a4f113b", undefined]);
});

test("quotes and backslashes of the server and of the user name are escaped, and line ends cannot come in", () => {
  const text = digestAuthorization(
    challengeOf('Digest realm="a\\"b\\\\", nonce="n\\"", opaque="\\"o"'),
    { username: 'u"\\', password: "p" },
    { ...GET, uri: '/"' },
  );
  assert.match(text, /^Digest username="u\\"\\\\", realm="a\\"b\\\\", nonce="n\\"", uri="\/\\"", response="[0-9a-f]{32}", opaque="\\"o"$/);
  const bytes = digestAuthorization(challengeOf('Digest realm="r\u00e4", nonce="n"'), { username: "\u00e4", password: "\u00f6" }, GET);
  assert.match(bytes, /username="\u00c3\u00a4", realm="r\u00e4"/);
  const expected = md5(Buffer.concat([Buffer.from("\u00e4:"), Buffer.from("r\u00e4", "latin1"), Buffer.from(":\u00f6")]));
  assert.ok(bytes.includes(md5(`${expected}:n:${md5("GET:/dir/index.html")}`)));
});
