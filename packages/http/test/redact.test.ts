import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redactField, redactMembers, redactText } from "../src/client/errors/redact-message.ts";
import { withoutCredentials } from "../src/client/errors/printable.ts";
import { isSecret, redactUrl, secretNames } from "../src/client/errors/redact.ts";

const SECRET_HEADERS = [
  ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "Api-Key", "apikey", "X-API_KEY", "X-Access-Key"],
  ["X-Auth-Token", "X-Auth", "X-Amz-Security-Token", "X-Goog-Signature", "X-Hub-Signature-256", "X-Vault-Token", "X-CSRF-Token"],
  ["X-XSRF-TOKEN", "Ocp-Apim-Subscription-Key", "x-functions-key", "X-Session-Id", "X-Secret", "X-Password", "X-JWT-Assertion"],
  ["Authentication-Info", "X-Client-Credential", "PRIVATE-KEY", "Key", "Sig", "CB-ACCESS-PASSPHRASE", "CB-ACCESS-SIGN", "X-Hmac", "OTP"],
  ["x-amz-server-side-encryption-customer-key", "x-ms-encryption-key", "X-Master-Key", "AccountKey", "X-Bearer", "client_assertion"],
  ["SAMLResponse", "code_verifier", "X-Passcode", "x-github-otp"],
].flat();

const OPEN_HEADERS = [
  ["WWW-Authenticate", "www-authenticate", "Proxy-Authenticate", "PROXY-AUTHENTICATE", "Access-Control-Allow-Credentials", "Author"],
  ["Host", "Accept", "Content-Type", "Content-Length", "ETag", "If-None-Match", "X-Request-Id", "Idempotency-Key", "Sec-WebSocket-Key"],
  ["Keep-Alive", "Public-Key-Pins", "Keyboard", "X-Signal", "X-Design", "Passage", "Signed", "sort_key", "Code", ""],
].flat();

describe("A header's name", () => {
  it("is known as a secret's by what it says, in whatever case", () => {
    for (const name of SECRET_HEADERS)
      for (const written of [name, name.toLowerCase(), name.toUpperCase()]) assert.ok(isSecret(written), written);
  });

  it("is no secret's when it only looks like it: challenges, CORS, authors", () => {
    for (const name of OPEN_HEADERS) assert.equal(isSecret(name), false, name);
  });

  it("is a secret's when the program says so, also one that is not by itself", () => {
    const secrets = secretNames(["Idempotency-Key", "WWW-Authenticate"]);
    for (const name of ["idempotency-key", "IDEMPOTENCY-KEY", "www-authenticate"]) assert.ok(isSecret(name, secrets), name);
    assert.deepEqual(redactField(["WWW-Authenticate", "Basic"], secrets), ["WWW-Authenticate", "***"]);
    assert.deepEqual(redactField(["WWW-Authenticate", "Basic"], secretNames([])), ["WWW-Authenticate", "Basic"]);
  });

  it("of Object.prototype is no secret's", () => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) assert.equal(isSecret(name), false, name);
  });
});

/** Queries with what is left of them. */
const QUERIES: readonly (readonly [query: string, left: string])[] = [
  ["token=hunter2", "token=***"],
  ["a=1&api_key=hunter2&b=2", "a=1&api_key=***&b=2"],
  ["TOKEN=hunter2&Token=hunter2", "TOKEN=***&Token=***"],
  ["token", "token"],
  ["token=", "token=***"],
  ["token==hunter2", "token=***"],
  ["token=hunter2=&a=1", "token=***&a=1"],
  ["&&token=hunter2&&", "&&token=***&&"],
  ["=hunter&a=1", "=hunter&a=1"],
  ["user[password]=hunter2", "user[password]=***"],
  ["a=1?token=hunter2", "a=***"],
  ["author=kafka&authors=2", "author=kafka&authors=2"],
  // Names that are encoded, wholly or not at all.
  ["%74%6f%6B%65%6e=hunter2", "%74%6f%6B%65%6e=***"],
  ["client%5Fsecret=hunter2", "client%5Fsecret=***"],
  ["session+id=hunter2", "session+id=***"],
  ["%zz%74oken=hunter2", "%zz%74oken=***"],
  ["%ff%74oken=hunter2", "%ff%74oken=***"],
  // Old servers take a semicolon for an ampersand.
  ["a=1;token=hunter2", "a=***"],
  ["token=a;b=hunter2", "token=***"],
  // Queries within queries.
  ["next=/in?token=hunter2", "next=***"],
  ["next=https%3A%2F%2Fh%2F%3Fa%3D1%26token%3Dhunter2", "next=***"],
  ["next=https%3A%2F%2Fh%2F%3Fa%3D1%26b%3D2", "next=https%3A%2F%2Fh%2F%3Fa%3D1%26b%3D2"],
  ["next=%2Fin%3F%2574oken%3Dhunter2", "next=***"],
];

describe("A query", () => {
  for (const [query, left] of QUERIES)
    it(`?${query} is shown as ?${left}`, () => {
      assert.equal(redactUrl(`http://h/p?${query}`), `http://h/p?${left}`);
      assert.equal(redactUrl(`http://h/p#${query}`), `http://h/p#${left}`);
      assert.equal(redactText(`see http://h/p?${query} there`, secretNames([])), `see http://h/p?${left} there`);
    });

  it("loses what the program calls secret, within a value, too", () => {
    const secrets = secretNames(["Pin"]);
    assert.equal(redactUrl("http://h/?pin=1&pinned=2&next=%3FPIN%3D3", secrets), "http://h/?pin=***&pinned=2&next=***");
  });
});

describe("Redaction", () => {
  it("looks at each character a few times at most, however a text is made", () => {
    const long = 1_000_000;
    const texts = [
      "x".repeat(long),
      "/".repeat(long),
      "//a".repeat(long / 4),
      `?${"a".repeat(long)}`,
      "?&#".repeat(long / 4),
      `?a=${";b".repeat(long / 2)}`,
      `?a=${"%3b%3d".repeat(long / 6)}`,
      `?${"api_".repeat(long / 4)}=1`,
      `?${"%".repeat(long)}=1`,
      `${" ".repeat(long)}?a=1`,
      "a:/".repeat(long / 3),
      '"'.repeat(long),
      `"${'\\"'.repeat(long / 2)}`,
      '"a":'.repeat(long / 4),
      `"a"${" ".repeat(long)}`,
    ];
    for (const text of texts) {
      assert.ok(redactText(text, secretNames([])) === text, text.slice(0, 20));
      assert.ok(withoutCredentials(text) === text, text.slice(0, 20));
      assert.ok(Buffer.from(redactMembers(Buffer.from(text), secretNames([]))).toString() === text, text.slice(0, 20));
    }
  });
});
