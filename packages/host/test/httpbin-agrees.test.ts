import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { SERVERS, skipReason, startRealHttpbin } from "../../../test/servers/index.ts";
import type { RealHttpbin } from "../../../test/servers/index.ts";
import { startHttpbin } from "../src/httpbin/index.ts";
import type { Httpbin } from "../src/httpbin/index.ts";
import { DIFFERENCES, GROUPS } from "./httpbin-cases.ts";
import type { Case } from "./httpbin-cases.ts";
import { exchange } from "./httpbin-exchange.ts";
import type { Answer } from "./httpbin-exchange.ts";

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = { gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync };

/** An answer made comparable: compressed bodies unpacked, the excepted parts taken out. */
function comparable(answer: Answer, { method, except }: Case): unknown {
  const { status, text, headers, body } = answer;
  const decode = DECODERS[headers["content-encoding"] ?? ""];
  // Error pages and the pages of redirections are in own words.
  const isPage = status >= 300 && headers["content-type"] === "text/html; charset=utf-8" && headers["content-length"] !== "0";
  const left = new Set<string>([...(except?.parts ?? []), ...(isPage ? ["body"] : [])]);
  const anyLength = left.has("body") || decode !== undefined;
  return {
    status: left.has("status") ? "any" : `${status} ${text}`,
    headers: Object.entries(headers).filter(([name]) => !(anyLength && name === "content-length") && !left.has(name)),
    body: left.has("body") || method === "HEAD" ? "any" : (decode?.(body) ?? body).toString("latin1"),
  };
}

const title = ({ method = "GET", path, body }: Case): string => `${method} ${path} ${JSON.stringify(String(body ?? "")).slice(0, 60)}`;

const real: RealHttpbin | undefined = await startRealHttpbin();

describe("the embedded httpbin agrees with the real one", { skip: real === undefined && skipReason(SERVERS.httpbin) }, () => {
  let embedded: Httpbin;
  before(async () => {
    embedded = await startHttpbin();
  });
  after(async () => {
    await embedded.close();
    await real?.close();
  });

  const differing = new Set<string>();
  for (const [group, cases] of Object.entries(GROUPS)) {
    test(`on ${group}`, async () => {
      for (const item of cases) {
        const [ours, theirs] = await Promise.all([exchange(embedded, item), exchange({ port: real?.port ?? 0 }, item)]);
        assert.deepEqual(comparable(ours, item), comparable(theirs, item), title(item));
        if (item.except !== undefined && !isDeepStrictEqual(ours, theirs)) differing.add(item.except.reason);
      }
    });
  }

  test("except in what is listed, and in all of that", () => {
    assert.deepEqual([...differing].toSorted(), Object.keys(DIFFERENCES).toSorted());
  });
});
