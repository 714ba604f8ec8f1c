import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "nodemcu-http/client";
import { startRealHttpbin } from "./servers/index.ts";

test("Debian's httpbin takes the answers to its Digest challenges, and its compressed bodies are decoded", async () => {
  // Where it is not installed, its absence has been printed.
  const httpbin = await startRealHttpbin();
  if (!httpbin) return;
  try {
    for (const qop of ["auth", "auth-int"])
      for (const algorithm of ["MD5", "SHA-256"]) {
        await using client = new Client({ baseUrl: `${httpbin.url}/`, auth: { username: "user", password: "passwd", scheme: "digest" } });
        for (const attempts of [2, 1]) {
          const response = await client.get(`digest-auth/${qop}/user/passwd/${algorithm}`);
          assert.deepEqual([response.status, response.attempts.length], [200, attempts]);
          await response.text();
        }
        assert.equal((await client.get(`digest-auth/${qop}/user/other/${algorithm}`)).status, 401);
      }
    await using client = new Client({ baseUrl: `${httpbin.url}/` });
    for (const coding of ["gzip", "deflate", "brotli"])
      assert.match(await (await client.get(coding)).text(), /^\{\s+"(?:gzipped|deflated|brotli)": true/);
  } finally {
    await httpbin.close();
  }
});
